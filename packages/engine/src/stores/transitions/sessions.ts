import type { Approval } from '../../nouns/approval.ts';
import { type Elevation, NEW_SESSION, type SessionFacts } from '../../nouns/facts.ts';
import type { RefusalRequest, Reservation, SessionKey } from '../../nouns/hold.ts';
import { elevatedBy, elevationsWithout } from './count-vote.ts';
import { KEPT_AFTER_END_MS } from './expire.ts';
import type { Step } from './rows.ts';

/**
 * What a session has done so far. It is forgotten and its elevations end at their moment, whether or not anybody has swept
 * since. Elevations end too when another set of policies becomes active: whoever gave them may have no say in it.
 */
export function sessionFacts({ tables, now }: Step, key: SessionKey): SessionFacts {
  const known = tables.session(key);
  if (known === undefined || known.keptUntilMs < now) return NEW_SESSION;
  const { calls, denials, writes, elevations, elevatedUnder } = known;
  const counts = elevatedUnder === tables.activeHash();
  return { calls, denials, writes, elevations: counts ? lasting(elevations, now) : [] };
}

/** Counts one fresh decision in the session of its call, where a policy looks at sessions. */
export function countDecision(
  step: Step,
  { call, session: use }: Pick<Reservation | RefusalRequest, 'call' | 'session'>,
  answer: 'held' | 'denied',
): void {
  if (use === undefined) return;
  const before = sessionFacts(step, call);
  remember(step, call, {
    ...before,
    calls: before.calls + 1,
    denials: before.denials + (answer === 'denied' ? 1 : 0),
    writes: before.writes + (answer === 'held' && use.writes ? 1 : 0),
  });
}

/**
 * Lets the session of an approved action use its tool, for each policy whose quorum says so for as long as it says.
 * Answers until when at the latest; undefined where no quorum elevates, and where another set of policies is active now
 * than the one that asked.
 */
export function elevate(step: Step, approval: Approval): number | undefined {
  const before = sessionFacts(step, approval.action);
  const { elevations } = before;
  const elevated = elevatedBy(approval, { nowMs: step.now, active: step.tables.activeHash(), elevations });
  if (elevated === undefined) return undefined;
  remember(step, approval.action, { ...before, elevations: elevated.elevations });
  return elevated.untilMs;
}

/** Takes back what an approval let its session do, because it is withdrawn. */
export function lower(step: Step, approval: Approval): void {
  const before = sessionFacts(step, approval.action);
  const elevations = elevationsWithout(approval, before.elevations);
  if (elevations.length < before.elevations.length)
    remember(step, approval.action, { ...before, elevations });
}

function remember({ tables, now }: Step, key: SessionKey, facts: SessionFacts): void {
  const { issuer, tenant, owner, agent, session } = key;
  const keptUntilMs = Math.max(now + KEPT_AFTER_END_MS, ...facts.elevations.map(({ untilMs }) => untilMs));
  const elevatedUnder = tables.activeHash();
  tables.putSession({ issuer, tenant, owner, agent, session, ...facts, elevatedUnder, keptUntilMs });
}

/** Those that have not ended by `now`. */
export function lasting(elevations: readonly Elevation[], now: number): readonly Elevation[] {
  return elevations.filter(({ untilMs }) => now < untilMs);
}
