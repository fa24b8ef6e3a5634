import { type Approval, decidersOf } from './nouns/approval.ts';
import type { Approvals } from './nouns/engine.ts';
import { deny } from './nouns/denial.ts';
import { within } from './deadline.ts';
import type { OfTenant } from './nouns/operator.ts';
import type { Store } from './nouns/store.ts';
import { storesOf } from './operate.ts';
import type { Parts } from './parts.ts';

const LISTED = 100;
const MAX_COMMENT = 1_000;

/** What people do with approvals. Who they are comes from their token, never from an argument. */
export function approvalsOf(parts: Parts): Approvals {
  const { identity, clock, storeTimeoutMs, wake } = parts;
  const inTime = <T>(work: Promise<T>): Promise<T> => within(clock, storeTimeoutMs, work);
  return {
    async decide({ credential, approvalId, verdict, actionHash, comment, tenant }) {
      const approver = await identity.approver(credential);
      if ('kind' in approver) return approver;
      if (verdict !== 'approve' && verdict !== 'deny')
        return deny('CALL_INVALID', 'expected the verdict `approve` or `deny`');
      if (comment !== undefined && typeof comment !== 'string')
        return deny('CALL_INVALID', 'expected the comment to be text');
      const said = comment?.slice(0, MAX_COMMENT).toWellFormed();
      const vote = { approvalId, approver: approver.id, verdict, actionHash, comment: said };
      const voted = async () => {
        const store = await homeOf(parts, approvalId, of(tenant));
        return { store, answer: await store.vote(vote) };
      };
      const { store, answer } = await inTime(voted());
      wake(store);
      return answer;
    },
    async list({ credential, status, tenant }) {
      const approver = await identity.approver(credential);
      if ('kind' in approver) return approver;
      const filter = { approver: approver.id, limit: LISTED, ...(status === undefined ? {} : { status }) };
      const listed = async (): Promise<readonly (readonly Approval[])[]> => {
        const stores = await storesOf(parts, of(tenant));
        return Promise.all(stores.map((store) => store.approvals(filter)));
      };
      return newestFirst(await inTime(listed())).slice(0, LISTED);
    },
    async get({ credential, approvalId, tenant }) {
      const approver = await identity.approver(credential);
      const agent = 'kind' in approver ? await identity.agent(credential) : undefined;
      if (agent !== undefined && 'kind' in agent) return agent;
      const found = async (): Promise<Approval | undefined> => {
        const store = await homeOf(parts, approvalId, agent ?? of(tenant));
        return store.approval(approvalId);
      };
      const approval = await inTime(found());
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

function of(tenant: string | undefined): OfTenant {
  return tenant === undefined ? {} : { tenant };
}

/** The store that has the approval; the first where none has it, which then says so. */
async function homeOf(parts: Parts, approvalId: string, whose: OfTenant): Promise<Store> {
  const stores = await storesOf(parts, whose);
  const [first = parts.store, ...others] = stores;
  if (others.length === 0) return first;
  const known = await Promise.all(stores.map((store) => store.approval(approvalId)));
  return stores[known.findIndex((approval) => approval !== undefined)] ?? first;
}

/** Of several stores, each in its order. */
function newestFirst(found: readonly (readonly Approval[])[]): readonly Approval[] {
  const [only = [], ...others] = found;
  return others.length === 0 ? only : found.flat().sort((a, b) => b.createdAt - a.createdAt);
}
