/** How to take back what a transition changed, should it throw. */
export interface Undo {
  /** Remembers how to take one change back. */
  note(change: Change): void;

  /** Takes back every change since the last transition ended, the latest first. */
  rollBack(): void;

  /** Keeps them. */
  commit(): void;
}

/** A function that takes a change back, or what a key of a map had before, which is most of them and smaller. */
export type Change = (() => void) | Before;

interface Before {
  readonly map: Map<unknown, unknown>;
  readonly key: unknown;

  /** Undefined where there was nothing. */
  readonly value: unknown;
}

/** Starts with nothing to take back. */
export function undoLog(): Undo {
  let log: Change[] = [];
  return {
    note: (change) => void log.push(change),
    rollBack() {
      for (const change of log.reverse()) takeBack(change);
      log = [];
    },
    commit() {
      log = [];
    },
  };
}

function takeBack(change: Change): void {
  if (typeof change === 'function') return change();
  const { map, key, value } = change;
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

/** Sets a key of a map, so that it can be taken back. */
export function put<K, V>(undo: Undo, map: Map<K, V>, [key, value]: readonly [K, V]): void {
  undo.note({ map, key, value: map.get(key) });
  map.set(key, value);
}

/** Deletes a key of a map, so that it can be taken back. */
export function remove<K, V>(undo: Undo, map: Map<K, V>, key: K): void {
  const value = map.get(key);
  if (value === undefined) return;
  undo.note({ map, key, value });
  map.delete(key);
}
