import * as z from 'zod';
import { parseTimeOfDay } from '../../calendar/index.ts';
import { pathText } from '../../nouns/wording.ts';
import { approval, rule, sessions } from './asking.ts';
import { amount, closed, flag, listOf, oneOf, someOf, textThat, wholeNumber } from './fields.ts';
import { budget, classes, cooldown, rate, wallet } from './limits.ts';
import { people } from './people.ts';
import {
  account,
  categoryPattern,
  description,
  effect,
  instant,
  instantMs,
  namePattern,
  networkPattern,
  percent,
  policyId,
  sentence,
  someTools,
  toolPattern,
  word,
  zone,
} from './words.ts';

const patterns = <Item extends z.ZodType>(item: Item, what: string) =>
  listOf(item, `patterns of ${what}`, 1000).exactOptional();

const match = closed({
  agents: patterns(namePattern, 'agents'),
  owners: patterns(namePattern, 'owners'),
  tenants: patterns(namePattern, 'tenants'),
  frameworks: patterns(namePattern, 'frameworks'),
  sessions: patterns(namePattern, 'sessions'),
});

const lists = <Item extends z.ZodType>(item: Item, what: string) =>
  closed({
    allow: listOf(item, what, 1000).exactOptional(),
    deny: listOf(item, what, 1000).exactOptional(),
  }).exactOptional();

const timeOfDay = textThat(
  'a time of day such as `09:00`, at most `24:00`',
  (text) => parseTimeOfDay(text) !== undefined,
  { pattern: '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$', examples: ['09:00', '17:30', '24:00'] },
);

const openWindow = closed({
  days: someOf(oneOf(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']), 'days', 7).exactOptional(),
  from: timeOfDay,
  to: timeOfDay,
}).superRefine(({ from, to }, context) => {
  const issue = (path: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [path], message });
  if (from === '24:00') issue('from', 'expected a time before `24:00`; a day begins at `00:00`');
  if (from === to) issue('to', `expected another time than \`${from}\`; all day is \`00:00\` to \`24:00\``);
});

const blockedPeriod = closed({ from: instant, to: instant, reason: sentence }).superRefine(
  ({ from, to }, context) => {
    if ((instantMs(from) ?? 0) < (instantMs(to) ?? 0)) return;
    context.addIssue({
      code: 'custom',
      path: ['to'],
      message: `expected an instant after \`${from}\`, got \`${to}\``,
    });
  },
);

const schedule = closed({
  timezone: zone.exactOptional(),
  allow: listOf(openWindow, 'windows', 100).exactOptional(),
  block: listOf(blockedPeriod, 'periods', 1000).exactOptional(),
});

const policy = closed({
  $schema: textThat('the address of a JSON Schema', () => true).exactOptional(),
  id: policyId,
  version: wholeNumber(1, Number.MAX_SAFE_INTEGER).exactOptional(),
  enabled: flag.exactOptional(),
  description: description.exactOptional(),
  extends: policyId.exactOptional(),
  timezone: zone.exactOptional(),
  match: match.exactOptional(),
  tools: lists(toolPattern, 'tool patterns'),
  effects: closed({
    allow: listOf(effect, 'effects', 4).exactOptional(),
    overrides: closed({
      read: someTools.exactOptional(),
      mutating: someTools.exactOptional(),
      destructive: someTools.exactOptional(),
      admin: someTools.exactOptional(),
    }).exactOptional(),
  }).exactOptional(),
  merchants: lists(namePattern, 'patterns of recipients'),
  networks: lists(networkPattern, 'networks'),
  categories: lists(categoryPattern, 'patterns of categories'),
  budgets: listOf(budget, 'budgets', 100).exactOptional(),
  rates: listOf(rate, 'rates', 100).exactOptional(),
  classes: classes.exactOptional(),
  cooldown: cooldown.exactOptional(),
  wallet: wallet.exactOptional(),
  schedule: schedule.exactOptional(),
  people: people.exactOptional(),
  approvals: listOf(approval, 'approvals', 100).exactOptional(),
  rules: listOf(rule, 'rules', 1000).exactOptional(),
  sessions: sessions.exactOptional(),
  anomaly: closed({
    after: wholeNumber(1, 1_000_000).exactOptional(),
    denialRate: percent.exactOptional(),
    writeRate: percent.exactOptional(),
  }).exactOptional(),
  payments: closed({
    schemes: listOf(word, 'schemes', 100).exactOptional(),
    maxAuthorization: amount.exactOptional(),
    payees: listOf(account, 'CAIP-10 accounts', 1000).exactOptional(),
  }).exactOptional(),
})
  .transform(({ version = 1, enabled = true, $schema: _, ...rest }) => ({ ...rest, version, enabled }))
  .superRefine((document, context) => {
    const names = (document.rules ?? []).map(({ id }) => id);
    reportRepeats(names, (index, first) => {
      const message = `expected an id of its own, got that of \`${pathText(['rules', first])}\``;
      context.addIssue({ code: 'custom', path: ['rules', index, 'id'], message });
    });
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

/** One document by itself, as the published JSON Schema describes it. */
export const policySchema = policy;

/** A policy as people write it. */
export type PolicyDocument = z.input<typeof policy>;

/** A policy with its defaults filled in and its amounts normalized. */
export type NormalizedPolicy = z.output<typeof policy>;

/** Reports each name that was there before, and where it was first. */
export function reportRepeats(
  names: readonly string[],
  report: (index: number, first: number) => void,
): void {
  const seen = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    const first = seen.get(name);
    if (first === undefined) seen.set(name, index);
    else report(index, first);
  }
}
