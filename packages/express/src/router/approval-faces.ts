import {
  type Approval,
  type ApprovalStatus,
  approvalStatuses,
  type CancelRefusal,
  type VoteRefusal,
} from '@torii/engine';
import { type Face, type Problem, problem } from '@torii/engine/http';

/** How each refusal looks in HTTP, and what is said of it. */
const faces: Readonly<Record<VoteRefusal | CancelRefusal, Face & { readonly detail: string }>> = {
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
  CANCEL_NOT_ALLOWED: {
    status: 403,
    title: 'Not yours to cancel',
    detail: 'expected the agent that asked, the owner of that agent, or somebody with the role `admin`',
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

/** What `isStatus` accepts, for messages. */
export const STATUS_FORM = `\`status\` as one of \`${approvalStatuses.join('`, `')}\``;

/** Whether a text is the status of an approval. */
export function isStatus(text: string): text is ApprovalStatus {
  return approvalStatuses.some((status) => status === text);
}

/** Why nothing changed. A refusal without a face does not compile. */
export function refusal(code: VoteRefusal | CancelRefusal): Problem {
  const { detail, ...face } = faces[code];
  return problem(code, face, { detail });
}

/** An approval as JSON: times are ISO 8601. */
export function approvalBody(whole: Approval): object {
  const { createdAt, expiresAt, resolvedAt, votes, noticed: _, ...approval } = whole;
  return {
    ...approval,
    votes: votes.map(({ at, ...vote }) => ({ ...vote, at: isoText(at) })),
    createdAt: isoText(createdAt),
    expiresAt: isoText(expiresAt),
    resolvedAt: resolvedAt === undefined ? null : isoText(resolvedAt),
  };
}

/** A time for machines. */
export function isoText(atMs: number): string {
  return new Date(atMs).toISOString();
}
