import type { Store } from '@torii/engine';
import { altered } from '../suite/altered.ts';

/** A worker that somebody could have written. */
export interface BrokenWorker {
  readonly says: string;

  /** Done to the store before the engine sees it. */
  readonly opened?: (store: Store) => Promise<void>;
  readonly breaking?: (store: Store) => Store;

  /** Names its calls anew in each process. */
  readonly forgetsNames?: true;
}

const WHILE_MS = 50;

/** Bugs of processes that die, by their names. */
export const brokenWorkers: ReadonlyMap<string, BrokenWorker> = new Map([
  ['new-names', { says: 'a process that starts again gives its calls new ids', forgetsNames: true }],
  [
    'answers-early',
    {
      says: 'says that a call is settled before it is written',
      breaking: (store) =>
        altered(store, (inner) => ({
          async settle(settlement) {
            const call = await inner.call(settlement.callId);
            const { version } = await inner.release('a call that nobody made', {});
            setTimeout(() => void inner.settle(settlement), WHILE_MS);
            if (call === undefined) return { kind: 'unknown-call', version };
            return {
              kind: 'ended',
              first: true,
              call: { ...call, state: 'settled', charged: settlement.charged },
              budgets: [],
              version,
            };
          },
        })),
    },
  ],
  [
    'releases-on-start',
    {
      says: 'returns the money of everything that ran when the process died',
      async opened(store) {
        for (const { callId = '' } of await store.entries({
          afterSeq: 0,
          limit: 10_000,
          types: ['call.reserved'],
        })) {
          const call = await store.call(callId);
          if (call?.state === 'started') await store.release(callId, {});
        }
      },
    },
  ],
  [
    'moves-on-first',
    {
      says: 'moves the place in the journal on before the webhooks are queued',
      breaking: (store) =>
        altered(store, (inner) => ({
          async enqueue(endpoint, cursor, deliveries) {
            await inner.enqueue(endpoint, cursor, []);
            await new Promise((resolve) => setTimeout(resolve, WHILE_MS));
            return inner.enqueue(endpoint, cursor, deliveries);
          },
        })),
    },
  ],
] satisfies readonly (readonly [string, BrokenWorker])[]);
