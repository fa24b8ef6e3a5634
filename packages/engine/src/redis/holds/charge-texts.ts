import { canonicalJson } from '../../nouns/canonical.ts';
import type { BudgetCharge } from '../../nouns/charge.ts';
import { chargeTerms, exactUnits } from './arguments.ts';
import type { FieldNames } from '../keys.ts';

const REMEMBERED = 4_000;

/** Both texts of a charge, around its amount. */
interface Known {
  readonly charge: BudgetCharge;
  readonly words: readonly [before: string, after: string];
  readonly terms: readonly [before: string, after: string];
}

/**
 * Writes charges, once for those who read a call and once for the scripts. Remembers the latest: calls of an agent charge
 * the same budgets again and again, and only the amounts differ.
 */
export class ChargeTexts {
  readonly #names: FieldNames;
  readonly #known = new Map<string, Known>();

  constructor(names: FieldNames) {
    this.#names = names;
  }

  /** As a line of words has it. Throws NOT_CANONICAL for what the journal could not keep. */
  words(charge: BudgetCharge): string {
    const [before, after] = this.#of(charge).words;
    return before + charge.amount.toString() + after;
  }

  /** As `chargesText` writes it. Throws MONEY_INVALID for an amount that no store counts exactly. */
  terms(charge: BudgetCharge): string {
    const [before, after] = this.#of(charge).terms;
    return before + exactUnits(charge.amount).toString() + after;
  }

  #of(charge: BudgetCharge): Known {
    const known = this.#known.get(charge.key);
    if (known !== undefined && isSame(known.charge, charge)) return known;
    const made = { charge, words: wordsAround(charge), terms: termsAround(this.#names, charge) };
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(charge.key, made);
    return made;
  }
}

/** Whether nothing but the amounts differs. */
function isSame(one: BudgetCharge, other: BudgetCharge): boolean {
  return (
    one.startMs === other.startMs &&
    one.endMs === other.endMs &&
    one.limit === other.limit &&
    one.currency === other.currency &&
    one.policy === other.policy &&
    one.clause === other.clause &&
    one.scope === other.scope &&
    one.window === other.window &&
    one.rollingMs === other.rollingMs &&
    one.account === other.account &&
    one.key === other.key
  );
}

/** A charge of a line of words, as `wordsLine` writes it. */
function wordsAround(charge: BudgetCharge): readonly [string, string] {
  const { key, policy, clause, scope, window, startMs, endMs, rollingMs, currency, limit, account } = charge;
  const parts = [key, policy, clause, scope, window, startMs, endMs, rollingMs, currency, limit.toString()];
  return [`${canonicalJson(parts).slice(0, -1)},"`, `",${canonicalJson(account ?? null)}]`];
}

function termsAround(names: FieldNames, charge: BudgetCharge): readonly [string, string] {
  const [bucket, , ...others] = chargeTerms(names, charge);
  return [`${JSON.stringify(bucket)},`, `,${JSON.stringify(others).slice(1, -1)}`];
}
