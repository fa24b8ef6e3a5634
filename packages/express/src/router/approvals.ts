import type { Approval, ApprovalStatus, Denial, Engine, VoteRefusal } from '@torii/engine';
import type { Request } from 'express';
import type { Face } from '../faces.ts';
import { type Problem, problem, problemOf } from '../problem.ts';
import { json, type Reply } from '../reply.ts';
import { readJson, refused } from './body.ts';

/** The faces of votes that do not count. A refusal without one does not compile. */
const faces: Readonly<Record<VoteRefusal, Face & { readonly detail: string }>> = {
  APPROVAL_NOT_FOUND: {
    status: 404,
    title: 'There is no such approval',
    detail: 'no approval that you may see has this id',
  },
  NOT_AN_APPROVER: {
    status: 403,
    title: 'Not an approver',
    detail: 'expected the token of a person who may approve this',
  },
  APPROVAL_RESOLVED: {
    status: 409,
    title: 'The approval is resolved',
    detail: 'this approval is no longer pending',
  },
  ACTION_CHANGED: {
    status: 409,
    title: 'The action changed',
    detail: 'expected the `actionHash` of the approval as it is now',
  },
  ALREADY_VOTED: { status: 409, title: 'Already voted', detail: 'you have voted on this approval' },
};

const statuses: Readonly<Record<ApprovalStatus, true>> = {
  pending: true,
  approved: true,
  denied: true,
  expired: true,
  cancelled: true,
};

/** A caller and the engine it asks. */
export interface Visit {
  readonly torii: Engine;
  readonly request: Request;
  readonly credential: string | undefined;
}

/** The approvals that an approver may decide. */
export async function listApprovals({ torii, request, credential }: Visit): Promise<Reply> {
  const asked = new URL(request.url, 'http://localhost').searchParams;
  const status = asked.get('status') ?? undefined;
  // A filter that is misspelt and ignored would show more than was asked for.
  const isExact = asked.size === (status === undefined ? 0 : 1);
  if (!isExact || (status !== undefined && !isStatus(status))) {
    const detail = `expected at most \`status\`, once, of \`${Object.keys(statuses).join('`, `')}\``;
    return problem('QUERY_INVALID', { status: 400, title: 'The query is not valid' }, { detail });
  }
  const answer = await torii.approvals.list({ credential, ...(status === undefined ? {} : { status }) });
  if ('kind' in answer) return approverDenied(torii, credential, answer);
  return json(200, { approvals: answer.map(approvalBody) });
}

/** One approval, for its approvers and the agent that waits. For everybody else there is none. */
export async function showApproval({ torii, credential }: Visit, approvalId: string): Promise<Reply> {
  const answer = await torii.approvals.get({ credential, approvalId });
  if (answer === undefined) return refusal('APPROVAL_NOT_FOUND');
  return 'kind' in answer ? problemOf(answer) : json(200, approvalBody(answer));
}

/** Counts the vote of an approver. Who asks comes before what they say: the body of a stranger is never read. */
export async function decideApproval(
  { torii, request, credential }: Visit,
  approvalId: string,
): Promise<Reply> {
  const known = await torii.approvals.list({ credential, status: 'pending' });
  if ('kind' in known) return approverDenied(torii, credential, known);
  const body = await readJson(request);
  if (body.kind === 'problem') return body.problem;
  const vote = voteIn(body.value);
  if (vote === undefined) {
    return refused(
      400,
      'expected `decision` of `approve` or `deny`, `actionHash`, and at most a `comment` besides',
    ).problem;
  }
  const answer = await torii.approvals.decide({ credential, approvalId, ...vote });
  if (answer.kind === 'counted') return json(200, approvalBody(answer.approval));
  return answer.kind === 'refused' ? refusal(answer.code) : approverDenied(torii, credential, answer);
}

/** An agent's token is valid and still no approver's: that is 403, where a token that proves nobody is 401. */
async function approverDenied(
  torii: Engine,
  credential: string | undefined,
  denial: Denial,
): Promise<Problem> {
  if (denial.code !== 'IDENTITY_INVALID') return problemOf(denial);
  const agent = await torii.agents.status(credential);
  return agent.kind === 'status' ? refusal('NOT_AN_APPROVER') : problemOf(denial);
}

function refusal(code: VoteRefusal): Problem {
  const { detail, ...face } = faces[code];
  return problem(code, face, { detail });
}

type Vote = Pick<Parameters<Engine['approvals']['decide']>[0], 'verdict' | 'actionHash' | 'comment'>;

function voteIn(value: unknown): Vote | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { decision, actionHash, comment, ...unknown } = value as Readonly<Record<string, unknown>>;
  if (Reflect.ownKeys(unknown).length > 0 || typeof actionHash !== 'string') return undefined;
  if (decision !== 'approve' && decision !== 'deny') return undefined;
  if (comment === undefined) return { verdict: decision, actionHash };
  return typeof comment === 'string' ? { verdict: decision, actionHash, comment } : undefined;
}

function approvalBody({ createdAt, expiresAt, resolvedAt, votes, ...approval }: Approval): object {
  return {
    ...approval,
    votes: votes.map(({ at, ...vote }) => ({ ...vote, at: isoText(at) })),
    createdAt: isoText(createdAt),
    expiresAt: isoText(expiresAt),
    resolvedAt: resolvedAt === undefined ? null : isoText(resolvedAt),
  };
}

function isoText(atMs: number): string {
  return new Date(atMs).toISOString();
}

function isStatus(text: string): text is ApprovalStatus {
  return Object.hasOwn(statuses, text);
}
