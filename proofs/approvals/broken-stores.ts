import { altered } from '../suite/altered.ts';
import type { Breaking } from './races.ts';

/** Looks at the approval, and lets the call start after others had their turn. */
export const startsUnasked: Breaking = (store, pause) =>
  altered(store, (inner) => ({
    async start(request) {
      const answer = await inner.start(request);
      if (answer.kind !== 'waiting') return answer;
      await pause();
      const call = await inner.call(request.callId);
      return call === undefined ? answer : { kind: 'started', call, budgets: [], version: answer.version };
    },
  }));

/** Says that a question is cancelled whose call has started, and gives its money back. */
export const cancelsWhatRuns: Breaking = (store) =>
  altered(store, (inner) => ({
    async cancel(cancellation) {
      const answer = await inner.cancel(cancellation);
      const approval = await inner.approval(cancellation.approvalId);
      if (answer.kind === 'cancelled' || approval?.status !== 'approved') return answer;
      await inner.release(approval.callId, {});
      return { kind: 'cancelled', approval };
    },
  }));

/** Counts the vote of one person for somebody else too. */
export const votesForTwo: Breaking = (store) =>
  altered(store, (inner) => ({
    async vote(request) {
      const answer = await inner.vote(request);
      if (answer.kind === 'counted' && request.verdict === 'approve' && request.approver !== 'bob')
        await inner.vote({ ...request, approver: 'bob' });
      return answer;
    },
  }));

/** Tells people that their vote counted, whatever became of it. */
export const saysYes: Breaking = (store) =>
  altered(store, (inner) => ({
    async vote(request) {
      const answer = await inner.vote(request);
      const approval = await inner.approval(request.approvalId);
      return approval === undefined ? answer : { kind: 'counted', approval };
    },
  }));
