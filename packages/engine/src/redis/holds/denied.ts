import { type Denial, denyAll, type TimedReason } from '../../nouns/denial.ts';
import type { BudgetCharge } from '../../nouns/charge.ts';
import type { Subject } from '../../nouns/revocation.ts';
import { judgeBudgets, type Judged, judgeRates } from '../../stores/transitions/judge.ts';
import { revokedReason } from '../../stores/transitions/revocations.ts';
import { standingOf } from './standing.ts';
import type { Words } from './words.ts';

/** Why a script granted nothing, as `figuresOf` of the scripts writes it. */
type Figures = readonly [
  now: number,
  budgets: readonly number[],
  rates: readonly number[],
  revoked: Subject | null,
  why: string,
];

/** What was judged, and what the denial is about. */
interface Asked {
  readonly callId: string;
  readonly words: Pick<Words, 'budgets' | 'rates'>;

  /** For an extension: what its charges would add, where they ask for more. */
  readonly raises?: readonly BudgetCharge[];
}

/** The denial that a script gave as figures, in the words of every other store. */
export function denialOf(figures: string, { callId, words, raises }: Asked): Denial {
  const [now, budgetFigures, rateFigures, subject, reason] = JSON.parse(figures) as Figures;
  const { budgets, rates } = words;
  // Figures that were not read were not judged: somebody else was the reason.
  const standing = standingOf({
    now,
    budgets: budgetFigures.length === 0 ? [] : budgets,
    budgetFigures,
    rates: rateFigures.length === 0 ? [] : rates,
    rateFigures,
  });
  const judged: Judged = raises === undefined ? 'call' : 'extension';
  const objections: readonly TimedReason[] = [
    ...(subject === null ? [] : [revokedReason({ subject, reason })]),
    ...(budgetFigures.length === 0 ? [] : judgeBudgets(standing, raises ?? budgets, judged).objections),
    ...(rateFigures.length === 0 ? [] : judgeRates(standing, rates)),
  ];
  return denyAll(objections, callId);
}

/** What an extension would add to charges, where it asks for more. */
export function raisesOf(
  budgets: readonly BudgetCharge[],
  amounts: ReadonlyMap<string, bigint>,
): readonly BudgetCharge[] {
  return budgets
    .map((charge) => ({ ...charge, amount: (amounts.get(charge.currency) ?? charge.amount) - charge.amount }))
    .filter(({ amount }) => amount > 0n);
}
