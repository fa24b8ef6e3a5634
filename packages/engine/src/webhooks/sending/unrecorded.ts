import type { Delivery, Try } from '../../nouns/outbox.ts';
import type { Store } from '../../nouns/store.ts';

/** Bounds what is remembered while a store cannot write: of the oldest the request is made again. */
const MOST = 10_000;

/** What a try came to. */
export interface Outcome {
  readonly tried: Try;

  /** How long the endpoint asked to be left alone, in milliseconds. */
  readonly askedMs: number;
}

interface Kept extends Outcome {
  readonly attempts: number;
  readonly dueAt: number;
}

/**
 * What tries came to that the store has not recorded: it may answer and not be able to write, as with a full disk. Then
 * recording is tried again, and not the request, which would be made over and over. Ends with the process.
 */
export class Unrecorded {
  readonly #kept = new Map<string, Kept>();

  /** What the try came to that this delivery waits for; undefined where it was not made here. */
  of(store: Store, delivery: Delivery): Outcome | undefined {
    const kept = this.#kept.get(keyOf(store, delivery));
    // One that is sent again from the start has tries of the same numbers, which are due at another time.
    return kept?.attempts === delivery.attempts && kept.dueAt === delivery.dueAt ? kept : undefined;
  }

  keep(store: Store, delivery: Delivery, outcome: Outcome): void {
    const { attempts, dueAt } = delivery;
    this.#kept.set(keyOf(store, delivery), { ...outcome, attempts, dueAt });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST && oldest !== undefined) this.#kept.delete(oldest);
  }

  forget(store: Store, delivery: Delivery): void {
    this.#kept.delete(keyOf(store, delivery));
  }
}

function keyOf({ tenant = '' }: Store, { id }: Delivery): string {
  return JSON.stringify([tenant, id]);
}
