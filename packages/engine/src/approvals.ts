import { decidersOf } from './nouns/approval.ts';
import type { Approvals } from './nouns/engine.ts';
import { deny } from './nouns/denial.ts';
import { within } from './deadline.ts';
import type { Parts } from './parts.ts';

const LISTED = 100;
const MAX_COMMENT = 1_000;

/** What people do with approvals. Who they are comes from their token, never from an argument. */
export function approvalsOf(parts: Parts): Approvals {
  const { identity, store, clock, storeTimeoutMs, wake } = parts;
  const inTime = <T>(work: Promise<T>): Promise<T> => within(clock, storeTimeoutMs, work);
  return {
    async decide({ credential, approvalId, verdict, actionHash, comment }) {
      const approver = await identity.approver(credential);
      if ('kind' in approver) return approver;
      if (verdict !== 'approve' && verdict !== 'deny')
        return deny('CALL_INVALID', 'expected the verdict `approve` or `deny`');
      if (comment !== undefined && typeof comment !== 'string')
        return deny('CALL_INVALID', 'expected the comment to be text');
      const said = comment?.slice(0, MAX_COMMENT).toWellFormed();
      const answer = await inTime(
        store.vote({ approvalId, approver: approver.id, verdict, actionHash, comment: said }),
      );
      wake();
      return answer;
    },
    async list({ credential, status }) {
      const approver = await identity.approver(credential);
      if ('kind' in approver) return approver;
      return inTime(
        store.approvals({
          approver: approver.id,
          limit: LISTED,
          ...(status === undefined ? {} : { status }),
        }),
      );
    },
    async get({ credential, approvalId }) {
      const approver = await identity.approver(credential);
      const agent = 'kind' in approver ? await identity.agent(credential) : undefined;
      if (agent !== undefined && 'kind' in agent) return agent;
      const approval = await inTime(store.approval(approvalId));
      if (approval === undefined) return undefined;
      const { action, quorums } = approval;
      const asks =
        agent !== undefined &&
        action.agent === agent.agent &&
        action.owner === agent.owner &&
        action.tenant === agent.tenant &&
        action.issuer === agent.issuer;
      const answers =
        !('kind' in approver) &&
        quorums.some((quorum) => decidersOf(approval, quorum, clock.now()).has(approver.id));
      return asks || answers ? approval : undefined;
    },
  };
}
