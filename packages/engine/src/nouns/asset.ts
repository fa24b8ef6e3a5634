import { ToriiError } from './errors.ts';

/**
 * What an amount is counted in. A currency carries its decimals: `USD/6` is micro-dollars, `USD/2` cents.
 * Anything else is a CAIP-19 identifier, for example `eip155:8453/erc20:0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913`.
 */
export type Asset = string;

/** Three capital letters, as in ISO 4217. */
export type Currency = string;

/** Budgets count in micro-units of their currency. */
export const BUDGET_DECIMALS = 6;

/** Largest amount of any asset: 2^53 - 1 units, which every store and JSON reader holds exactly. */
export const MAX_UNITS = 9_007_199_254_740_991n;

/** Says that an asset counts as a currency. Assets outside the table are denied. */
export interface AssetRate {
  /** CAIP-19 identifier, matched exactly. */
  readonly asset: Asset;

  /** The currency whose budgets it is charged to. */
  readonly currency: Currency;

  /** Decimals of the asset, 0 to 18, pinned here and never taken from a caller. */
  readonly decimals: number;

  /** Price of one whole asset in the currency, a decimal string. @default "1" */
  readonly rate?: string;
}

interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Turns amounts of any pinned asset into micro-units of a currency. */
export interface AssetTable {
  /** Micro-units of `currency` that `units` of `asset` count as, rounded up; undefined if they do not count. */
  count(units: bigint, asset: Asset, currency: Currency): bigint | undefined;
}

const FIAT = /^([A-Z]{3})\/([0-6])$/;
const CURRENCY = /^[A-Z]{3}$/;
const RATE = /^(0|[1-9][0-9]{0,11})(?:\.([0-9]{1,12}))?$/;
const CAIP19 = /^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}\/[-a-z0-9]{3,8}:[-.%a-zA-Z0-9]{1,128}$/;

/** Builds the table once. Throws OPTIONS_INVALID for a rate that is not what it says. */
export function assetTable(rates: readonly AssetRate[]): AssetTable {
  const fractions = new Map<string, Fraction>();
  for (const rate of rates) {
    const key = `${rate.asset} ${rate.currency}`;
    if (fractions.has(key))
      throw new ToriiError('OPTIONS_INVALID', `the asset \`${rate.asset}\` has two rates`);
    fractions.set(key, fractionOf(rate));
  }
  return {
    count(units, asset, currency) {
      // Most prices are in micro-units already.
      if (asset.length === 5 && asset.endsWith('/6') && asset.startsWith(currency) && CURRENCY.test(currency))
        return units > MAX_UNITS ? undefined : units;
      const fraction = fractions.get(`${asset} ${currency}`) ?? fiatFraction(asset, currency);
      if (fraction === undefined) return undefined;
      const counted = divideUp(units * fraction.numerator, fraction.denominator);
      return counted > MAX_UNITS ? undefined : counted;
    },
  };
}

/** The decimals of a currency asset such as `USD/6`, or undefined for any other asset. */
export function fiatDecimals(asset: Asset): number | undefined {
  return FIAT.test(asset) ? Number(asset.slice('USD/'.length)) : undefined;
}

/** Whether the text is shaped as an asset; being shaped so does not make it count. */
export function isAsset(text: string): boolean {
  return FIAT.test(text) || CAIP19.test(text);
}

function fiatFraction(asset: Asset, currency: Currency): Fraction | undefined {
  const match = FIAT.exec(asset);
  if (match === null || match[1] !== currency) return undefined;
  return { numerator: 10n ** BigInt(BUDGET_DECIMALS - Number(match[2])), denominator: 1n };
}

function fractionOf({ asset, currency, decimals, rate = '1' }: AssetRate): Fraction {
  const match = RATE.exec(rate);
  if (!CAIP19.test(asset))
    throw new ToriiError('OPTIONS_INVALID', `expected a CAIP-19 asset, got \`${asset}\``);
  if (!CURRENCY.test(currency))
    throw new ToriiError('OPTIONS_INVALID', `expected a currency such as \`USD\`, got \`${currency}\``);
  if (!Number.isInteger(decimals) || decimals < 0 || decimals > 18) {
    throw new ToriiError(
      'OPTIONS_INVALID',
      `expected 0 to 18 decimals for \`${asset}\`, got \`${decimals}\``,
    );
  }
  if (match === null || /^[0.]*$/.test(rate)) {
    throw new ToriiError(
      'OPTIONS_INVALID',
      `expected a rate above 0 such as \`"1"\` for \`${asset}\`, got \`${rate}\``,
    );
  }
  const fractionDigits = match[2] ?? '';
  return {
    numerator: BigInt(`${match[1]}${fractionDigits}`) * 10n ** BigInt(BUDGET_DECIMALS),
    denominator: 10n ** BigInt(fractionDigits.length + decimals),
  };
}

function divideUp(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator;
}
