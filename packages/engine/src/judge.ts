import { type CompiledPolicies, decide } from './decide/index.ts';
import { delegated } from './delegated.ts';
import type { Call } from './nouns/call.ts';
import type { JsonObject } from './nouns/canonical.ts';
import type { Allowance, Decision } from './nouns/decision.ts';
import { NEW_SESSION } from './nouns/facts.ts';
import type { MaybePromise, Steps } from './nouns/steps.ts';
import type { Parts } from './parts.ts';
import type { Decided } from './reserve/reserve.ts';

/** Asks the store, and waits no longer than it may take. */
type InTime = <T>(ask: () => MaybePromise<T>) => Steps<T>;

/** As it was decided; in shadow nobody is asked, and what is noted says who would have been. */
export function judged({ mode }: Parts, decided: Decided): Decided {
  const { decision, shadow } = decided;
  if (mode === 'enforce' || decision.kind !== 'approve') return decided;
  const { unasked, asked } = withoutAsking(decision);
  return { ...decided, decision: unasked, shadow: { ...shadow, unasked: asked } };
}

/** Decides a call by the set of now, with what the store knows of the session where a policy looks at it. */
export function* weigh(
  { live, store, clock, assets, carveOuts }: Parts,
  call: Call,
  inTime: InTime,
): Steps<Decided> {
  const { policies, shadow } = live;
  // A set in shadow needs the counts too: its sessions would else never have done anything.
  const readsSessions = policies.readsSessions || shadow?.readsSessions === true;
  const { principal } = call;
  const currency =
    principal.carveOut === undefined ? undefined : yield* inTime(() => carveOuts.of(store, principal));
  const paidFrom = (decision: Decision): Decision => delegated(call, decision, { currency, assets });
  const session = readsSessions ? yield* inTime(() => store.session(principal)) : NEW_SESSION;
  const facts = { nowMs: clock.now(), session };
  const decision = paidFrom(decide(call, policies, facts));
  // One call in shadow is decided by the active set, as those beside it are.
  const set = { hash: live.mode === 'shadow' ? undefined : policies.hash, readsSessions };
  const other = shadow && differenceOf(decision, paidFrom(decide(call, shadow, facts)), shadow);
  return { call, decision, set, shadow: other };
}

/** What a second set would have answered, where that is something else. */
function differenceOf(
  decision: Decision,
  other: Decision,
  { hash }: CompiledPolicies,
): JsonObject | undefined {
  if (answerOf(decision) === answerOf(other)) return undefined;
  const denial = other.kind === 'deny' ? { code: other.denial.code, message: other.denial.message } : {};
  return { set: hash, kind: other.kind, ...denial };
}

function answerOf(decision: Decision): string {
  return decision.kind === 'deny' ? `deny ${decision.denial.code}` : decision.kind;
}

/** In shadow nobody is asked: the call goes on, and its entry says who would have been. */
function withoutAsking(decision: Allowance): { readonly unasked: Allowance; readonly asked: JsonObject[] } {
  const asked = decision.approvals.map(({ policy, clause, reason }) => ({ policy, clause, reason }));
  return { unasked: { ...decision, kind: 'allow', approvals: [] }, asked };
}
