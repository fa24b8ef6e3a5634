import { type Asset, BUDGET_DECIMALS, fiatDecimals, isAsset, MAX_UNITS } from './asset.ts';
import { ToriiError } from './errors.ts';

/** An exact amount in the smallest unit of its asset: 12 cents is `{ units: 120000n, asset: "USD/6" }`. */
export interface Money {
  readonly units: bigint;
  readonly asset: Asset;
}

/** What callers may write for an amount: exact money, or text such as `"0.12 USD"`. */
export type MoneyInput = Money | string;

const TEXT = /^(0|[1-9][0-9]{0,15})(?:\.([0-9]{1,6}))? ([A-Z]{3})$/;

/**
 * Exact money from `"0.12 USD"` (micro-units of the currency) or from `{ units, asset }`.
 * Throws MONEY_INVALID for anything else: signs, exponents, spaces, other digits, more than six decimals,
 * amounts above 2^53 - 1 units.
 */
export function money(input: MoneyInput): Money {
  const parsed = tryMoney(input);
  if (parsed === undefined) {
    throw new ToriiError('MONEY_INVALID', `expected an amount such as \`0.12 USD\`, got ${shown(input)}`);
  }
  return parsed;
}

/** As `money`, but answers undefined instead of throwing. Accepts anything at all. */
export function tryMoney(input: unknown): Money | undefined {
  if (typeof input === 'string') return fromText(input);
  if (typeof input !== 'object' || input === null) return undefined;
  const { units, asset } = input as Partial<Money>;
  if (typeof units !== 'bigint' || units < 0n || units > MAX_UNITS) return undefined;
  if (typeof asset !== 'string' || !isAsset(asset)) return undefined;
  return { units, asset };
}

/** Text for people: `0.12 USD`, or `1500 units of eip155:8453/erc20:0x...` where decimals are not known. */
export function formatMoney({ units, asset }: Money): string {
  const decimals = fiatDecimals(asset);
  if (decimals === undefined) return `${units} units of ${asset}`;
  return `${formatUnits(units, decimals)} ${asset.slice(0, 3)}`;
}

/** The money that `formatMoney` wrote; undefined for any other text. */
export function moneyFrom(text: string): Money | undefined {
  const [, units, asset] = /^([0-9]{1,16}) units of (.+)$/.exec(text) ?? [];
  return units === undefined || asset === undefined
    ? tryMoney(text)
    : tryMoney({ units: BigInt(units), asset });
}

/** Micro-units of a currency as text for people: `formatCurrency(120000n, "USD")` is `0.12 USD`. */
export function formatCurrency(units: bigint, currency: string): string {
  return `${formatUnits(units, BUDGET_DECIMALS)} ${currency}`;
}

/** Exact decimal text with at least two decimals where the asset has them: `5.00`, `0.001`. */
export function formatUnits(units: bigint, decimals: number): string {
  const digits = units.toString().padStart(decimals + 1, '0');
  if (decimals === 0) return digits;
  const point = digits.length - decimals;
  let end = digits.length;
  while (end > point + Math.min(2, decimals) && digits[end - 1] === '0') end -= 1;
  return `${digits.slice(0, point)}.${digits.slice(point, end)}`;
}

function fromText(text: string): Money | undefined {
  const match = TEXT.exec(text);
  if (match === null) return undefined;
  const units = BigInt(`${match[1]}${(match[2] ?? '').padEnd(BUDGET_DECIMALS, '0')}`);
  return units > MAX_UNITS ? undefined : { units, asset: `${match[3]}/${BUDGET_DECIMALS}` };
}

function shown(input: unknown): string {
  return typeof input === 'string' ? `\`${input.slice(0, 40)}\`` : `a value of type ${typeof input}`;
}
