import { Glob, hasStar, type Separator } from './glob.ts';

/** Something with a place in its document. */
export interface Ordered {
  readonly order: number;
}

/** An item, and the patterns of the texts that it concerns; undefined concerns every text, an empty list none. */
export interface Entry<T> {
  readonly item: T;
  readonly patterns: readonly string[] | undefined;
}

interface Candidate<T> {
  readonly glob: Glob;
  readonly item: T;
}

interface PrefixGroup<T> {
  readonly length: number;
  readonly byPrefix: Map<string, Candidate<T>[]>;
}

const NONE: readonly never[] = [];

/**
 * Finds the items that concern a text without looking at those that do not: exact names by look-up, patterns by what
 * they start with. Items come in their order, each once.
 */
export class Selector<T extends Ordered> {
  readonly all: readonly T[];
  readonly #always: readonly T[];
  readonly #exact = new Map<string, T[]>();
  readonly #groups: PrefixGroup<T>[] = [];

  constructor(entries: readonly Entry<T>[], separator: Separator) {
    this.all = entries.map(({ item }) => item);
    this.#always = entries.filter(({ patterns }) => patterns === undefined).map(({ item }) => item);
    for (const { item, patterns = NONE } of entries) {
      for (const pattern of new Set(patterns)) {
        if (hasStar(pattern)) this.#addGlob(new Glob(pattern, separator), item);
        else append(this.#exact, pattern, item);
      }
    }
  }

  select(text: string): readonly T[] {
    const exact = this.#exact.get(text);
    const found = this.#groups.length === 0 ? undefined : this.#byGlob(text);
    if (found === undefined) {
      if (exact === undefined) return this.#always;
      if (this.#always.length === 0) return exact;
    }
    return inOrder([...this.#always, ...(exact ?? NONE), ...(found ?? NONE)]);
  }

  #byGlob(text: string): T[] | undefined {
    let found: T[] | undefined;
    for (const { length, byPrefix } of this.#groups) {
      const candidates = byPrefix.get(text.slice(0, length));
      if (candidates === undefined) continue;
      for (const { glob, item } of candidates) {
        if (glob.matches(text)) (found ??= []).push(item);
      }
    }
    return found;
  }

  #addGlob(glob: Glob, item: T): void {
    const { length } = glob.prefix;
    let group = this.#groups.find((each) => each.length === length);
    if (group === undefined) this.#groups.push((group = { length, byPrefix: new Map() }));
    append(group.byPrefix, glob.prefix, { glob, item });
  }
}

function append<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

function inOrder<T extends Ordered>(items: T[]): readonly T[] {
  items.sort((a, b) => a.order - b.order);
  return items.filter((item, index) => item !== items[index - 1]);
}
