/** How often something was tried, by what it is called in the table. */
export type Counts = Readonly<Record<string, number>>;

/** What a part of a suite did and found. */
export interface Result {
  readonly tried: Counts;

  /** Promises that were broken, one sentence each. Empty for a sound store. */
  readonly violations: readonly string[];

  /** What nobody promised and people want to know all the same: lost without WAIT, refused in vain. */
  readonly counted?: Counts;
}

/** Adds the parts of a suite up; counts of the same name are summed. */
export function together(results: readonly Result[]): Required<Result> {
  return {
    tried: sumOf(results.map(({ tried }) => tried)),
    violations: results.flatMap(({ violations }) => violations),
    counted: sumOf(results.map(({ counted = {} }) => counted)),
  };
}

function sumOf(all: readonly Counts[]): Counts {
  const sums: Record<string, number> = {};
  for (const counts of all) {
    for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}

/** Collects violations, and keeps only as many as somebody will read. */
export class Violations {
  readonly #found: string[] = [];
  #more = 0;

  add(sentence: string): void {
    if (this.#found.length < MOST_KEPT) this.#found.push(sentence);
    else this.#more += 1;
  }

  get count(): number {
    return this.#found.length + this.#more;
  }

  list(): readonly string[] {
    return this.#more === 0 ? this.#found : [...this.#found, `and ${this.#more} more like these`];
  }
}

const MOST_KEPT = 50;
