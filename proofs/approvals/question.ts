import type { Approval, Entry, Random, Store } from '@torii/engine';
import { AGENT, asking, charge } from '../suite/asking.ts';

/** What the question holds, of a budget that many of them fit into. */
export const HELD = 10n;
const LIMIT = 1_000_000_000n;

/** How the parts of one question are called, and who may answer it. */
export interface Question {
  readonly callId: string;
  readonly approvalId: string;
  readonly actionHash: string;
  readonly budget: string;

  /** How many people have to agree. */
  readonly require: number;
  readonly people: readonly string[];
  readonly expiresInMs: number;
}

/** Who is asked, who stands in for whom, and who has no say at all. */
export const PEOPLE = ['ada', 'bob', 'eve', 'joe', AGENT.owner, 'mallory'] as const;

/** Chance decides how many have to agree, and how soon. */
export function questionOf(name: string, random: Random, longestMs: number): Question {
  return {
    callId: `call-${name}`,
    approvalId: `apr-${name}`,
    actionHash: `action-${name}`,
    budget: `budget-${name}`,
    require: 1 + random.below(2),
    people: PEOPLE,
    expiresInMs: 1 + random.below(longestMs),
  };
}

/** Asks: the money is held from now on. Joe stands in for Ada, and the owner may not decide. */
export async function ask(store: Store, question: Question): Promise<void> {
  const { callId, approvalId, actionHash, budget, require, expiresInMs } = question;
  const reservation = asking(callId, [charge(budget, { amount: HELD, limit: LIMIT })]);
  const quorum = {
    policy: 'house',
    clause: 'approvals[0]',
    reason: 'policy `house` asks for every call',
    require,
    approvers: ['ada', 'bob', 'eve', AGENT.owner],
    escalations: [],
    deputies: [{ standsFor: 'ada', deputy: 'joe', fromMs: 0, untilMs: Number.MAX_SAFE_INTEGER }],
    separateDuties: true as const,
  };
  const action = { ...AGENT, tool: 'search', payee: {}, arguments: '{}', price: '0.00001 USD' };
  const approval = { id: approvalId, actionHash, quorums: [quorum], action, expiresInMs };
  const answer = await store.reserve({ ...reservation, then: { kind: 'wait', approval } });
  if (answer.kind !== 'reserved') throw new Error(`expected a hold for \`${callId}\`, got ${answer.kind}`);
}

/** What came of a question, as the store says it now. */
export interface Standing {
  readonly approval: Approval | undefined;
  readonly state: string | undefined;
  readonly held: bigint;
  readonly spent: bigint;
}

export async function standingOf(store: Store, question: Question): Promise<Standing> {
  const [call, approval, { budgets }] = await Promise.all([
    store.call(question.callId),
    store.approval(question.approvalId),
    store.status([charge(question.budget, { amount: 0n, limit: LIMIT })], []),
  ]);
  const [status] = budgets;
  return { approval, state: call?.state, held: status?.held ?? 0n, spent: status?.spent ?? 0n };
}

/** The entries of one question, oldest first. */
export function entriesOf(entries: readonly Entry[], { callId }: Question): readonly Entry[] {
  return entries.filter((entry) => entry.callId === callId);
}
