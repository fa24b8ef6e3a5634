import type { StartAnswer, StartRequest } from '../../nouns/hold.ts';
import { approvalOf } from '../people/approval-words.ts';
import { unavailable } from '../connection/failures.ts';
import { textOf } from '../replies.ts';
import { run, type Slot } from '../script.ts';
import { START } from '../scripts/start.ts';
import { budgetStatusesOf } from './statuses.ts';
import { toldCall } from './told.ts';

/** Starts a call that is held, or that waited until it was approved. */
export async function start(slot: Slot, request: StartRequest): Promise<StartAnswer> {
  const { callId, actionHash, ttlMs, policies = '', attempt } = request;
  const answer = await run(slot, START, [callId, actionHash, ttlMs, policies, attempt]);
  const { kind, version, rest } = answer;
  const [told, figures] = rest;
  switch (kind) {
    case 'started': {
      const call = toldCall(told);
      return { kind, call, budgets: budgetStatusesOf(answer, call.budgets, figures), version };
    }
    case 'waiting':
      return { kind, approval: approvalOf(told), version };
    case 'not-startable':
      return { kind, call: toldCall(told), version };
    case 'stale-policies':
      return { kind, active: textOf(told), version };
    case 'unknown-call':
      return { kind, version };
    default:
      throw unavailable('redis answered something unexpected');
  }
}
