import * as z from 'zod';
import { formatMoney, money, tryMoney } from '../../nouns/money.ts';
import { listed, shown } from '../../nouns/wording.ts';

/** What a field of a policy demands of its value, in the words of the message that refuses it. */
function expects(expected: string): { error: (issue: { readonly input?: unknown }) => string } {
  return { error: (issue) => `expected ${expected}, got ${shown(issue.input)}` };
}

/** An object that has these keys and no others. A key that is present but undefined is refused too. */
export function closed<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const keys = listed(Object.keys(shape), 20);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown key, expected one of ${keys}`
        : `expected an object of ${keys}, got ${shown(issue.input)}`,
  });
}

/** What the published JSON Schema says of a text: as much of its form as editors can check, and examples of it. */
export interface TextForm {
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly anyOf?: readonly Readonly<Record<string, unknown>>[];
  readonly examples?: readonly string[];
}

/** Text that passes `test`. The form is for editors alone; it has to accept whatever `test` does. */
export function textThat(expected: string, test: (text: string) => boolean, form: TextForm = {}) {
  return z
    .string(expects(expected))
    .refine(test, expects(expected))
    .meta({ description: expected, ...form });
}

/** One of a few words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, expects(`one of ${listed(words)}`));
}

/** A whole number between two bounds, both included. */
export function wholeNumber(least: number, most: number) {
  const expected = `a whole number from ${least} to ${most}`;
  const words = expects(expected);
  return z
    .number(words)
    .refine((value) => Number.isInteger(value) && value >= least && value <= most, words)
    .meta({ description: expected, type: 'integer', minimum: least, maximum: most });
}

/** A list of at most `most` items. */
export function listOf<Item extends z.ZodType>(item: Item, what: string, most: number) {
  const words = expects(`a list of at most ${most} ${what}`);
  return z.array(item, words).max(most, words);
}

/** A list of 1 to `most` items. */
export function someOf<Item extends z.ZodType>(item: Item, what: string, most: number) {
  const words = expects(`a list of 1 to ${most} ${what}`);
  return z.array(item, words).min(1, words).max(most, words);
}

/** An amount of a currency, normalized: `5 USD` becomes `5.00 USD`. */
export const amount = textThat('an amount such as `5.00 USD`', (text) => tryMoney(text) !== undefined, {
  pattern: '^(0|[1-9][0-9]{0,15})([.][0-9]{1,6})? [A-Z]{3}$',
  examples: ['5.00 USD', '0.25 EUR'],
}).transform((text) => formatMoney(money(text)));

/** A currency as amounts name it. */
export const currency = textThat('a currency such as `USD`', (text) => /^[A-Z]{3}$/.test(text), {
  pattern: '^[A-Z]{3}$',
  examples: ['USD', 'EUR'],
});

/** True or false, and nothing that only looks like it. */
export const flag = z.boolean(expects('`true` or `false`'));

/** Whether text can name a person or an agent, as tokens do: 1 to 256 visible ASCII characters. */
export function isName(text: string): boolean {
  return /^[\x21-\x7e]{1,256}$/.test(text);
}
