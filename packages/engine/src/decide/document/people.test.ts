import { assetTable } from '../../nouns/asset.ts';
import { compilePolicies } from '../compile.ts';

const until = '2026-12-01T00:00:00Z';
const people = (section: object) => ({ id: 'a', people: section });
const asks = (approvers: readonly string[], more: object = {}) => ({
  id: 'a',
  people: { roles: { finance: ['ada', 'bob'], boss: ['eve'] } },
  approvals: [{ when: 'always', approvers, ...more }],
});
const compiled = (...documents: readonly unknown[]) => compilePolicies(documents, assetTable([]));

test.each`
  what                                           | document                                                                                                | problem
  ${'a role and a person'}                       | ${asks(['role:finance', 'joe'], { require: 3 })}                                                        | ${undefined}
  ${'more than the role has'}                    | ${asks(['role:finance', 'ada'], { require: 3 })}                                                        | ${'approvals[0].require of `a`: expected at most `2`, the number of distinct approvers, got `3`'}
  ${'more than the role has, and enough later'}  | ${asks(['role:finance'], { require: 3, escalate: [{ after: '1m', approvers: ['role:boss'] }] })}        | ${undefined}
  ${'a role that is not there'}                  | ${asks(['ada', 'role:legal'])}                                                                          | ${'approvals[0].approvers[1] of `a`: expected a role of `people.roles`, got `role:legal`'}
  ${'a later role that is not there'}            | ${asks(['ada'], { escalate: [{ after: '1m', approvers: ['role:toString'] }] })}                         | ${'approvals[0].escalate[0].approvers[0] of `a`: expected a role of `people.roles`, got `role:toString`'}
  ${'a role in a rule'}                          | ${{ id: 'a', rules: [{ id: 'r', when: 'true', then: 'approve', reason: 'x', approvers: ['role:x'] }] }} | ${'rules[0].approvers[0] of `a`: expected a role'}
  ${'a role in an elevation'}                    | ${{ id: 'a', sessions: { mode: 'read-only', elevation: { approvers: ['role:x'] } } }}                   | ${'sessions.elevation.approvers[0] of `a`: expected a role'}
  ${'a role of nobody'}                          | ${people({ roles: { finance: [] } })}                                                                   | ${'expected a list of 1 to 1000 people'}
  ${'a role within a role'}                      | ${people({ roles: { finance: ['role:boss'] } })}                                                        | ${'expected the id of a person'}
  ${'a role of a name that is none'}             | ${people({ roles: { 'a b': ['ada'] } })}                                                                | ${'people.roles'}
  ${'a role of a name that JSON alone can have'} | ${people(JSON.parse('{"roles":{"__proto__":["ada"]}}') as object)}                                      | ${'people.roles.__proto__ of `a`: expected another name for a role'}
  ${'somebody who stands in for themselves'}     | ${people({ deputies: [{ for: 'ada', deputy: 'ada', until }] })}                                         | ${'expected somebody else than `ada`'}
  ${'a deputy without an end'}                   | ${people({ deputies: [{ for: 'ada', deputy: 'bob' }] })}                                                | ${'expected an instant with its offset'}
  ${'a deputy who ends before they begin'}       | ${people({ deputies: [{ for: 'ada', deputy: 'bob', from: until, until }] })}                            | ${`expected an instant after \`${until}\``}
  ${'a deputy for a role'}                       | ${people({ deputies: [{ for: 'role:boss', deputy: 'bob', until }] })}                                   | ${'expected the id of a person'}
`('$what: $problem', ({ document, problem }: { document: unknown; problem: string | undefined }) => {
  const compile = (): unknown => compiled(document);
  if (problem === undefined) expect(compile).not.toThrow();
  else expect(compile).toThrow(problem);
});

test('an heir has the people of its base, and may have others', () => {
  const base = asks(['role:finance'], { require: 2 });
  const others = { id: 'b', extends: 'a', people: { roles: { finance: ['joe'] } } };

  expect(() => compiled(base, { id: 'b', extends: 'a' })).not.toThrow();
  expect(() => compiled(base, others)).toThrow('approvals[0].require of `b`: expected at most `1`');
});

test('who has a role is part of the hash of a policy', () => {
  const [one, other] = [
    asks(['role:finance']),
    { ...asks(['role:finance']), people: { roles: { finance: ['x'] } } },
  ];

  expect(compiled(one).hash).not.toBe(compiled(other).hash);
});
