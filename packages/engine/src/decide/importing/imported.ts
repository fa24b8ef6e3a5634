import * as z from 'zod';
import { ToriiError } from '../../nouns/errors.ts';
import { pathText, quoted } from '../../nouns/wording.ts';
import { textThat, isName } from '../document/fields.ts';
import { byPath, policyInvalid, type Problem, problemsOf } from '../document/problems.ts';
import { policiesSchema, type PolicyDocument } from '../document/schema.ts';
import { isPolicyId } from '../document/words.ts';

/** What a document of another dialect becomes. Without remarks, or with assumptions alone, nothing was lost. */
export interface Imported {
  /** Ready for `compilePolicies`. Several of them belong together. */
  readonly policies: readonly PolicyDocument[];
  readonly remarks: readonly Remark[];
}

/** Something that whoever imports a policy should know before it decides. */
export interface Remark {
  /** Where in the source document: `limits.daily`. */
  readonly path: string;

  /**
   * `stricter`: ours denies or asks where theirs did not. `not-expressed`: ours may let pass what theirs would not.
   * `assumed`: the document left something open, and this is how it was read.
   */
  readonly kind: 'stricter' | 'not-expressed' | 'assumed';

  readonly message: string;
}

type Path = readonly PropertyKey[];

/** Longest reason and description of ours. */
const LONGEST = 1000;

/** Controls, line breaks, and characters that nobody sees. Those that join letters and pictures stay. */
const UNSEEN = /(?:(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u2065\u{e0000}-\u{e007f}])+/gu;

/** Whose limits are counted, for dialects that know agents and no owners. */
export const ONE_OWNER =
  'an agent is counted apart for each owner and tenant, so one of each is assumed; the option `owner` names the owner';

/** How recipients are compared, for dialects that compare them as they are written. */
export const SAME_HOST =
  'recipients are compared without the full stop that a host may end in: `a.example.` is `a.example`';

/** What comes up while a document is translated: remarks for people, and problems, which end it. */
export class Translation {
  readonly #remarks: Remark[] = [];
  readonly #problems: Problem[] = [];

  stricter(path: Path, message: string): void {
    this.#remarks.push({ path: pathText(path) || 'document', kind: 'stricter', message });
  }

  notExpressed(path: Path, message: string): void {
    this.#remarks.push({ path: pathText(path) || 'document', kind: 'not-expressed', message });
  }

  assumed(path: Path, message: string): void {
    this.#remarks.push({ path: pathText(path) || 'document', kind: 'assumed', message });
  }

  refuse(path: Path, message: string): void {
    this.#problems.push({ path, message });
  }

  /**
   * The first of some texts of the source that has anything to read, as a reason of ours: what cannot stand on one line
   * becomes a space, and the end of a long one is cut off. The last text has to be one.
   */
  reason(path: Path, texts: readonly [...string[], string]): string {
    const [text = '', reason = ''] =
      texts
        .map((each) => [each, shortened(onOneLine(each))] as const)
        .find(([, each]) => each.trim() !== '') ?? [];
    if (reason !== text) {
      const message = `the reason is kept on one line of visible characters, at most ${LONGEST}: ${quoted(reason)}`;
      this.assumed(path, message);
    }
    return reason;
  }

  /** Hands the policies over. Throws POLICY_INVALID if anything was refused or is more than a policy of ours can hold. */
  result(policies: readonly PolicyDocument[]): Imported {
    if (this.#problems.length > 0) throw policyInvalid(this.#problems, byPath(''));
    const parsed = policiesSchema.safeParse(policies);
    if (!parsed.success) throw policyInvalid(problemsOf(parsed.error), byPath('imported'));
    return { policies, remarks: this.#remarks };
  }
}

/** Text of the source, cut off where ours would be too long. */
export function shortened(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1).toWellFormed()}…`;
}

function onOneLine(text: string): string {
  const line = text.replace(UNSEEN, ' ');
  return line === text ? text : line.trim();
}

/** Text for people. It may be longer than a reason of ours, as the name of a rule may list every recipient. */
export const sourceText = textThat(
  'at most 100000 characters of text',
  (text) => text.length <= 100_000 && text.isWellFormed(),
);

/** Reads the document that is to be imported. Throws POLICY_INVALID with the place of each problem. */
export function readSource<Schema extends z.ZodType>(schema: Schema, document: unknown): z.output<Schema> {
  const parsed = schema.safeParse(document);
  if (!parsed.success) throw policyInvalid(problemsOf(parsed.error), byPath(''));
  return parsed.data;
}

/** Reads the options of an importer. Throws OPTIONS_INVALID with the place of the first problem. */
export function readOptions<Schema extends z.ZodType>(schema: Schema, options: unknown): z.output<Schema> {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const [{ path, message } = { path: [], message: 'expected other options' }] = problemsOf(parsed.error);
  throw new ToriiError('OPTIONS_INVALID', `${pathText(['options', ...path])}: ${message}`);
}

/** A name without stars: of a person, an agent or a recipient. */
export function exactName(what: string) {
  return textThat(
    `${what} of 1 to 256 visible ASCII characters without \`*\``,
    (text) => isName(text) && !text.includes('*'),
  );
}

/** An agent whose name can also be the id of its policy. */
export const agentId = textThat('an agent id of 1 to 128 letters, digits and `_.:@/-`', isPolicyId);

/** Names with values. Read by the schema library alone, a `__proto__` would be skipped in silence. */
export function recordOf<Key extends z.core.$ZodRecordKey, Value extends z.ZodType>(
  key: Key,
  value: Value,
  expected: string,
) {
  const closedRecord = z.record(key, value, { error: expected });
  return z
    .unknown()
    .refine((input) => !(input instanceof Object) || !Object.hasOwn(input, '__proto__'), {
      path: ['__proto__'],
      error: expected,
    })
    .pipe(closedRecord);
}

/** What each symbol of a token counts as: `{ USDC: 'USD' }`. */
export const currencyBySymbol = recordOf(
  textThat('a symbol of 1 to 32 visible ASCII characters', (text) => /^[\x21-\x7e]{1,32}$/.test(text)),
  textThat('a currency such as `USD`', (text) => /^[A-Z]{3}$/.test(text)),
  'expected symbols with the currency that each counts as, such as `{ USDC: "USD" }`',
).exactOptional();

/** Stable tokens that count as dollars unless an option says otherwise. */
export const DOLLARS: Readonly<Record<string, string>> = { USD: 'USD', USDC: 'USD', USDT: 'USD' };
