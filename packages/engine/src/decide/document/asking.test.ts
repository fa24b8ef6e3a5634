import type * as z from 'zod';
import { approval, rule, sessions } from './asking.ts';

const approvers = ['ada@example.com'];

function problemOf(schema: z.ZodType, value: unknown): string {
  const { error } = schema.safeParse(value);
  const [issue] = error?.issues ?? [];
  return issue === undefined ? 'accepted' : `${issue.path.join('.')}: ${issue.message}`;
}

const always = (change: object) => ({ when: 'always', approvers, ...change });
const steps = (...after: readonly string[]) =>
  after.map((each) => ({ after: each, approvers: ['eve@example.com'] }));

test('keys that are left out have their defaults', () => {
  expect(approval.parse(always({}))).toEqual({
    when: 'always',
    approvers,
    require: 1,
    expiresIn: '1h',
    escalate: [],
  });
  expect(rule.parse({ id: 'r', when: 'true', then: 'approve', reason: 'x', approvers })).toMatchObject({
    require: 1,
    expiresIn: '1h',
    escalate: [],
  });
  expect(sessions.parse({ mode: 'read-only', elevation: { approvers } })).toEqual({
    mode: 'read-only',
    elevation: { approvers, require: 1, expiresIn: '1h', escalate: [], lasts: '5m' },
  });
});

test.each`
  value                                                                                              | problem
  ${always({ when: { above: '1 USD', effects: ['admin'], tools: ['a'] } })}                          | ${'accepted'}
  ${always({ when: { effects: ['read', 'mutating', 'destructive', 'admin'] } })}                     | ${'accepted'}
  ${always({ when: { effects: [] } })}                                                               | ${'effects'}
  ${always({ when: { effects: ['write'] } })}                                                        | ${'effects'}
  ${always({ when: 'sometimes' })}                                                                   | ${'when: expected `always`, or an object of `above`, `effects` and `tools`'}
  ${always({ when: [] })}                                                                            | ${'when: expected `always`'}
  ${always({ require: 1.5 })}                                                                        | ${'require: expected a whole number'}
  ${always({ require: 2 })}                                                                          | ${'require: expected at most `1`'}
  ${always({ require: 2, escalate: steps('5m') })}                                                   | ${'accepted'}
  ${always({ require: 2, escalate: [{ after: '5m', approvers }] })}                                  | ${'require: expected at most `1`'}
  ${always({ approvers: ['a b'] })}                                                                  | ${'approvers.0: expected the id of a person'}
  ${always({ escalate: steps('5m', '10m', '59m') })}                                                 | ${'accepted'}
  ${always({ escalate: steps('10m', '5m') })}                                                        | ${'escalate.1.after: expected steps in the order of their time, got `5m`'}
  ${always({ escalate: steps('5m', '300s') })}                                                       | ${'escalate.1.after: expected steps in the order of their time, got `300s`'}
  ${always({ escalate: steps('1h') })}                                                               | ${'escalate.0.after: expected less than `1h`, when it expires, got `1h`'}
  ${always({ escalate: steps('59m'), expiresIn: '60m' })}                                            | ${'accepted'}
  ${always({ escalate: [{ after: '5m' }] })}                                                         | ${'escalate.0.approvers: expected a list of 1 to 100 approvers, got nothing'}
  ${always({ escalate: steps('1m', '2m', '3m', '4m', '5m', '6m', '7m', '8m', '9m', '10m', '11m') })} | ${'escalate: expected a list of'}
  ${always({ remind: ['10m', '59m'] })}                                                              | ${'accepted'}
  ${always({ remind: ['10m', '10m'] })}                                                              | ${'remind.1: expected steps in the order of their time, got `10m`'}
  ${always({ remind: ['1h'] })}                                                                      | ${'remind.0: expected less than `1h`, when it expires, got `1h`'}
  ${always({ separateDuties: 'yes' })}                                                               | ${'separateDuties: expected `true` or `false`'}
  ${always({ approvers: ['role:finance'], require: 5 })}                                             | ${'accepted'}
  ${always({ approvers: ['role:'] })}                                                                | ${'approvers.0: expected the id of a person'}
  ${always({ approvers: ['role:a b'] })}                                                             | ${'approvers.0: expected the id of a person'}
  ${always({ expiresIn: undefined })}                                                                | ${'expiresIn: expected a duration'}
  ${always({ approver: 'x' })}                                                                       | ${'unknown key'}
`('the approval $value: $problem', ({ value, problem }) => {
  expect(problemOf(approval, value)).toContain(problem);
});

const then = (kind: string, change: object = {}) => ({
  id: 'r',
  when: 'true',
  then: kind,
  reason: 'x',
  ...change,
});

test.each`
  value                                         | problem
  ${then('deny')}                               | ${'accepted'}
  ${then('flag', { tools: ['a'] })}             | ${'accepted'}
  ${then('approve', { approvers })}             | ${'accepted'}
  ${then('approve')}                            | ${'approvers: expected a list of 1 to 100 approvers'}
  ${then('deny', { approvers })}                | ${'unknown key'}
  ${then('allow')}                              | ${'then: expected `then` as one of `deny`, `approve`, `flag`'}
  ${{ id: 'r', when: 'true', reason: 'x' }}     | ${'then: expected `then` as one of'}
  ${then('deny', { reason: undefined })}        | ${'reason: expected at most 1000 characters'}
  ${then('deny', { reason: 'x'.repeat(1001) })} | ${'reason: expected at most 1000 characters'}
  ${then('deny', { when: '' })}                 | ${'when: expected a CEL expression of 1 to 2000 characters'}
  ${then('deny', { when: 'x'.repeat(2001) })}   | ${'when: expected a CEL expression of 1 to 2000 characters'}
  ${then('deny', { when: '"\ud800"' })}         | ${'when: expected a CEL expression'}
  ${then('deny', { id: '' })}                   | ${'id: expected 1 to 64 letters'}
  ${then('deny', { tools: [] })}                | ${'tools: expected a list of 1 to 1000'}
  ${then('approve', { approvers, require: 2 })} | ${'require: expected at most `1`'}
`('the rule $value: $problem', ({ value, problem }) => {
  expect(problemOf(rule, value)).toContain(problem);
});

const readOnly = (change: object) => ({ mode: 'read-only', elevation: { approvers, ...change } });

test.each`
  value                                         | problem
  ${{ mode: 'open' }}                           | ${'accepted'}
  ${{ mode: 'read-only' }}                      | ${'accepted'}
  ${readOnly({ tools: ['a'], lasts: '300s' })}  | ${'accepted'}
  ${readOnly({ lasts: '301s' })}                | ${'elevation.lasts: expected a duration of at most `5m`'}
  ${readOnly({ lasts: '1h' })}                  | ${'elevation.lasts: expected a duration of at most `5m`'}
  ${readOnly({ lasts: 'soon' })}                | ${'elevation.lasts: expected a duration'}
  ${readOnly({ require: 2 })}                   | ${'require: expected at most `1`'}
  ${readOnly({ approvers: [] })}                | ${'elevation.approvers: expected a list of 1 to 100'}
  ${{ mode: 'open', elevation: { approvers } }} | ${'elevation: expected no `elevation`: an `open` session needs none'}
  ${{ mode: 'closed' }}                         | ${'mode: expected one of `open`, `read-only`'}
  ${{}}                                         | ${'mode: expected one of `open`, `read-only`, got nothing'}
`('the session $value: $problem', ({ value, problem }) => {
  expect(problemOf(sessions, value)).toContain(problem);
});
