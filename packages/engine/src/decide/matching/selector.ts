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

/** Patterns found by the characters that they start with or, where they start with a star, end with. */
interface Group<T> {
  readonly anchor: 'start' | 'end';
  readonly length: number;
  readonly candidates: Map<string, Candidate<T>[]>;
}

const NONE: readonly never[] = [];

/**
 * Finds the items that concern a text without looking at those that do not: exact names by look-up, patterns by what
 * they start or end with. Items come in their order, each once.
 */
export class Selector<T extends Ordered> {
  readonly all: readonly T[];
  readonly #always: readonly T[];
  readonly #exact = new Map<string, T[]>();
  readonly #groups: Group<T>[] = [];

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
    for (const { anchor, length, candidates: byText } of this.#groups) {
      if (length > text.length) continue;
      const candidates = byText.get(
        anchor === 'start' ? text.slice(0, length) : text.slice(text.length - length),
      );
      if (candidates === undefined) continue;
      for (const { glob, item } of candidates) {
        if (glob.matches(text)) (found ??= []).push(item);
      }
    }
    return found;
  }

  #addGlob(glob: Glob, item: T): void {
    const anchor = glob.prefix === '' ? 'end' : 'start';
    const fixed = anchor === 'start' ? glob.prefix : glob.suffix;
    let group = this.#groups.find((each) => each.anchor === anchor && each.length === fixed.length);
    if (group === undefined) {
      group = { anchor, length: fixed.length, candidates: new Map() };
      this.#groups.push(group);
    }
    append(group.candidates, fixed, { glob, item });
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
