import { assetTable } from '../../nouns/asset.ts';
import { ToriiError } from '../../nouns/errors.ts';
import { compilePolicies } from '../compile.ts';
import { policySchema } from './schema.ts';

/** The problems that the error lists, or `accepted`. */
function problems(document: object): string {
  try {
    compilePolicies([{ id: 'p', ...document }], assetTable([]));
  } catch (error) {
    if (ToriiError.is(error) && error.code === 'POLICY_INVALID')
      return error.message.split('\n').slice(1).join('\n');
    throw error;
  }
  return 'accepted';
}

const open = (change: object) => ({ schedule: { allow: [{ from: '09:00', to: '17:00', ...change }] } });
const block = (from: unknown, to: unknown) => ({ schedule: { block: [{ from, to, reason: 'x' }] } });
const many = (count: number, stem = 'a'): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${stem}${index}`);

test.each`
  document                                                   | problem
  ${open({ days: ['mon', 'sun'] })}                          | ${'accepted'}
  ${open({ from: '22:00', to: '06:00' })}                    | ${'accepted'}
  ${open({ from: '00:00', to: '24:00' })}                    | ${'accepted'}
  ${open({ from: '24:00', to: '06:00' })}                    | ${'policies[0].schedule.allow[0].from of `p`: expected a time before `24:00`'}
  ${open({ to: '09:00' })}                                   | ${'policies[0].schedule.allow[0].to of `p`: expected another time than `09:00`'}
  ${open({ from: '9:00' })}                                  | ${'policies[0].schedule.allow[0].from of `p`: expected a time of day'}
  ${open({ to: '23:60' })}                                   | ${'policies[0].schedule.allow[0].to of `p`: expected a time of day'}
  ${open({ days: [] })}                                      | ${'policies[0].schedule.allow[0].days of `p`: expected a list of 1 to 7 days'}
  ${open({ days: ['monday'] })}                              | ${'policies[0].schedule.allow[0].days[0] of `p`: expected one of `mon`'}
  ${open({ timezone: 'UTC' })}                               | ${'policies[0].schedule.allow[0].timezone of `p`: unknown key'}
  ${block('2026-01-20T00:00:00Z', '2026-01-20T00:00:01Z')}   | ${'accepted'}
  ${block('2026-01-20T00:00:00Z', '2026-01-20T00:00:00Z')}   | ${'policies[0].schedule.block[0].to of `p`: expected an instant after'}
  ${block('2026-01-20T00:00:00Z', '2026-01-20T00:30+01:00')} | ${'policies[0].schedule.block[0].to of `p`: expected an instant after'}
  ${{ schedule: { timezone: 'europe/berlin' } }}             | ${'policies[0].schedule.timezone of `p`: expected an IANA time zone'}
  ${{ timezone: 'CEST' }}                                    | ${'policies[0].timezone of `p`: expected an IANA time zone'}
  ${{ effects: { allow: ['all'] } }}                         | ${'policies[0].effects.allow[0] of `p`: expected one of `read`'}
  ${{ effects: { overrides: { write: ['a'] } } }}            | ${'policies[0].effects.overrides.write of `p`: unknown key'}
  ${{ effects: { overrides: { read: [] } } }}                | ${'policies[0].effects.overrides.read of `p`: expected a list of 1 to 1000'}
  ${{ anomaly: {} }}                                         | ${'accepted'}
  ${{ anomaly: { after: 0 } }}                               | ${'policies[0].anomaly.after of `p`: expected a whole number from 1'}
  ${{ anomaly: { writeRate: 0 } }}                           | ${'policies[0].anomaly.writeRate of `p`: expected a whole number from 1 to 100'}
  ${{ payments: { schemes: ['a b'] } }}                      | ${'policies[0].payments.schemes[0] of `p`: expected 1 to 64'}
  ${{ payments: { maxAuthorization: 5 } }}                   | ${'policies[0].payments.maxAuthorization of `p`: expected an amount'}
  ${{ payments: { payees: ['0xabc'] } }}                     | ${'policies[0].payments.payees[0] of `p`: expected a CAIP-10 account'}
  ${{ networks: { allow: ['base'] } }}                       | ${'policies[0].networks.allow[0] of `p`: expected a CAIP-2 network'}
  ${{ merchants: { deny: [''] } }}                           | ${'policies[0].merchants.deny[0] of `p`: expected 1 to 256 visible'}
  ${{ categories: ['api'] }}                                 | ${'policies[0].categories of `p`: expected an object of `allow`, `deny`, got a list'}
  ${{ classes: { light: [] } }}                              | ${'policies[0].classes.light of `p`: expected a list of 1 to 1000'}
  ${{ classes: { 'a b': ['x'] } }}                           | ${'policies[0].classes["a b"] of `p`'}
  ${{ classes: [['x']] }}                                    | ${'policies[0].classes of `p`: expected names with lists of tool patterns'}
  ${{ tools: { allow: many(1000) } }}                        | ${'accepted'}
  ${{ tools: { allow: many(1001) } }}                        | ${'policies[0].tools.allow of `p`: expected a list of at most 1000'}
`('$problem', ({ document, problem }) => {
  expect(problems(document as object)).toContain(problem);
});

test('two rules of one id are refused', () => {
  const rule = { id: 'r', when: 'true', then: 'flag', reason: 'x' };

  expect(problems({ rules: [rule, { ...rule, when: 'false' }] })).toBe(
    'policies[0].rules[1].id of `p`: expected an id of its own, got that of `rules[0]`',
  );
});

const searched = Array.from({ length: 41 }, (_, index) => `*${String(index).padStart(98, 'a')}*`);
const rule = { id: 'r', when: 'true', then: 'flag', reason: 'x' };
const rate = { scope: 'agent', limit: 1, per: 'hour' };
const asking = { approvers: ['a'] };

test.each<[string, object]>([
  ['match.agents', { match: { agents: searched } }],
  ['tools.deny', { tools: { deny: searched } }],
  ['effects.overrides', { effects: { overrides: { admin: searched } } }],
  ['merchants.allow', { merchants: { allow: searched } }],
  ['budgets', { budgets: [{ scope: 'agent', window: 'day', limit: '1 USD', tools: searched }] }],
  ['rates', { rates: [{ ...rate, tools: searched }] }],
  ['classes', { classes: { light: searched } }],
  ['approvals', { approvals: [{ when: { tools: searched }, ...asking }] }],
  ['rules', { rules: [{ ...rule, tools: searched }] }],
  ['sessions.elevation', { sessions: { mode: 'read-only', elevation: { ...asking, tools: searched } } }],
])('patterns that have to be searched for are counted in %s', (_section, document) => {
  expect(problems(document)).toContain(
    'expected patterns with stars in several places of at most 4000 characters in all, got 4100',
  );
});

test('one document by itself is parsed with its defaults, and without the address of its schema', () => {
  expect(policySchema.parse({ $schema: 'https://s.example', id: 'p' })).toEqual({
    id: 'p',
    version: 1,
    enabled: true,
  });
});
