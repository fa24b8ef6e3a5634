import { median } from '../report.ts';
import type { Ask } from './contestant.ts';

/** A decision that costs more is not worth the wait of measuring it well. */
const SLOWEST_MS = 50;

/** One reading of the clock covers at least this much, so that its resolution does not matter. */
const BATCH_US = 20;

/** Microseconds of one decision. */
export interface Timing {
  readonly p50: number;

  /** The worst where there were fewer than 100 readings. */
  readonly p99: number;
}

/** One contestant, one number of rules, one kind of question. */
export class Cell {
  readonly #asks: readonly Ask[];
  readonly #rounds: Timing[] = [];
  #batch = 1;
  #waits = false;
  #singleMs = Infinity;

  constructor(asks: readonly Ask[]) {
    this.#asks = asks;
  }

  /** Milliseconds of one decision where that is too long to be measured; else undefined. */
  get tooSlowMs(): number | undefined {
    return this.#singleMs > SLOWEST_MS ? this.#singleMs : undefined;
  }

  /** The median of all rounds; undefined without any. */
  get timing(): Timing | undefined {
    if (this.#rounds.length === 0) return undefined;
    return {
      p50: median(this.#rounds.map(({ p50 }) => p50)),
      p99: median(this.#rounds.map(({ p99 }) => p99)),
    };
  }

  /** Lets the code become fast, and finds out how many decisions make a batch. */
  async warmUp(budgetMs: number): Promise<void> {
    const first = this.#asks[0]?.();
    this.#waits = first instanceof Promise;
    await first;
    for (let index = 1; index < 3; index++)
      this.#singleMs = Math.min(this.#singleMs, await this.#run(index, 1));
    if (this.#singleMs > SLOWEST_MS) return;
    const { p50 } = await this.#sample(budgetMs);
    this.#batch = Math.min(10_000, Math.max(1, Math.ceil(BATCH_US / p50)));
    this.#batch = Math.max(1, Math.ceil(BATCH_US / (await this.#sample(budgetMs)).p50));
  }

  /** Measures for about as long as the budget, and once at least. */
  async round(budgetMs: number): Promise<void> {
    if (this.tooSlowMs === undefined) this.#rounds.push(await this.#sample(budgetMs));
  }

  async #sample(budgetMs: number): Promise<Timing> {
    const samples: number[] = [];
    const until = performance.now() + budgetMs;
    let next = 0;
    do {
      samples.push(((await this.#run(next, this.#batch)) * 1_000) / this.#batch);
      next += this.#batch;
    } while (performance.now() < until);
    const sorted = samples.sort((a, b) => a - b);
    const at = (part: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
    return { p50: at(0.5), p99: at(0.99) };
  }

  /** Milliseconds of `count` decisions, one after the other. */
  async #run(from: number, count: number): Promise<number> {
    const asks = this.#asks;
    const start = performance.now();
    if (this.#waits)
      for (let index = from; index < from + count; index++) await asks[index % asks.length]?.();
    else runAtOnce(asks, from, count);
    return performance.now() - start;
  }
}

/** Apart from its caller, which waits: a loop in an asynchronous function is compiled less well. */
function runAtOnce(asks: readonly Ask[], from: number, count: number): number {
  let allowed = 0;
  for (let index = from; index < from + count; index++) {
    if (asks[index % asks.length]?.() === true) allowed += 1;
  }
  return allowed;
}

/** Bytes that one decision leaves to the garbage collector; undefined without `--expose-gc`. */
export function bytesOf(asks: readonly Ask[]): number | undefined {
  const { gc } = globalThis;
  if (gc === undefined) return undefined;
  const decisions = 500;
  const readings = Array.from({ length: 9 }, () => {
    gc();
    const before = process.memoryUsage().heapUsed;
    runAtOnce(asks, 0, decisions);
    return (process.memoryUsage().heapUsed - before) / decisions;
  });
  return median(readings);
}
