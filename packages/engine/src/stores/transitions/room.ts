import type { BudgetCharge } from '../../nouns/charge.ts';
import { carveOutCall } from './carve-outs.ts';
import { current, expire } from './expire.ts';
import { judgeBudgets, type Judged, type Judgement } from './judge.ts';
import type { Step } from './rows.ts';

/** Expired holds that a reservation clears on its way, so that they do not deny it. */
const CLEARED_ON_THE_WAY = 20;

/** Expired holds that a reservation without room clears at once, until there is room or none is left. */
const CLEARED_FOR_ROOM = 500;

/** Judges all budgets together. What only an expired hold takes is room, and nothing is left of what expired itself. */
export function judgeWithRoom(
  step: Step,
  charges: readonly BudgetCharge[],
  judged: Judged = 'call',
): Judgement {
  for (const { key, account } of charges) {
    if (account === 'carve-out') current(step, carveOutCall(key));
  }
  expire(step, CLEARED_ON_THE_WAY);
  let judgement = judgeBudgets(step, charges, judged);
  while (judgement.objections.length > 0 && expire(step, CLEARED_FOR_ROOM) > 0) {
    judgement = judgeBudgets(step, charges, judged);
  }
  return judgement;
}
