import type { Store } from '@torii/engine';

/** What the store is asked on the path of a call and by the workers. */
export const storeSteps = [
  'reserve',
  'refuse',
  'start',
  'settle',
  'release',
  'suspend',
  'vote',
  'expire',
  'enqueue',
  'finish',
] as const;

/**
 * Where a process dies. `during` a step of the store: asked and not answered. `effect` is the tool, `webhook` the
 * request to an endpoint: arrived there, or answered by it.
 */
export const points: readonly string[] = [
  ...storeSteps.flatMap((step) => [`before ${step}`, `during ${step}`, `after ${step}`]),
  'before effect',
  'after effect',
  'webhook arrived',
  'webhook answered',
];

/** The points that the process itself passes; at the others it is killed from where the webhook arrives. */
export function isOwnPoint(point: string): boolean {
  return !point.startsWith('webhook');
}

/** Where and when one process dies. */
export interface Death {
  readonly point: string;

  /** The how manyth time that it comes there. */
  readonly nth: number;

  /** How long after it. Time passes while a step of the store is under way. */
  readonly afterMs: number;
}

/** Counts how often a process comes to the point where it dies, and kills it without a word. */
export function reaper({ point, nth, afterMs }: Death): (reached: string) => void {
  let times = 0;
  return (reached) => {
    if (reached !== point) return;
    times += 1;
    if (times !== nth) return;
    if (afterMs === 0) process.kill(process.pid, 'SIGKILL');
    else setTimeout(() => process.kill(process.pid, 'SIGKILL'), afterMs);
  };
}

/** A store that says when it is asked, and when it has answered. */
export function pointed(
  store: Store,
  reach: (point: string) => void,
  known: Map<Store, Store> = new Map<Store, Store>(),
): Store {
  const made = known.get(store) ?? withPoints(store, { reach, again: (each) => pointed(each, reach, known) });
  // Whoever asks for a tenant's store twice expects the same one.
  known.set(store, made);
  return made;
}

interface Pointing {
  readonly reach: (point: string) => void;
  readonly again: (store: Store) => Store;
}

function withPoints(store: Store, { reach, again }: Pointing): Store {
  return new Proxy(store, {
    get(target, name) {
      const own: unknown = Reflect.get(target, name);
      if (typeof own !== 'function') return own;
      if (name === 'of') return (tenant: string): Store => again(target.of(tenant));
      if (name === 'all') return async () => (await target.all()).map(again);
      if (!storeSteps.some((step) => step === name)) return own.bind(target) as unknown;
      return async (...parameters: readonly unknown[]): Promise<unknown> => {
        reach(`before ${String(name)}`);
        const answer: unknown = Reflect.apply(own, target, parameters);
        reach(`during ${String(name)}`);
        await answer;
        reach(`after ${String(name)}`);
        return answer;
      };
    },
  });
}
