import type { BudgetCharge } from '../../nouns/charge.ts';
import type { FieldNames } from '../keys.ts';
import { run, type Slot } from '../script.ts';
import { LOOK_AT } from '../scripts/rebuild.ts';

/** A slot that may have been rebuilt without all that was spent. */
export interface SuspectSlot extends Slot {
  /** Until when a budget may have spent what nobody knows of, milliseconds since 1970; 0 where nothing is missing. */
  readonly suspect: number;
}

/**
 * Freezes a budget that is charged for the first time since data was lost: it may have been charged before, and nobody
 * knows. Those whose window began afterwards are above suspicion.
 */
export class Suspicion {
  readonly #slot: SuspectSlot;
  readonly #names: FieldNames;
  readonly #looked = new Set<string>();
  #under = 0;

  constructor(slot: SuspectSlot, names: FieldNames) {
    this.#slot = slot;
    this.#names = names;
  }

  /** Resolves when none of the budgets is suspect, or those that are were frozen. */
  async look(budgets: readonly BudgetCharge[]): Promise<void> {
    await this.#slot.ready?.();
    const { suspect } = this.#slot;
    if (suspect === 0) return;
    if (suspect !== this.#under) this.#looked.clear();
    this.#under = suspect;
    const names = budgets
      .filter((charge) => countsBefore(charge, suspect))
      .map(({ key }) => this.#names.of(key));
    const unknown = names.filter((name) => !this.#looked.has(name));
    if (unknown.length === 0) return;
    await run(this.#slot, LOOK_AT, unknown);
    for (const name of unknown) this.#looked.add(name);
  }
}

/**
 * Whether anything until `instant` counts in what is charged. Never in an account: what nobody knows of was not funded either.
 */
function countsBefore(charge: BudgetCharge, instant: number): boolean {
  const { startMs, endMs, rollingMs, account } = charge;
  if (account !== undefined) return false;
  if (rollingMs === undefined) return startMs <= instant;
  const sliceMs = endMs === undefined ? Infinity : endMs - startMs;
  return startMs - rollingMs - sliceMs <= instant;
}
