import type { Store } from '@torii/engine';
import { asking, charge } from '../suite/asking.ts';

/** Micro-dollars of every call that a crowd makes: seldom a divisor of anything. */
export const AMOUNT = 7n;

/** What a process of a crowd is told, as one argument of JSON. */
export interface CrowdErrand {
  readonly url: string;
  readonly prefix: string;
  readonly name: string;
  readonly callers: number;
  readonly decisions: number;
  readonly key: string;

  /** Micro-dollars, as text. */
  readonly limit: string;
}

/** Asks for one call. Answers whether it was granted; rejects for any answer that a full budget does not give. */
export async function reservesOne(
  store: Store,
  id: string,
  { key, limit }: Pick<CrowdErrand, 'key' | 'limit'>,
): Promise<boolean> {
  const answer = await store.reserve(asking(id, [charge(key, { amount: AMOUNT, limit: BigInt(limit) })]));
  if (answer.kind === 'reserved') return true;
  if (answer.kind === 'refused' && answer.denial.code === 'BUDGET_EXCEEDED') return false;
  throw new Error(`expected a grant or a budget without room, got \`${answer.kind}\``);
}
