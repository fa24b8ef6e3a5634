import { formatMoney, type Money } from '../nouns/money.ts';

/** Adds money up, each asset by itself. */
export class Tally {
  readonly #units = new Map<string, bigint>();

  add({ units, asset }: Money): void {
    this.#units.set(asset, (this.#units.get(asset) ?? 0n) + units);
  }

  /** One line for each asset, in the order of their names: `12.50 USD`. */
  get texts(): readonly string[] {
    return [...this.#units]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([asset, units]) => formatMoney({ units, asset }));
  }
}
