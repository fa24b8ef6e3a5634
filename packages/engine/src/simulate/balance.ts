import type { Money } from '../nouns/money.ts';
import type { Answer } from './recorded.ts';
import { Tally } from './tally.ts';

/** A call of the journal and what the draft says of it. */
export interface Replayed {
  readonly price: Money;
  readonly was: Answer;
  readonly now: Answer;

  /** It was let run: at once, or once people had agreed. */
  started: boolean;

  /** Most that it can cost: set once the draft has refused it the higher price that it asked for. */
  most: Money | undefined;
}

/** What the calls of a journal cost, and what they would have cost. */
export class Balance {
  readonly #spent = new Tally();
  readonly #simulated = new Tally();
  readonly #saved = new Tally();
  readonly #added = new Tally();

  /** Counts a call that has ended, or never will: `charged` is what it cost, undefined where it cost nothing. */
  take(replayed: Replayed, charged: Money | undefined): void {
    const would = wouldCost(replayed, charged);
    if (charged !== undefined) this.#spent.add(charged);
    if (would !== undefined) this.#simulated.add(would);
    if (charged !== undefined && charged.units !== would?.units) this.#saved.add(less(charged, would));
    if (charged === undefined && would !== undefined) this.#added.add(would);
  }

  /** Money by asset, as text. */
  get texts() {
    return {
      spent: this.#spent.texts,
      simulated: this.#simulated.texts,
      saved: this.#saved.texts,
      added: this.#added.texts,
    };
  }
}

/** What a call would have cost under the draft; undefined for nothing. */
export function wouldCost(
  { price, was, now, started, most }: Replayed,
  charged: Money | undefined,
): Money | undefined {
  if (now.kind === 'deny') return undefined;
  // Whoever agreed would agree again. Nobody can say whether people would agree to what they were never asked.
  if (now.kind === 'approve') return was.kind === 'approve' ? atMost(charged, most) : undefined;
  // What ran costs what it cost, also nothing; what never ran is taken at its price.
  return started ? atMost(charged, most) : price;
}

function atMost(charged: Money | undefined, most: Money | undefined): Money | undefined {
  if (charged === undefined || most === undefined || charged.asset !== most.asset) return charged;
  return charged.units < most.units ? charged : most;
}

/** What was charged less what would have been: the same asset, and never more. */
function less(charged: Money, would: Money | undefined): Money {
  return would === undefined ? charged : { ...charged, units: charged.units - would.units };
}
