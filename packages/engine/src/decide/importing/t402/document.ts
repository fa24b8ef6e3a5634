import * as z from 'zod';
import { isNetwork } from '../../../nouns/payee.ts';
import { closed, flag, isName, listOf, someOf, textThat, wholeNumber } from '../../document/fields.ts';
import { instantMs, zone } from '../../document/words.ts';
import { exactName, sourceText } from '../imported.ts';

/** Digits of the largest number that a token contract counts. */
const VALUE = /^(?:0|[1-9][0-9]{0,77})$/;

/** A year later has more digits than an instant of ours. */
const LAST_MS = Date.UTC(9999, 11, 31);

const amount = closed({
  value: textThat('a whole number of the smallest unit as text, such as `100000000`', (text) =>
    VALUE.test(text),
  ),
  decimals: wholeNumber(0, 18),
  symbol: textThat('a symbol of 1 to 32 visible ASCII characters', (text) =>
    /^[\x21-\x7e]{1,32}$/.test(text),
  ).exactOptional(),
});

const limits = closed({
  perTransaction: amount.exactOptional(),
  hourly: amount.exactOptional(),
  daily: amount.exactOptional(),
  weekly: amount.exactOptional(),
  monthly: amount.exactOptional(),
  yearly: amount.exactOptional(),
  lifetime: amount.exactOptional(),
});

const window = closed({
  days: someOf(wholeNumber(0, 6), 'days, where 0 is Sunday,', 7),
  startHour: wholeNumber(0, 23),
  endHour: wholeNumber(0, 24),
}).refine(({ startHour, endHour }) => startHour !== endHour, {
  path: ['endHour'],
  error: 'expected another hour than `startHour`; all day is `0` to `24`',
});

/** What JSON makes of a `Date` is a text; both mean the same instant. */
const instant = z
  .union([z.date(), z.string()], { error: 'expected a `Date` or an instant such as `2026-01-20T00:00:00Z`' })
  .transform((value, context) => {
    const ms = typeof value === 'string' ? instantMs(value) : value.getTime();
    if (ms !== undefined && ms >= 0 && ms < LAST_MS) return ms;
    context.addIssue({
      code: 'custom',
      message: 'expected an instant from 1970 to 9999, such as `2026-01-20T00:00:00Z`',
    });
    return z.NEVER;
  });

const period = closed({ start: instant, end: instant, reason: sourceText.exactOptional() }).refine(
  ({ start, end }) => start <= end,
  { path: ['end'], error: 'expected an instant that is not before `start`' },
);

const names = (what: string) => listOf(exactName(what), `names of ${what}`, 1000).exactOptional();

const networks = listOf(
  textThat('a CAIP-2 network without leading zeros, such as `eip155:8453`', isNetwork),
  'networks',
  1000,
).exactOptional();

const categories = listOf(
  textThat('a category of 1 to 64 visible ASCII characters without `*`', isCategory),
  'categories',
  1000,
).exactOptional();

const threshold = closed({
  amount,
  requiredApprovers: wholeNumber(1, 100),
  approvers: someOf(exactName('an approver'), 'approvers', 100),
}).refine(({ requiredApprovers, approvers }) => requiredApprovers <= peopleIn(approvers), {
  path: ['requiredApprovers'],
  error: 'expected at most the number of different `approvers`',
});

/** The `AgentPolicy` of the dialect, as its page and its code describe it. */
export const agentPolicy = closed({
  enabled: flag.exactOptional(),
  limits: limits.exactOptional(),
  timeRules: closed({
    allowedWindows: listOf(window, 'windows', 100).exactOptional(),
    blockedPeriods: listOf(period, 'periods', 1000).exactOptional(),
    timezone: zone.exactOptional(),
  }).exactOptional(),
  merchantRules: closed({
    whitelist: names('a recipient'),
    blacklist: names('a recipient'),
    requireWhitelist: flag.exactOptional(),
  }).exactOptional(),
  networkRules: closed({ allowedNetworks: networks, blockedNetworks: networks }).exactOptional(),
  categoryRules: closed({ allowedCategories: categories, blockedCategories: categories }).exactOptional(),
  requireApproval: flag.exactOptional(),
  approvalConfig: closed({
    thresholds: someOf(threshold, 'thresholds', 50),
    timeout: wholeNumber(1_000, Number.MAX_SAFE_INTEGER).exactOptional(),
  }).exactOptional(),
});

export type AgentPolicy = z.output<typeof agentPolicy>;
export type Amount = z.output<typeof amount>;

/** The dialect compares approvers without regard to case, so `A@x.org` and `a@x.org` are one person. */
function peopleIn(approvers: readonly string[]): number {
  return new Set(approvers.map((each) => each.toLowerCase())).size;
}

function isCategory(text: string): boolean {
  return isName(text) && text.length <= 64 && !text.includes('*');
}
