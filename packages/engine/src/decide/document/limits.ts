import { durationMs } from '../../nouns/duration.ts';
import type { BudgetWindow, RateWindow } from '../../nouns/decision.ts';
import { amount, closed, currency, listOf, oneOf, textThat, wholeNumber } from './fields.ts';
import { duration, DURATION_FORM, someTools, word, zone } from './words.ts';
import * as z from 'zod';

const CALENDAR = ['hour', 'day', 'week', 'month', 'year'] as const;
const PER = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** Shortest and longest rolling window, and longest stretch that a rate counts over. */
const MINUTE_MS = 60_000;
const YEAR_MS = 366 * 86_400_000;

/** Length of a rolling window, `rolling 24h`, in milliseconds; undefined for any other window. */
export function rollingMs(window: string): number | undefined {
  return window.startsWith('rolling ') ? durationMs(window.slice('rolling '.length)) : undefined;
}

/** Length of a rate's window in milliseconds; undefined for text that is none. */
export function perMs(per: string): number | undefined {
  return Object.hasOwn(PER, per) ? PER[per as keyof typeof PER] : durationMs(per);
}

const window = textThat(
  'one of `call`, `hour`, `day`, `week`, `month`, `year`, `lifetime`, or `rolling` with a duration of 1m to 366d, such as `rolling 24h`',
  isWindow,
  {
    anyOf: [
      { enum: ['call', ...CALENDAR, 'lifetime'] },
      { pattern: '^rolling [1-9][0-9]{0,5}[smhd]$', examples: ['rolling 24h', 'rolling 7d'] },
    ],
  },
).transform((text) => text as BudgetWindow | 'call');

const per = textThat(
  'one of `second`, `minute`, `hour`, `day`, or a duration of at most 366d such as `10s`',
  (text) => (perMs(text) ?? Infinity) <= YEAR_MS,
  { anyOf: [{ enum: Object.keys(PER) }, DURATION_FORM] },
).transform((text) => text as RateWindow);

/** A share of a limit in whole percent; undefined for text that is none. */
export function percentOf(text: string): number | undefined {
  const digits = /^([1-9][0-9]?|100)%$/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

const share = textThat(
  'a share of the limit such as `80%`, from `1%` to `100%`',
  (text) => percentOf(text) !== undefined,
  {
    pattern: '^([1-9][0-9]?|100)%$',
    examples: ['50%', '80%', '100%'],
  },
);

/** Most that may be spent, and by whom together, in which stretch of time. */
export const budget = closed({
  scope: oneOf(['call', 'session', 'agent', 'owner', 'tenant', 'tool', 'merchant']),
  window,
  limit: amount,
  tools: someTools.exactOptional(),
  timezone: zone.exactOptional(),
  alerts: listOf(share, 'shares', 10).exactOptional(),
}).superRefine(({ scope, window: span, timezone, alerts }, context) => {
  const issue = (path: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [path], message });
  if (scope === 'call' && span !== 'call')
    issue('window', `expected \`call\`, as its scope is \`call\`, got \`${span}\``);
  if (scope !== 'call' && span === 'call')
    issue('window', `expected the window of a \`${scope}\`, such as \`day\`, got \`call\``);
  if (timezone !== undefined && !CALENDAR.some((each) => each === span))
    issue('timezone', `expected no time zone: \`${span}\` does not follow a calendar`);
  if (alerts !== undefined && scope === 'call')
    issue('alerts', 'expected no `alerts`: the cap of a single call is never filled');
});

/** How many calls, of whom together, in any stretch of time of a length. */
export const rate = closed({
  scope: oneOf(['session', 'agent', 'owner', 'tenant', 'tool', 'merchant']),
  limit: wholeNumber(0, 1_000_000),
  per,
  tools: someTools.exactOptional(),
  class: word.exactOptional(),
}).refine(({ tools, class: name }) => tools === undefined || name === undefined, {
  path: ['class'],
  error: 'expected `tools` or `class`, got both',
});

/** Names for groups of tools, as in `light`, `medium` and `heavy`. */
export const classes = z.record(word, someTools, { error: 'expected names with lists of tool patterns' });

/** How long an agent waits between two calls. */
export const cooldown = duration
  .refine((text) => (durationMs(text) ?? Infinity) <= YEAR_MS, {
    error: 'expected a duration of at most 366d',
  })
  .transform((text) => text as RateWindow);

/** From what the agent has to pay. */
export const wallet = closed({ currency });

export type BudgetDocument = z.output<typeof budget>;
export type RateDocument = z.output<typeof rate>;

/** What makes two budgets of one policy the same budget. The limit is no part of it. */
export function budgetIdentity({ scope, window: span, limit, timezone = 'UTC', tools }: BudgetDocument) {
  const calendar = CALENDAR.some((each) => each === span);
  return [scope, span, limit.slice(-3), toolsIdentity(tools), ...(calendar ? [timezone] : [])] as const;
}

/** What makes two rates of one policy the same rate. A class with other tools makes another one. */
export function rateIdentity(
  { scope, per: length, tools, class: name }: RateDocument,
  inClass?: readonly string[],
) {
  return [scope, length, toolsIdentity(tools ?? inClass), ...(name === undefined ? [] : [name])] as const;
}

function toolsIdentity(patterns: readonly string[] | undefined): readonly string[] | null {
  return patterns === undefined ? null : [...new Set(patterns)].sort();
}

function isWindow(text: string): boolean {
  if (text === 'call' || text === 'lifetime' || CALENDAR.some((each) => each === text)) return true;
  const length = rollingMs(text);
  return length !== undefined && length >= MINUTE_MS && length <= YEAR_MS;
}
