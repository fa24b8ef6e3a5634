import type { Engine } from '@torii/engine';
import { json, problemOf, type Reply } from '@torii/engine/http';
import { approvalBody, isStatus, refusal, STATUS_FORM } from './approval-faces.ts';
import { membersOf, readJson, readOptionalJson, refused } from './body.ts';
import { badQuery, LIMIT_FORM, limitIn, readQuery } from './query.ts';
import { nobody, personOf, type Visit } from './visit.ts';

const FILTERS = ['status', 'agent', 'owner', 'tool', 'tenant', 'limit', 'cursor'] as const;

/** The approvals that a person may see, by pages. */
export async function listApprovals(visit: Visit): Promise<Reply> {
  const { torii, request, credential } = visit;
  const asker = await personOf(visit);
  if (asker.kind === 'problem') return asker.problem;
  const query = readQuery(request, FILTERS);
  if (query.kind === 'problem') return query.problem;
  const { status, limit: most, ...names } = query.values;
  if (status !== undefined && !isStatus(status)) return badQuery(`expected ${STATUS_FORM}`).problem;
  const limit = most === undefined ? undefined : limitIn(most);
  if (most !== undefined && limit === undefined) return badQuery(`expected ${LIMIT_FORM}`).problem;
  const answer = await torii.approvals.list({
    credential,
    ...names,
    ...(status === undefined ? {} : { status }),
    ...(limit === undefined ? {} : { limit }),
  });
  if (answer.kind === 'page')
    return json(200, { approvals: answer.approvals.map(approvalBody), next: answer.next ?? null });
  return answer.code === 'CALL_INVALID' ? badQuery(answer.message).problem : problemOf(answer);
}

/** One approval, for whom the list would show it, and for the agent that waits. For everybody else there is none. */
export async function showApproval({ torii, request, credential }: Visit, id: string): Promise<Reply> {
  const query = readQuery(request, ['tenant']);
  if (query.kind === 'problem') return query.problem;
  const answer = await torii.approvals.get({ credential, approvalId: id, ...query.values });
  if (answer === undefined) return refusal('APPROVAL_NOT_FOUND');
  return 'kind' in answer ? problemOf(answer) : json(200, approvalBody(answer));
}

/** Counts the vote of an approver. Who asks comes before what they say: the body of a stranger is never read. */
export async function decideApproval(visit: Visit, approvalId: string): Promise<Reply> {
  const { torii, request, credential } = visit;
  const asker = await personOf(visit);
  if (asker.kind === 'problem') return asker.problem;
  if (!asker.person.roles.includes('approver')) return refusal('NOT_AN_APPROVER');
  const query = readQuery(request, ['tenant']);
  if (query.kind === 'problem') return query.problem;
  const body = await readJson(request);
  if (body.kind === 'problem') return body.problem;
  const vote = voteIn(body.value);
  if (vote === undefined) {
    return refused(
      400,
      'expected `decision` of `approve` or `deny`, `actionHash`, and at most a `comment` besides',
    ).problem;
  }
  const answer = await torii.approvals.decide({ credential, approvalId, ...vote, ...query.values });
  if (answer.kind === 'counted') return json(200, approvalBody(answer.approval));
  return answer.kind === 'refused' ? refusal(answer.code) : problemOf(answer);
}

/** Withdraws a question: for the agent that asked, the owner of that agent, and admins. */
export async function cancelApproval(visit: Visit, approvalId: string): Promise<Reply> {
  const { torii, request, credential } = visit;
  const stranger = await strangerProblem(visit);
  if (stranger !== undefined) return stranger;
  const query = readQuery(request, ['tenant']);
  if (query.kind === 'problem') return query.problem;
  const body = await readOptionalJson(request);
  if (body.kind === 'problem') return body.problem;
  const members = membersOf(body.value, ['comment']);
  const comment = members?.comment;
  if (members === undefined || (comment !== undefined && typeof comment !== 'string'))
    return refused(400, 'expected at most a `comment` as text').problem;
  const answer = await torii.approvals.cancel({
    credential,
    approvalId,
    ...query.values,
    ...(comment === undefined ? {} : { comment }),
  });
  if (answer.kind === 'cancelled') return json(200, approvalBody(answer.approval));
  return answer.kind === 'refused' ? refusal(answer.code) : problemOf(answer);
}

/** The problem of somebody who is neither a person nor an agent. */
async function strangerProblem(visit: Visit): Promise<Reply | undefined> {
  const { torii, credential } = visit;
  const person = await torii.people.identify(credential);
  if (!('kind' in person)) return undefined;
  const problem = await nobody(visit, person);
  // An agent may cancel what it asked for itself.
  return problem.body.code === 'NOT_AN_APPROVER' ? undefined : problem;
}

type Vote = Pick<Parameters<Engine['approvals']['decide']>[0], 'verdict' | 'actionHash' | 'comment'>;

function voteIn(value: unknown): Vote | undefined {
  const members = membersOf(value, ['decision', 'actionHash', 'comment']);
  if (members === undefined) return undefined;
  const { decision, actionHash, comment } = members;
  if (typeof actionHash !== 'string' || (decision !== 'approve' && decision !== 'deny')) return undefined;
  if (comment === undefined) return { verdict: decision, actionHash };
  return typeof comment === 'string' ? { verdict: decision, actionHash, comment } : undefined;
}
