/** What a single `*` stops at. Tools have segments; the names of agents and owners have none. */
export type Separator = '/' | 'none';

const ANY = -1;
const ANY_IN_SEGMENT = -2;
const SLASH = 47;

/**
 * A pattern for whole texts: `**` stands for any characters, `*` for any but the separator, everything else for
 * itself. Case and newlines count. Time is linear in the text for a given pattern.
 */
export class Glob {
  /** What every matching text starts with. */
  readonly prefix: string;

  /** What every matching text ends with. */
  readonly suffix: string;

  readonly #tokens: Int32Array;

  /** The kind of the only star, which needs no search; undefined when there are more stars or none. */
  readonly #single: number | undefined;

  constructor(pattern: string, separator: Separator) {
    const star = pattern.indexOf('*');
    this.prefix = star === -1 ? pattern : pattern.slice(0, star);
    this.suffix = pattern.slice(pattern.lastIndexOf('*') + 1);
    this.#tokens = Int32Array.from(tokensOf(pattern, separator));
    const stars = this.#tokens.filter((token) => token < 0);
    this.#single = stars.length === 1 ? stars[0] : undefined;
  }

  matches(text: string): boolean {
    if (!text.startsWith(this.prefix) || !text.endsWith(this.suffix)) return false;
    if (this.#single === undefined) return this.#search(text);
    const end = text.length - this.suffix.length;
    if (end < this.prefix.length) return false;
    if (this.#single === ANY) return true;
    const slash = text.indexOf('/', this.prefix.length);
    return slash === -1 || slash >= end;
  }

  #search(text: string): boolean {
    const tokens = this.#tokens;
    let at = 0;
    let token = 0;
    let star = -1;
    let starAt = 0;
    let globstar = -1;
    let globstarAt = 0;
    while (at < text.length) {
      const expected = tokens[token];
      if (expected === text.charCodeAt(at)) {
        at += 1;
        token += 1;
      } else if (expected === ANY) {
        globstar = token += 1;
        globstarAt = at;
        star = -1;
      } else if (expected === ANY_IN_SEGMENT) {
        star = token += 1;
        starAt = at;
      } else if (star !== -1 && text.charCodeAt(starAt) !== SLASH) {
        at = starAt += 1;
        token = star;
      } else if (globstar !== -1) {
        // A `*` stopped by a slash would be stopped by the same one from anywhere in this segment: skip the segment.
        globstarAt = star === -1 ? globstarAt + 1 : afterSlash(text, globstarAt);
        at = globstarAt;
        token = globstar;
        star = -1;
      } else {
        return false;
      }
    }
    while ((tokens[token] ?? 0) < 0) token += 1;
    return token === tokens.length;
  }
}

/** Whether a pattern needs a search: it has stars in more than one place. */
export function isSearched(pattern: string): boolean {
  return /\*[^*]+\*/.test(pattern);
}

/** Whether text is a pattern rather than a name. */
export function hasStar(pattern: string): boolean {
  return pattern.includes('*');
}

function tokensOf(pattern: string, separator: Separator): number[] {
  const tokens: number[] = [];
  for (let index = 0; index < pattern.length; index++) {
    if (pattern[index] !== '*') {
      tokens.push(pattern.charCodeAt(index));
      continue;
    }
    let last = index;
    while (pattern[last + 1] === '*') last += 1;
    tokens.push(last > index || separator === 'none' ? ANY : ANY_IN_SEGMENT);
    index = last;
  }
  return tokens;
}

function afterSlash(text: string, from: number): number {
  const slash = text.indexOf('/', from);
  return slash === -1 ? text.length : slash + 1;
}
