import type { Call } from '../nouns/call.ts';
import type { Decision } from '../nouns/decision.ts';
import type { Facts } from '../nouns/facts.ts';
import { compilePolicies } from './compile.ts';
import { decide } from './decide.ts';
import {
  answerOf,
  assets,
  callOf,
  documentsOf,
  type Expectation,
  factsOf,
  type Group,
  type Row,
} from './decision-table.test-support.ts';
import { callGroups } from './table-calls.test-support.ts';
import { grantGroups } from './table-grants.test-support.ts';
import { limitGroups } from './table-limits.test-support.ts';
import { payeeGroups } from './table-payees.test-support.ts';
import { toolGroups } from './table-tools.test-support.ts';

/** The whole decision table, in the order of the answers. */
export const table: readonly Group[] = [
  ...callGroups,
  ...toolGroups,
  ...payeeGroups,
  ...limitGroups,
  ...grantGroups,
];

/** Policies that are ready to be asked. Planted mistakes have the same shape. */
export type Decider = (call: Call, facts: Facts) => Decision;
export type Compile = (documents: readonly object[]) => Decider;

/** The policies as they are. */
export const compileRight: Compile = (documents) => {
  const policies = compilePolicies(documents, assets);
  return (call, facts) => decide(call, policies, facts);
};

/** What a row asks, of these policies. */
export function decideRow({ call, facts, policies }: Row, compile: Compile = compileRight): Decision {
  return compile(documentsOf(policies))(callOf(call), factsOf(facts));
}

/** What a row expects, in full. */
export function expectationOf({ expect: expected }: Row): Expectation {
  return typeof expected === 'string' ? { is: expected } : expected;
}

/** Throws where a decision is not what the row expects. */
export function checkRow(row: Row, decision: Decision): void {
  const expected = expectationOf(row);
  expect(answerOf(decision)).toBe(expected.is);
  expectAllowance(decision, expected);
  expectRefusal(decision, expected);
  if (expected.effect !== undefined) expect(decision.effect).toBe(expected.effect);
  if (expected.writes !== undefined) expect(decision.writes).toBe(expected.writes);
  if (expected.flags !== undefined) expect(decision.flags).toEqual(expected.flags);
  if (expected.policies !== undefined)
    expect(decision.policies.map(({ id }) => id)).toEqual(expected.policies);
  if (decision.kind === 'deny' && decision.policies.length > 0)
    expect(decision.denial.reasons.map((reason) => reason.clause)).toContain(row.clause);
}

function expectAllowance(decision: Decision, { budgets, rates, approvals }: Expectation): void {
  if (decision.kind === 'deny') return;
  for (const [found, expected] of [
    [decision.budgets, budgets],
    [decision.rates, rates],
    [decision.approvals, approvals],
  ] as const) {
    if (expected === undefined) continue;
    expect(found).toMatchObject(expected.map((each) => ({ ...each })));
    expect(found).toHaveLength(expected.length);
  }
}

function expectRefusal(decision: Decision, { reasons, first, retryAfterMs }: Expectation): void {
  if (decision.kind !== 'deny') return;
  const { denial } = decision;
  if (first !== undefined) expect(denial.reasons[0]).toMatchObject(first);
  if (retryAfterMs !== undefined)
    expect(denial.retryAfterMs).toBe(retryAfterMs === 'never' ? undefined : retryAfterMs);
  if (reasons === undefined) return;
  const found = denial.reasons.map(({ code, policy, clause }) =>
    [code, policy, clause].filter((part) => part !== undefined).join(' '),
  );
  expect(found).toEqual(reasons);
}
