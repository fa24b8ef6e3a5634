import { type Listed, listSelector } from '../checks/tools.ts';
import { Glob, hasStar, type Separator } from '../matching/glob.ts';
import type { Selector } from '../matching/selector.ts';
import type { Effort } from './effort.ts';
import { covers, differAtOnce, overlaps, sampleOf } from './patterns.ts';

export interface Lists {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
}

/** What an allow and a deny list leave, for names and for patterns. */
export class Usable {
  /** Undefined where everything that is not denied is allowed. */
  readonly allow: readonly string[] | undefined;
  readonly #allowing: Selector<Listed> | undefined;
  readonly #denying: Selector<Listed>;
  readonly #separator: Separator;
  readonly #effort: Effort;
  readonly #known = new Map<string, boolean>();
  #open: readonly string[] | undefined;

  constructor({ allow, deny = [] }: Lists, separator: Separator, effort: Effort) {
    this.allow = allow;
    this.#allowing = allow && listSelector('allow', allow, { separator });
    this.#denying = listSelector('deny', deny, { separator });
    this.#separator = separator;
    this.#effort = effort;
  }

  /** Whether some name of the pattern can pass both lists. `false` is certain. */
  has(pattern: string): boolean {
    const known = this.#known.get(pattern);
    if (known !== undefined) return known;
    const usable = this.denial(pattern) === undefined && this.#isAllowed(pattern);
    this.#known.set(pattern, usable);
    return usable;
  }

  /** The entry of the deny list that denies every name of the pattern, where one alone does. */
  denial(pattern: string): Listed | undefined {
    return coverOf(this.#denying, pattern, { separator: this.#separator, effort: this.#effort });
  }

  /** Whether the lists leave anything at all. `false` is certain. */
  get any(): boolean {
    if (this.denial('**') !== undefined) return false;
    return this.allow === undefined || this.#allowedAndNotDenied().length > 0;
  }

  #isAllowed(pattern: string): boolean {
    if (this.#allowing === undefined) return true;
    if (!hasStar(pattern)) return this.#allowing.select(pattern).length > 0;
    const glob = new Glob(pattern, this.#separator);
    return this.#allowedAndNotDenied().some((allowed) => {
      if (!this.#effort.take(1)) return true;
      if (!hasStar(allowed)) return glob.matches(allowed);
      if (differAtOnce(allowed, pattern)) return false;
      return (
        !this.#effort.take(allowed.length * pattern.length) || overlaps(allowed, pattern, this.#separator)
      );
    });
  }

  #allowedAndNotDenied(): readonly string[] {
    return (this.#open ??= (this.allow ?? []).filter((allowed) => this.denial(allowed) === undefined));
  }
}

/** The first of the listed patterns that covers another one by itself. */
export function coverOf(
  selector: Selector<Listed>,
  pattern: string,
  { separator, effort }: { readonly separator: Separator; readonly effort: Effort },
): Listed | undefined {
  if (!hasStar(pattern)) return selector.select(pattern)[0];
  return selector.select(sampleOf(pattern)).find((listed) => {
    return (
      hasStar(listed.pattern) &&
      effort.take(listed.pattern.length * pattern.length) &&
      covers(listed.pattern, pattern, separator)
    );
  });
}
