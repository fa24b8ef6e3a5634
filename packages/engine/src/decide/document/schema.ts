import * as z from 'zod';
import { durationMs } from '../../nouns/duration.ts';
import { isToolName, MAX_TOOL_NAME } from '../../nouns/tool-name.ts';
import { amount, closed, flag, isName, listOf, oneOf, someOf, textThat, wholeNumber } from './fields.ts';
import { isSearched } from '../matching/glob.ts';
import { pathText } from '../../nouns/wording.ts';

const POLICY_ID = /^[A-Za-z0-9][A-Za-z0-9_.:@/-]{0,127}$/;

/** Most characters of patterns that have to be searched for, so that no accepted document makes `decide` slow. */
const MAX_SEARCHED = 4_000;

/** Whether text can be the id of a policy. */
export function isPolicyId(text: string): boolean {
  return POLICY_ID.test(text);
}

const policyId = textThat('an id of 1 to 128 letters, digits and `_.:@/-`', isPolicyId);
const description = textThat(
  'at most 1000 characters of text',
  (text) => text.length <= 1000 && text.isWellFormed(),
);
const toolPattern = textThat(
  `a tool name, or a pattern of one with \`*\` or \`**\`, of at most ${MAX_TOOL_NAME} characters`,
  isToolPattern,
);
const namePattern = textThat('1 to 256 visible ASCII characters, where `*` stands for any', isName);
const approver = textThat('the id of a person, 1 to 256 visible ASCII characters', isName);
const duration = textThat(
  'a duration such as `90s`, `30m`, `1h` or `7d`',
  (text) => durationMs(text) !== undefined,
);
const tools = someOf(toolPattern, 'tool patterns', 1000);

const budget = closed({
  scope: oneOf(['call', 'session', 'agent', 'owner']),
  window: oneOf(['call', 'hour', 'day', 'lifetime']),
  limit: amount,
  tools: tools.exactOptional(),
}).superRefine(({ scope, window }, context) => {
  if ((scope === 'call') === (window === 'call')) return;
  const expected = scope === 'call' ? '`call`, as its scope is `call`' : '`hour`, `day` or `lifetime`';
  context.addIssue({
    code: 'custom',
    path: ['window'],
    message: `expected ${expected}, got \`${window}\``,
  });
});

const rate = closed({
  scope: oneOf(['session', 'agent', 'owner']),
  limit: wholeNumber(0, 1_000_000),
  per: oneOf(['minute', 'hour']),
  tools: tools.exactOptional(),
});

const condition = closed({ above: amount.exactOptional(), tools: tools.exactOptional() }).refine(
  ({ above, tools: patterns }) => above !== undefined || patterns !== undefined,
  'expected `above`, `tools` or both, got neither',
);

const approval = closed({
  when: z.union([z.literal('always'), condition], {
    error: 'expected `always`, or an object of `above`, `tools` or both',
  }),
  require: wholeNumber(1, 100).exactOptional(),
  approvers: someOf(approver, 'approvers', 100),
  expiresIn: duration.exactOptional(),
})
  // Defaults are for keys that are left out; an explicit undefined is somebody's mistake and is refused above.
  .transform(({ require = 1, expiresIn = '1h', ...rest }) => ({ ...rest, require, expiresIn }))
  .superRefine(({ require, approvers }, context) => {
    const distinct = new Set(approvers).size;
    if (require <= distinct) return;
    const message = `expected at most \`${distinct}\`, the number of distinct approvers, got \`${require}\``;
    context.addIssue({ code: 'custom', path: ['require'], message });
  });

