import type { Approval } from '../nouns/approval.ts';
import type { Person, PersonRole, Principal } from '../nouns/principal.ts';
import { countVote } from '../stores/transitions/count-vote.ts';

/** Whether the person has the role. */
export function hasRole({ roles }: Person, role: PersonRole): boolean {
  return roles.includes(role);
}

/** Whether an approval is of a tenant that the person may look at. */
export function isOfTheirs({ tenant, only }: Person, approval: Approval): boolean {
  if (tenant !== undefined && tenant !== approval.action.tenant) return false;
  return only === undefined || (only.approvalId === approval.id && only.actionHash === approval.actionHash);
}

/** Whether the person may see the approval now. */
export function maySee(person: Person, approval: Approval, nowMs: number): boolean {
  if (!isOfTheirs(person, approval)) return false;
  if (hasRole(person, 'auditor') || hasRole(person, 'admin')) return true;
  if (hasRole(person, 'owner') && approval.action.owner === person.id) return true;
  return hasRole(person, 'approver') && standingOf(approval, person.id, nowMs) !== 'stranger';
}

/** As whom the person may withdraw the approval; undefined where they may not. */
export function cancelsAs(person: Person, approval: Approval): 'admin' | 'owner' | undefined {
  if (hasRole(person, 'admin')) return 'admin';
  return hasRole(person, 'owner') && approval.action.owner === person.id ? 'owner' : undefined;
}

/** Whether the agent is the one that asked. */
export function isAsker({ issuer, tenant, owner, agent }: Principal, { action }: Approval): boolean {
  return (
    action.agent === agent && action.owner === owner && action.tenant === tenant && action.issuer === issuer
  );
}

/** Everybody whose vote would count now, each once. */
export function votersOf(approval: Approval, nowMs: number): readonly string[] {
  const named = approval.quorums.flatMap(({ approvers, escalations, deputies = [] }) => [
    ...approvers,
    ...escalations.flatMap((escalation) => escalation.approvers),
    ...deputies.map(({ deputy }) => deputy),
  ]);
  return [...new Set(named)].filter((id) => standingOf(approval, id, nowMs) === 'voter');
}

/**
 * `voter`: a vote would count now. `known`: they may decide it, and have, or it is resolved. Judged by the rules that
 * count votes, so that nobody is shown or sent what they could not decide.
 */
function standingOf(approval: Approval, approver: string, nowMs: number): 'voter' | 'known' | 'stranger' {
  const { id: approvalId, actionHash } = approval;
  const vote = { approvalId, approver, via: 'token', verdict: 'approve', comment: undefined } as const;
  const counted = countVote(approval, { ...vote, actionHash }, nowMs);
  if (counted.kind !== 'known') return 'voter';
  const { answer } = counted;
  return answer.kind === 'refused' && answer.code === 'NOT_AN_APPROVER' ? 'stranger' : 'known';
}
