import type { Call } from '../nouns/call.ts';
import type { Decision, Flag, PolicyReference } from '../nouns/decision.ts';
import { denyAll, type Reason, type TimedReason } from '../nouns/denial.ts';
import { type Effect, strictest } from '../nouns/effect.ts';
import type { Facts } from '../nouns/facts.ts';
import { quoted } from '../nouns/wording.ts';
import { assetsOf, type CompiledPolicies, type CompiledPolicy, matching } from './compile.ts';
import type { EffectView } from './checks/effects.ts';
import { flawOf } from './flaw.ts';
import { argumentsOf, type Asked, effectOfCall, type Findings, Question } from './question.ts';

/**
 * What the policies say of a call: every reason of every matching policy, and every budget, rate and approval that the
 * call needs. Pure, and total: a call that is not one is denied. Deny beats approve, approve beats flag, flag beats
 * allow; no matching policy is a denial. `facts` is all that is known beside the call: time, and what the session did.
 */
export function decide(call: Call, policies: CompiledPolicies, facts: Facts): Decision {
  try {
    const read = argumentsOf(call);
    return withWait(
      decided({ call, policies, facts, read }),
      (nowMs) => decided({ call, policies, facts: { ...facts, nowMs }, read }),
      facts,
    );
  } catch {
    const flaw: Reason = {
      code: 'CALL_INVALID',
      message: 'expected a call and facts whose parts can be read',
    };
    return refusal(undefined, [], { ...nothing(), reasons: [flaw], effect: 'admin', writes: true });
  }
}

/** How often a wait is tried, and the longest that is told. */
const WAIT_TRIES = 60;
const LONGEST_WAIT_MS = 366 * 86_400_000;

/** Tells a wait only where the call would pass after it: when one schedule opens, another may be closed. */
function withWait(decision: Decision, decideAt: (nowMs: number) => Decision, { nowMs }: Facts): Decision {
  if (decision.kind !== 'deny' || decision.denial.retryAfterMs === undefined) return decision;
  const { retryAfterMs, ...denial } = decision.denial;
  let waitMs = retryAfterMs;
  for (let attempt = 0; attempt < WAIT_TRIES && waitMs <= LONGEST_WAIT_MS; attempt++) {
    const later = decideAt(nowMs + waitMs);
    if (later.kind !== 'deny') return { ...decision, denial: { ...denial, retryAfterMs: waitMs } };
    if (later.denial.retryAfterMs === undefined) break;
    waitMs += later.denial.retryAfterMs;
  }
  return { ...decision, denial };
}

/** One decision at one time. */
interface Deciding extends Omit<Asked, 'assets'> {
  readonly policies: CompiledPolicies;
}

function decided({ call, policies, facts, read }: Deciding): Decision {
  const flaw = flawOf(call, facts);
  if (flaw !== undefined)
    return refusal(idOf(call), [], { ...nothing(), reasons: [flaw], effect: 'admin', writes: true });
  const concerned = matching(policies, call);
  if (concerned.length === 0) {
    const effect = effectOfCall(call);
    return refusal(call.id, [], { reasons: [noPolicy(call)], flags: [], effect, writes: effect !== 'read' });
  }
  const question = new Question({ call, facts, assets: assetsOf(policies), read });
  const findings: Findings = nothing();
  for (const { checks } of concerned) {
    for (const check of checks) check(question, findings);
  }
  const effect = effectIn(concerned, question, 'judged');
  const writes = effectIn(concerned, question, 'plain') !== 'read';
  const references = concerned.map(({ reference }) => reference);
  const { reasons, budgets, rates, approvals, flags } = findings;
  if (reasons.length > 0) return refusal(call.id, references, { reasons, flags, effect, writes });
  const kind = approvals.length > 0 ? 'approve' : 'allow';
  return { kind, policies: references, effect, writes, flags, budgets, rates, approvals };
}

function nothing(): Findings {
  return { reasons: [], flags: [], budgets: [], rates: [], approvals: [] };
}

/** What the call does, by the strictest of the policies; as it is known by itself where none says otherwise. */
function effectIn(policies: readonly CompiledPolicy[], question: Question, view: keyof EffectView): Effect {
  let strictestYet: Effect | undefined;
  for (const { effect } of policies) {
    const seen = effect === undefined ? question.effect : effect[view](question);
    strictestYet = strictestYet === undefined ? seen : strictest(strictestYet, seen);
  }
  return strictestYet ?? question.effect;
}

function noPolicy({ principal: { agent, owner, tenant }, framework }: Call): Reason {
  const where = tenant === 'default' ? '' : ` in tenant ${quoted(tenant)}`;
  const value = `agent ${quoted(agent)} of owner ${quoted(owner)}${where} through ${quoted(framework)}`;
  const message = `no policy matches ${value}`;
  return { code: 'NO_POLICY', message, value, limit: 'a policy that matches all of them' };
}

interface Refused {
  readonly reasons: readonly TimedReason[];
  readonly flags: readonly Flag[];
  readonly effect: Effect;
  readonly writes: boolean;
}

function refusal(
  id: string | undefined,
  policies: readonly PolicyReference[],
  { reasons, flags, effect, writes }: Refused,
): Decision {
  return { kind: 'deny', policies, effect, writes, flags, denial: denyAll(reasons, id) };
}

function idOf(call: unknown): string | undefined {
  const id: unknown = typeof call === 'object' && call !== null && 'id' in call ? call.id : undefined;
  return typeof id === 'string' ? id : undefined;
}
