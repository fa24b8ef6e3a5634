import * as z from 'zod';
import {
  closed,
  isName,
  listOf,
  oneOf,
  someOf,
  textThat,
  wholeNumber,
} from '../../decide/document/fields.ts';
import { byPath, MAX_PROBLEMS, type Problem, problemsOf } from '../../decide/document/problems.ts';
import { effect, instant, policyId } from '../../decide/document/words.ts';
import { denialCodes } from '../../nouns/denial.ts';
import { ToriiError } from '../../nouns/errors.ts';

const MAX_TESTS = 10_000;

const name = textThat('1 to 256 visible ASCII characters', isName);
const words = textThat('1 to 1000 characters of text', (text) => text.length > 0 && text.length <= 1000);
const clause = textThat('a clause such as `budgets[0]` or `tools.allow`', (text) => text.length > 0);
const count = wholeNumber(0, 1_000_000_000);

/** A call as a test writes it. What is wrong with it is for policy to say, so texts are taken as they are. */
const call = {
  tool: words.exactOptional(),
  price: words.exactOptional(),
  arguments: z.unknown().exactOptional(),
  payee: closed({
    recipient: words.exactOptional(),
    network: words.exactOptional(),
    category: words.exactOptional(),
    scheme: words.exactOptional(),
  }).exactOptional(),
  effect: effect.exactOptional(),
  framework: name.exactOptional(),
  agent: name.exactOptional(),
  owner: name.exactOptional(),
  tenant: name.exactOptional(),
  session: name.exactOptional(),
};

/** What the session has done before the call. */
const session = closed({
  calls: count,
  denials: count,
  writes: count,
  elevations: listOf(
    closed({ policy: policyId, tool: words, until: instant }),
    'elevations',
    100,
  ).exactOptional(),
});

const kind = oneOf(['allow', 'approve', 'deny']);

const expected = closed({
  kind,
  code: oneOf(denialCodes).exactOptional(),
  policy: policyId.exactOptional(),
  clause: clause.exactOptional(),
  approvers: listOf(name, 'people', 1000).exactOptional(),
  flags: listOf(clause, 'clauses', 1000).exactOptional(),
  effect: effect.exactOptional(),
}).superRefine((answer, context) => {
  const refuse = (key: 'code' | 'policy' | 'clause' | 'approvers', only: string): void => {
    if (answer[key] === undefined) return;
    const message = `expected none: only ${only} has it, and this is \`${answer.kind}\``;
    context.addIssue({ code: 'custom', path: [key], message });
  };
  if (answer.kind !== 'deny') refuse('code', '`deny`');
  if (answer.kind !== 'approve') refuse('approvers', '`approve`');
  if (answer.kind !== 'allow') return;
  refuse('policy', '`deny` or `approve`');
  refuse('clause', '`deny` or `approve`');
});

const test = closed({
  name: words,
  call: closed(call).exactOptional(),
  at: instant.exactOptional(),
  session: session.exactOptional(),
  expect: z.union([kind, expected], {
    error: 'expected `allow`, `approve`, `deny`, or an object with one of them as `kind`',
  }),
});

const suite = closed({
  $schema: words.exactOptional(),
  policies: z.union([words, z.array(z.unknown())], {
    error: 'expected the path of a policy file, or a list of policy documents',
  }),
  assets: listOf(
    closed({ asset: words, currency: words, decimals: wholeNumber(0, 18), rate: words.exactOptional() }),
    'assets',
    1000,
  ).exactOptional(),
  defaults: closed({
    call: closed(call).exactOptional(),
    at: instant.exactOptional(),
    session: session.exactOptional(),
  }).exactOptional(),
  tests: someOf(test, 'tests', MAX_TESTS),
}).superRefine(({ defaults, tests }, context) => {
  const named = new Map<string, number>();
  for (const [index, each] of tests.entries()) {
    const first = named.get(each.name);
    if (first !== undefined) {
      const message = `expected a name of its own, got that of \`tests[${first}]\``;
      context.addIssue({ code: 'custom', path: ['tests', index, 'name'], message });
    } else named.set(each.name, index);
    if (each.call?.tool !== undefined || defaults?.call?.tool !== undefined) continue;
    const message = 'expected a tool, here or in `defaults.call`, got nothing';
    context.addIssue({ code: 'custom', path: ['tests', index, 'call', 'tool'], message });
  }
});

/** Tests of policies as people write them. */
export type PolicyTestSuite = z.input<typeof suite>;

/** A suite that holds together. */
export type ValidSuite = z.output<typeof suite>;

/** One test of a suite. */
export type PolicyTest = ValidSuite['tests'][number];

/** What a test expects, written out. */
export type ExpectedAnswer = z.output<typeof expected>;

/** Validates a suite. Throws POLICY_INVALID with the place of each problem, ten at most. */
export function parseSuite(value: unknown): ValidSuite {
  const parsed = suite.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems: readonly Problem[] = problemsOf(parsed.error);
  const label = byPath('');
  const lines = problems.slice(0, MAX_PROBLEMS).map((problem) => `${label(problem)}: ${problem.message}`);
  if (problems.length > MAX_PROBLEMS) lines.push(`and ${problems.length - MAX_PROBLEMS} more`);
  const found = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  throw new ToriiError('POLICY_INVALID', `the policy tests are not valid, ${found}:\n${lines.join('\n')}`);
}
