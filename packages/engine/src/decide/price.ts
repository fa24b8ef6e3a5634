import type { AssetTable } from '../nouns/asset.ts';
import type { Money } from '../nouns/money.ts';

/** A price that can be asked what it counts as. */
export class Price {
  readonly #money: Money;
  readonly #assets: AssetTable;
  #currency = '';
  #counted: bigint | undefined;

  constructor(money: Money, assets: AssetTable) {
    this.#money = money;
    this.#assets = assets;
  }

  get asset(): string {
    return this.#money.asset;
  }

  /** Micro-units of the currency; undefined when the asset does not count as it. Remembers the last answer. */
  in(currency: string): bigint | undefined {
    if (currency !== this.#currency) {
      this.#counted = this.#assets.count(this.#money.units, this.#money.asset, currency);
      this.#currency = currency;
    }
    return this.#counted;
  }
}
