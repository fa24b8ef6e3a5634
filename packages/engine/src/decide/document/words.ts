import { isZone } from '../../calendar/index.ts';
import { durationMs } from '../../nouns/duration.ts';
import { effects } from '../../nouns/effect.ts';
import { isNetwork } from '../../nouns/payee.ts';
import { isToolName, MAX_TOOL_NAME } from '../../nouns/tool-name.ts';
import { isName, oneOf, someOf, textThat, wholeNumber } from './fields.ts';

const POLICY_ID = /^[A-Za-z0-9][A-Za-z0-9_.:@/-]{0,127}$/;
const WORD = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const NETWORK_FAMILY = /^[-a-z0-9]{3,8}:\*$/;
const ACCOUNT = /^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}:[-.%a-zA-Z0-9]{1,128}$/;
const INSTANT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(?::(\d\d)(?:\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;

/** Forms for editors. They refuse no text that the rules here accept. */
const NAME_FORM = { pattern: '^[!-~]+$', minLength: 1, maxLength: 256 } as const;
const SEGMENT_FORM = '(?![.]+(/|$))[A-Za-z0-9_.*-]+';
const TOOL_PATTERN_FORM = `^(?!.*[*]{3})${SEGMENT_FORM}(/${SEGMENT_FORM})*$`;

/** What editors know of a duration. */
export const DURATION_FORM = {
  pattern: '^[1-9][0-9]{0,5}[smhd]$',
  examples: ['90s', '30m', '1h', '7d'],
} as const;

/** Controls, line breaks, and characters without width or that change the direction of text. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u;

/** Whether text can be the id of a policy. */
export function isPolicyId(text: string): boolean {
  return POLICY_ID.test(text);
}

/** A pattern is a tool name in which stars may stand for characters. */
export function isToolPattern(text: string): boolean {
  return !text.includes('***') && isToolName(text.replaceAll('*', 'x'));
}

/** A CAIP-10 account on a network in its one spelling. */
function isAccount(text: string): boolean {
  const [family, reference] = text.split(':');
  return ACCOUNT.test(text) && isNetwork(`${family}:${reference}`);
}

/** Milliseconds since 1970 of an instant with an offset, `2026-01-20T00:00:00Z`; undefined for any other text. */
export function instantMs(text: string): number | undefined {
  const [, local, seconds = '00', offset] = INSTANT.exec(text) ?? [];
  if (local === undefined || offset === undefined) return undefined;
  const ms = Date.parse(text);
  // A day that the month does not have would be read as one of the next month.
  const asWritten = Date.parse(`${local}:${seconds}Z`);
  if (Number.isNaN(ms) || Number.isNaN(asWritten)) return undefined;
  return new Date(asWritten).toISOString().startsWith(`${local}:${seconds}`) ? ms : undefined;
}

export const policyId = textThat('an id of 1 to 128 letters, digits and `_.:@/-`', isPolicyId, {
  pattern: POLICY_ID.source,
  examples: ['coding-agents'],
});

export const word = textThat('1 to 64 letters, digits and `_.-`', (text) => WORD.test(text), {
  pattern: WORD.source,
});

export const description = textThat(
  'at most 1000 characters of text',
  (text) => text.length <= 1000 && text.isWellFormed(),
  { maxLength: 1000 },
);

/** A reason stands in denials, logs and messages to models: nothing in it may begin a new line or turn text around. */
export const sentence = textThat(
  'at most 1000 characters of text on one line',
  (text) => text.length <= 1000 && text.isWellFormed() && !UNSEEN.test(text),
  { maxLength: 1000 },
);

export const toolPattern = textThat(
  `a tool name, or a pattern of one with \`*\` or \`**\`, of at most ${MAX_TOOL_NAME} characters`,
  isToolPattern,
  {
    pattern: TOOL_PATTERN_FORM,
    maxLength: MAX_TOOL_NAME,
    examples: ['web_search', 'github/*', 'github/**'],
  },
);

export const namePattern = textThat('1 to 256 visible ASCII characters, where `*` stands for any', isName, {
  ...NAME_FORM,
  examples: ['coding-agent-01', 'coding-*', '*@example.com'],
});

export const categoryPattern = textThat(
  '1 to 64 visible ASCII characters, where `*` stands for any',
  (text) => isName(text) && text.length <= 64,
  { ...NAME_FORM, maxLength: 64, examples: ['api_usage', 'api_*'] },
);

export const networkPattern = textThat(
  'a CAIP-2 network such as `eip155:8453`, or all of a family such as `eip155:*`',
  (text) => isNetwork(text) || NETWORK_FAMILY.test(text),
  { pattern: '^[-a-z0-9]{3,8}:([-_a-zA-Z0-9]{1,32}|[*])$', examples: ['eip155:8453', 'eip155:*'] },
);

export const account = textThat('a CAIP-10 account such as `eip155:8453:0x…`', isAccount, {
  pattern: ACCOUNT.source,
});

/** What a name of a role begins with where people are listed. */
export const ROLE = 'role:';

export const person = textThat(
  'the id of a person, 1 to 256 visible ASCII characters that do not begin with `role:`',
  (text) => isName(text) && !text.startsWith(ROLE),
  { ...NAME_FORM, examples: ['lead@example.com'] },
);

export const approver = textThat(
  'the id of a person, 1 to 256 visible ASCII characters, or `role:` and a role of `people`',
  (text) => isName(text) && (!text.startsWith(ROLE) || WORD.test(text.slice(ROLE.length))),
  { ...NAME_FORM, examples: ['lead@example.com', 'role:finance'] },
);

export const duration = textThat(
  'a duration such as `90s`, `30m`, `1h` or `7d`',
  (text) => durationMs(text) !== undefined,
  DURATION_FORM,
);

export const zone = textThat('an IANA time zone such as `Europe/Berlin`', isZone, {
  pattern: '^[A-Za-z][A-Za-z0-9_+/-]*$',
  examples: ['UTC', 'Europe/Berlin', 'America/New_York'],
});

export const instant = textThat(
  'an instant with its offset, such as `2026-01-20T00:00:00Z`',
  (text) => instantMs(text) !== undefined,
  { pattern: INSTANT.source, examples: ['2026-01-20T00:00:00Z', '2026-01-20T09:00:00+01:00'] },
);

export const effect = oneOf(effects);

export const percent = wholeNumber(1, 100);

export const someTools = someOf(toolPattern, 'tool patterns', 1000);
