import { canonicalJson } from '../../nouns/canonical.ts';
import type { BudgetCharge } from '../../nouns/charge.ts';
import { chargeTerms, exactUnits } from './arguments.ts';
import { alertsText } from './words.ts';
import type { FieldNames } from '../keys.ts';

const REMEMBERED = 4_000;

/** Both texts of a charge, around its amount. */
interface Known {
  readonly charge: BudgetCharge;
  readonly words: readonly [before: string, after: string];
  readonly terms: readonly [before: string, after: string];
}

/** The charges of one call, with commas in between. */
export interface Written {
  /** As a line of words has them. */
  readonly words: string;

  /** As `chargesText` writes them. */
  readonly terms: string;
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

  /**
   * Throws NOT_CANONICAL for what the journal could not keep, and MONEY_INVALID for an amount that no store counts
   * exactly.
   */
  of(charges: readonly BudgetCharge[]): Written {
    let [words, terms] = ['', ''];
    for (const charge of charges) {
      const known = this.#find(charge);
      const units = exactUnits(charge.amount).toString();
      const comma = words === '' ? '' : ',';
      words += comma + known.words[0] + units + known.words[1];
      terms += comma + known.terms[0] + units + known.terms[1];
    }
    return { words, terms };
  }

  #find(charge: BudgetCharge): Known {
    const known = this.#known.get(charge.key);
    if (known !== undefined && isSame(known.charge, charge)) return known;
    const made = { charge, words: wordsAround(charge), terms: termsAround(this.#names, charge) };
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(charge.key, made);
    return made;
  }
}

/** Whether nothing but the amounts differs, where the keys are equal. */
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
    isSameAlerts(one.alerts, other.alerts)
  );
}

/** A policy makes its list of alerts once. */
function isSameAlerts(one: BudgetCharge['alerts'], other: BudgetCharge['alerts']): boolean {
  return one === other || alertsText(one) === alertsText(other);
}

/** A charge of a line of words, as `wordsLine` writes it. */
function wordsAround(charge: BudgetCharge): readonly [string, string] {
  const { key, policy, clause, scope, window, startMs, endMs, rollingMs, currency, limit, account } = charge;
  const parts = [key, policy, clause, scope, window, startMs, endMs, rollingMs, currency, limit.toString()];
  const rest = `${canonicalJson(account ?? null)}${alertsText(charge.alerts)}`;
  return [`${canonicalJson(parts).slice(0, -1)},"`, `",${rest}]`];
}

function termsAround(names: FieldNames, charge: BudgetCharge): readonly [string, string] {
  const [bucket, , ...others] = chargeTerms(names, charge);
  return [`${JSON.stringify(bucket)},`, `,${JSON.stringify(others).slice(1, -1)}`];
}
