import type { Random, Store } from '@torii/engine';
import { type Question, PEOPLE } from './question.ts';

/** Something that somebody does to a question, and what they were told. */
export type Told =
  | {
      readonly move: 'vote';
      readonly approver: string;
      readonly verdict: 'approve' | 'deny';
      readonly answer: 'counted' | 'refused';
    }
  | { readonly move: 'cancel'; readonly answer: 'cancelled' | 'refused' }
  | { readonly move: 'start'; readonly attempt: string; readonly answer: string }
  | { readonly move: 'expire' }
  | { readonly move: 'end'; readonly answer: string };

/** One random move. People approve more often than they object, or nothing would ever run. */
export async function moveAtRandom(store: Store, question: Question, random: Random): Promise<Told> {
  const { approvalId, callId, actionHash } = question;
  switch (random.below(12)) {
    case 0: {
      const { kind } = await store.cancel({ approvalId, facts: { by: 'admin' } });
      return { move: 'cancel', answer: kind };
    }
    case 1:
      await store.expire(10);
      return { move: 'expire' };
    case 2:
      return vote(store, question, { random, verdict: 'deny' });
    case 3:
    case 4:
    case 5:
    case 6: {
      const attempt = `attempt-${random.below(1_000_000)}`;
      const answer = await store.start({
        callId,
        actionHash,
        ttlMs: 86_400_000,
        policies: undefined,
        attempt,
      });
      return { move: 'start', attempt, answer: answer.kind };
    }
    default:
      return vote(store, question, { random, verdict: 'approve' });
  }
}

async function vote(
  store: Store,
  { approvalId, actionHash }: Question,
  { random, verdict }: { readonly random: Random; readonly verdict: 'approve' | 'deny' },
): Promise<Told> {
  const approver = PEOPLE[random.below(PEOPLE.length)] ?? 'ada';
  const said = { approvalId, approver, verdict, actionHash, comment: undefined, via: 'token' } as const;
  const { kind } = await store.vote(said);
  return { move: 'vote', approver, verdict, answer: kind };
}
