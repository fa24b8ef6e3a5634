/** How to take back what a transition changed, should it throw. */
export interface Undo {
  /** Remembers how to take one change back. */
  note(back: () => void): void;

  /** Takes back every change since the last transition ended, the latest first. */
  rollBack(): void;

  /** Keeps them. */
  commit(): void;
}

/** Starts with nothing to take back. */
export function undoLog(): Undo {
  let log: (() => void)[] = [];
  return {
    note: (back) => void log.push(back),
    rollBack() {
      for (const back of log.reverse()) back();
      log = [];
    },
    commit() {
      log = [];
    },
  };
}

/** Sets a key of a map, so that it can be taken back. */
export function put<K, V>(undo: Undo, map: Map<K, V>, [key, value]: readonly [K, V]): void {
  const before = map.get(key);
  undo.note(() => (before === undefined ? map.delete(key) : map.set(key, before)));
  map.set(key, value);
}

/** Deletes a key of a map, so that it can be taken back. */
export function remove<K, V>(undo: Undo, map: Map<K, V>, key: K): void {
  const before = map.get(key);
  if (before === undefined) return;
  undo.note(() => map.set(key, before));
  map.delete(key);
}