const policy = closed({
  id: policyId,
  version: wholeNumber(1, Number.MAX_SAFE_INTEGER).exactOptional(),
  enabled: flag.exactOptional(),
  description: description.exactOptional(),
  match: closed({
    agents: listOf(namePattern, 'patterns of agents', 1000).exactOptional(),
    owners: listOf(namePattern, 'patterns of owners', 1000).exactOptional(),
  }).exactOptional(),
  tools: closed({
    allow: listOf(toolPattern, 'tool patterns', 1000).exactOptional(),
    deny: listOf(toolPattern, 'tool patterns', 1000).exactOptional(),
  }).exactOptional(),
  budgets: listOf(budget, 'budgets', 100).exactOptional(),
  rates: listOf(rate, 'rates', 100).exactOptional(),
  approvals: listOf(approval, 'approvals', 100).exactOptional(),
})
  .transform(({ version = 1, enabled = true, ...rest }) => ({ ...rest, version, enabled }))
  .superRefine((document, context) => {
    const characters = searchedCharacters(document);
    if (characters > MAX_SEARCHED) {
      const message = `expected patterns with stars in several places of at most ${MAX_SEARCHED} characters in all, got ${characters}`;
      context.addIssue({ code: 'custom', path: [], message });
    }
    const { budgets = [], rates = [] } = document;
    for (const [name, identities] of [
      ['budgets', budgets.map(budgetIdentity)],
      ['rates', rates.map(rateIdentity)],
    ] as const) {
      const names = identities.map((identity) => JSON.stringify(identity));
      reportRepeats(names, (index, first) => {
        const message = `counts the same as \`${pathText([name, first])}\`; keep one of the two`;
        context.addIssue({ code: 'custom', path: [name, index], message });
      });
    }
  });

/** Every document of an engine: each closed, no two of the same id. */
export const policiesSchema = z
  .array(policy, { error: 'expected a list of policy documents' })
  .superRefine((documents, context) => {
    const ids = documents.map(({ id }) => id);
    reportRepeats(ids, (index, first) => {
      const message = `expected an id of its own, got \`${ids[index]}\`, the id of \`policies[${first}]\``;
      context.addIssue({ code: 'custom', path: [index, 'id'], message });
    });
  });

/** A policy as people write it. */
export type PolicyDocument = z.input<typeof policy>;

/** A policy with its defaults filled in and its amounts normalized; what its hash is taken of. */
export type NormalizedPolicy = z.output<typeof policy>;

export type BudgetDocument = z.output<typeof budget>;
export type RateDocument = z.output<typeof rate>;
export type ApprovalDocument = z.output<typeof approval>;

/** What makes two budgets of one policy the same budget. The limit is no part of it. */
export function budgetIdentity({ window, limit, ...clause }: BudgetDocument) {
  return [clause.scope, window, limit.slice(-3), toolsIdentity(clause.tools)] as const;
}

/** What makes two rates of one policy the same rate. */
export function rateIdentity({ scope, per, tools: patterns }: RateDocument) {
  return [scope, per, toolsIdentity(patterns)] as const;
}

/** A pattern is a tool name in which stars may stand for characters. */
function isToolPattern(text: string): boolean {
  return !text.includes('***') && isToolName(text.replaceAll('*', 'x'));
}

interface Patterned {
  readonly match?: { readonly agents?: readonly string[]; readonly owners?: readonly string[] };
  readonly tools?: { readonly allow?: readonly string[]; readonly deny?: readonly string[] };
  readonly budgets?: readonly { readonly tools?: readonly string[] }[];
  readonly rates?: readonly { readonly tools?: readonly string[] }[];
  readonly approvals?: readonly { readonly when: 'always' | { readonly tools?: readonly string[] } }[];
}

function searchedCharacters({
  match,
  tools: lists,
  budgets = [],
  rates = [],
  approvals = [],
}: Patterned): number {
  const conditions = approvals.map(({ when }) => (when === 'always' ? undefined : when.tools));
  const filters = [...budgets, ...rates].map((clause) => clause.tools);
  const all = [match?.agents, match?.owners, lists?.allow, lists?.deny, ...filters, ...conditions];
  const searched = all.flatMap((patterns) => patterns ?? []).filter(isSearched);
  return searched.reduce((sum, { length }) => sum + length, 0);
}

function toolsIdentity(patterns: readonly string[] | undefined): readonly string[] | null {
  return patterns === undefined ? null : [...new Set(patterns)].sort();
}

function reportRepeats(names: readonly string[], report: (index: number, first: number) => void): void {
  const seen = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    const first = seen.get(name);
    if (first === undefined) seen.set(name, index);
    else report(index, first);
  }
}
