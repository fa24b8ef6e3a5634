import * as z from 'zod';
import { BUDGET_DECIMALS, MAX_UNITS } from '../../nouns/asset.ts';
import { shown } from '../../nouns/wording.ts';

const DECIMAL = /^([0-9]{1,10})(?:\.([0-9]{1,6}))?$/;

/**
 * Micro-units of an amount that another system keeps in a floating number. The number counts as what it is written as,
 * so one that is left over from arithmetic, such as `0.30000000000000004`, is no amount.
 */
export function microsOf(amount: number): bigint | undefined {
  const [, whole, fraction = ''] = DECIMAL.exec(String(amount)) ?? [];
  if (whole === undefined) return undefined;
  const units = BigInt(`${whole}${fraction.padEnd(BUDGET_DECIMALS, '0')}`);
  return units > MAX_UNITS ? undefined : units;
}

const words = {
  error: ({ input }: { readonly input?: unknown }) =>
    `expected an amount such as \`0.05\`, with at most six decimals and at most 9007199254.740991, got ${shown(input)}`,
};

/** A number that is an exact amount. */
export const decimalAmount = z.number(words).refine((amount) => microsOf(amount) !== undefined, words);
