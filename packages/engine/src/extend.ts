import { repeatDenial } from './approve/approve.ts';
import { LEAST } from './delegated.ts';
import { BUDGET_DECIMALS } from './nouns/asset.ts';
import type { Call } from './nouns/call.ts';
import { type Decision, policyName } from './nouns/decision.ts';
import { deny, type Denial } from './nouns/denial.ts';
import type { Extended } from './nouns/engine.ts';
import type { CallRecord, Extension, StalePolicies } from './nouns/hold.ts';
import { formatMoney, type Money, tryMoney } from './nouns/money.ts';
import type { Steps } from './nouns/steps.ts';
import { quoted } from './nouns/wording.ts';
import type { Parts } from './parts.ts';
import type { Decided } from './reserve/reserve.ts';
import { amountsIn, type AskedMore } from './settle/permit.ts';
import {
  inTime,
  noted,
  repeated,
  type Turn,
  turnOf,
  unavailable,
  underActivePolicies,
  type Walk,
} from './turn.ts';

/** A call that runs, as it was started. */
export interface Running {
  readonly call: Call;
  readonly record: CallRecord;
}

/** Longest time that a call can ask for, in milliseconds: a day. */
const LONGEST_MS = 86_400_000;

/**
 * Decides a call that runs again, at the price that it may cost in all from now on, and holds that. A lost answer is
 * told as a denial: should more be held after all, settling returns it.
 */
export function* extend(parts: Parts, running: Running, asked: AskedMore): Steps<Extended | Denial> {
  const { call } = running;
  const { forMs = parts.holdTtlMs, current, granted } = asked;
  const walked = parts.underWay.begin();
  try {
    const turn = turnOf(parts, call.principal, parts.clock.now() + parts.storeTimeoutMs);
    const price = tryMoney(asked.price);
    if (price === undefined)
      return yield* denied({ turn, call }, deny('PRICE_UNKNOWN', 'expected a price such as `0.12 USD`'));
    const walk = { turn, call: { ...call, price } };
    if (!Number.isInteger(forMs) || forMs < 1 || forMs > LONGEST_MS)
      return yield* denied(
        walk,
        deny('CALL_INVALID', `expected \`forMs\` as 1 to ${LONGEST_MS} milliseconds`),
      );
    const limits = { held: isMore(price, current), unasked: isMore(price, granted) ? granted : undefined };
    return yield* underActivePolicies(walk, (own, decided) =>
      grow(own, running, { decided, forMs, ...limits }),
    );
  } catch (error) {
    parts.onError(error instanceof Error ? error : new Error('the extension failed'));
    return unavailable('the store cannot answer, so the call was not extended');
  } finally {
    walked();
  }
}

/** A call as decided at its new price. */
interface Growth {
  readonly decided: Decided;
  readonly forMs: number;

  /** Whether more has to be held than now. */
  readonly held: boolean;

  /** Set where it may cost more than ever before: the most that it was allowed to cost. */
  readonly unasked: Money | undefined;
}

/** Amounts of two assets cannot be compared: the other one counts as more. */
function isMore(price: Money, than: Money): boolean {
  return price.asset !== than.asset || price.units > than.units;
}

/** A carve-out is in use while any of it is held, so a call that spends from one never holds nothing. */
function atLeastHeld({ budgets }: CallRecord, price: Money): Money {
  const spends = budgets.find(({ account }) => account === 'carve-out');
  if (spends === undefined || price.units > 0n) return price;
  return { units: LEAST, asset: `${spends.currency}/${BUDGET_DECIMALS}` };
}

function* grow(turn: Turn, running: Running, growth: Growth): Steps<Extended | Denial | StalePolicies> {
  const { call, decision, set, shadow } = growth.decided;
  const walk = { turn, call };
  const objection = objectionTo(running.record, decision, growth);
  if (objection !== undefined) return yield* denied(walk, objection);
  const amounts = amountsIn(turn.assets, running.record, atLeastHeld(running.record, call.price));
  if (amounts === undefined) {
    const message = `\`${call.price.asset}\` does not count in every budget of the call`;
    return yield* denied(walk, deny('ASSET_UNKNOWN', message));
  }
  const extension: Extension = {
    callId: running.record.id,
    price: call.price,
    amounts,
    ttlMs: growth.forMs,
    policies: set.hash,
    facts: { policies: decision.policies.map(policyName), ...(shadow === undefined ? {} : { shadow }) },
  };
  const answer = yield* inTime(turn, () => turn.store.extend(extension));
  switch (answer.kind) {
    case 'extended': {
      const { id: callId, price, deadlineMs } = answer.call;
      return { kind: 'extended', callId, price, deadlineMs, budgets: answer.budgets };
    }
    case 'stale-policies':
      return answer;
    case 'refused':
      return answer.denial;
    case 'not-extendable':
      return yield* repeated(walk, repeatDenial(answer.call));
    case 'unknown-call':
      return yield* repeated(walk, {
        ...deny('CALL_ENDED', 'this call is no longer known'),
        callId: call.id,
      });
  }
}

/** Why policy does not let the call go on at its new price. */
function objectionTo(
  record: CallRecord,
  decision: Decision,
  { held, unasked }: Pick<Growth, 'held' | 'unasked'>,
): Denial | undefined {
  if (decision.kind === 'deny') return decision.denial;
  if (unasked !== undefined && (record.approvalId !== undefined || decision.kind === 'approve')) {
    const most = formatMoney(unasked);
    return deny(
      'APPROVAL_MISMATCH',
      `no person approved more than ${most} for this call; ask with a new call`,
    );
  }
  return held ? uncounted(record, decision.budgets) : undefined;
}

/**
 * What is held now counts where the call was reserved. A budget that a later version of the policies added, or made
 * smaller, would never see what the call may cost more.
 */
function uncounted(
  { budgets }: CallRecord,
  demands: Extract<Decision, { kind: 'allow' | 'approve' }>['budgets'],
): Denial | undefined {
  const limits = new Map(budgets.map(({ key, limit }) => [key, limit]));
  const missing = demands.find(({ key, limit }) => {
    const known = limits.get(key);
    return known === undefined || limit < known;
  });
  if (missing === undefined) return undefined;
  const { policy, clause } = missing;
  const message = `what is held does not count by \`${clause}\` of policy ${quoted(policy)}; ask with a new call`;
  return deny('BUDGET_EXCEEDED', message, { policy, clause });
}

/** Written down; the call goes on as it was. */
function denied({ turn, call }: Walk, denial: Denial): Steps<Denial> {
  const told = { ...denial, callId: call.id, tool: call.tool, extension: true } as const;
  return noted(turn, call.principal, told);
}
