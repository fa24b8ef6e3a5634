import { BUDGET_DECIMALS, MAX_UNITS } from '../../../nouns/asset.ts';
import { formatCurrency } from '../../../nouns/money.ts';
import { quoted } from '../../../nouns/wording.ts';
import type { Translation } from '../imported.ts';
import type { Amount } from './document.ts';

/** The symbol that the dialect takes for granted. */
const DEFAULT_SYMBOL = 'USDT';

/** Micro-units of a currency: the most that an amount holds, and the least that is not below it. */
export interface Counted {
  readonly currency: string;
  readonly floor: bigint;
  readonly ceiling: bigint;
}

/** Reads the amounts of one document. All of them have to count as one currency, as every price meets all limits. */
export class Amounts {
  readonly #currencies: ReadonlyMap<string, string>;
  readonly #translation: Translation;
  readonly #explained = new Set<string>();
  #first: string | undefined;

  constructor(currencies: Readonly<Record<string, string>>, translation: Translation) {
    this.#currencies = new Map(Object.entries(currencies));
    this.#translation = translation;
  }

  /** Undefined for an amount that was refused. */
  read({ value, decimals, symbol }: Amount, path: readonly PropertyKey[]): Counted | undefined {
    const currency = this.#currencyOf(symbol, [...path, 'symbol']);
    if (currency === undefined) return undefined;
    const scaled = BigInt(value) * 10n ** BigInt(BUDGET_DECIMALS);
    const unit = 10n ** BigInt(decimals);
    const floor = scaled / unit;
    const ceiling = (scaled + unit - 1n) / unit;
    if (ceiling <= MAX_UNITS) return { currency, floor, ceiling };
    const most = formatCurrency(MAX_UNITS, currency);
    this.#translation.refuse(
      [...path, 'value'],
      `expected at most \`${most}\`, got more; leave the limit out`,
    );
    return undefined;
  }

  #currencyOf(symbol: string | undefined, path: readonly PropertyKey[]): string | undefined {
    const name = symbol ?? DEFAULT_SYMBOL;
    const currency = this.#currencies.get(name);
    if (currency === undefined) {
      const known = `expected a symbol that the option \`currencies\` counts as a currency, got ${quoted(name)}`;
      this.#translation.refuse(path, known);
      return undefined;
    }
    this.#explain(symbol === undefined ? 'none' : name, path, currency);
    this.#first ??= currency;
    if (currency === this.#first) return currency;
    const message = `expected amounts of one currency, got ${currency} beside ${this.#first}: no price is both`;
    this.#translation.refuse(path, message);
    return undefined;
  }

  #explain(name: string, path: readonly PropertyKey[], currency: string): void {
    if (this.#explained.has(name)) return;
    this.#explained.add(name);
    const unnamed = `an amount without a symbol is of ${DEFAULT_SYMBOL}, which counts as ${currency}`;
    const named = `${name} counts as ${currency}; a price that does not count as ${currency} is denied`;
    this.#translation.assumed(path, name === 'none' ? unnamed : named);
  }
}
