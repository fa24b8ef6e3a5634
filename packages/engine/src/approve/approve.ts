import { deny, type Denial } from '../nouns/denial.ts';
import type { Waiting } from '../nouns/outcome.ts';
import type { CallRecord, StalePolicies, StartAnswer, StartRequest } from '../nouns/hold.ts';
import { known, type Steps } from '../nouns/steps.ts';
import type { HoldStore } from '../nouns/store.ts';

export interface ApproveContext {
  readonly store: HoldStore;
  readonly holdTtlMs: number;
}

export type Verdict = Extract<StartAnswer, { kind: 'started' }> | Waiting | Denial | StalePolicies;

/** Starts a call whose approval of exactly this action was granted, and uses that approval up. */
export function* approve(
  { store, holdTtlMs }: ApproveContext,
  request: Omit<StartRequest, 'ttlMs'>,
): Steps<Verdict> {
  const { callId } = request;
  const answer = yield* known(store.start({ ...request, ttlMs: holdTtlMs }));
  if (answer.kind === 'started' || answer.kind === 'stale-policies') return answer;
  if (answer.kind === 'waiting') return { kind: 'waiting', callId, approval: answer.approval };
  if (answer.kind === 'not-startable') return repeatDenial(answer.call);
  return { ...deny('CALL_ENDED', 'this call is no longer known'), callId };
}

/** What a repeat of a call that has started or ended is told. */
export function repeatDenial(call: CallRecord): Denial {
  if (call.denial !== undefined) return call.denial;
  if (call.state === 'started') {
    return {
      ...deny('CALL_IN_PROGRESS', 'this call is running; it runs once', { retryAfterMs: 1_000 }),
      callId: call.id,
    };
  }
  if (call.state === 'carved') {
    return {
      ...deny('CALL_IN_PROGRESS', 'this id set money aside; it runs nothing'),
      callId: call.id,
    };
  }
  if (call.state === 'unresolved' && call.carved !== undefined) {
    return {
      ...deny('CALL_IN_PROGRESS', 'what this id set aside is closed and not settled yet'),
      callId: call.id,
    };
  }
  if (call.state === 'unresolved') {
    return {
      ...deny('CALL_IN_PROGRESS', 'this call ran and nobody knows its outcome yet'),
      callId: call.id,
    };
  }
  const { id, state } = call;
  const over = { ...deny('CALL_ENDED', `this call is over (${state}); a call runs once`), callId: id };
  return state === 'waiting' || state === 'held' ? over : { ...over, ended: state };
}
