import { hasStar, type Separator } from '../matching/glob.ts';

const ANY = '**';
const ANY_IN_SEGMENT = '*';

/**
 * Whether every text of `inner` is one of `outer`, as far as the patterns show it token by token: a star is only found
 * inside a star that reaches as far. So `true` is certain, and `false` may be a pair that is merely hard to see.
 */
export function covers(outer: string, inner: string, separator: Separator): boolean {
  const tokens = tokensOf(outer, separator);
  let reached = skipStars(tokens, [0]);
  for (const token of tokensOf(inner, separator)) {
    const next = new Set<number>();
    for (const at of reached) {
      const expected = tokens[at];
      if (expected === undefined) continue;
      if (isStar(expected) && reaches(expected, token)) next.add(at);
      else if (!isStar(expected) && expected === token) next.add(at + 1);
    }
    reached = skipStars(tokens, next);
  }
  return reached.has(tokens.length);
}

/** Whether some text belongs to both patterns. Exact over all texts, so `false` is certain for names too. */
export function overlaps(one: string, other: string, separator: Separator): boolean {
  const left = tokensOf(one, separator);
  const right = tokensOf(other, separator);
  let after: readonly boolean[] = [];
  for (let row = left.length; row >= 0; row--) {
    const here: boolean[] = [];
    for (let column = right.length; column >= 0; column--) {
      const [a, b] = [left[row], right[column]];
      const skipA = after[column] === true;
      const skipB = here[column + 1] === true;
      if (a === undefined && b === undefined) here[column] = true;
      else if (a !== undefined && isStar(a)) here[column] = skipA || (skipB && canTake(a, b));
      else if (b !== undefined && isStar(b)) here[column] = skipB || (skipA && canTake(b, a));
      else here[column] = a === b && after[column + 1] === true;
    }
    after = here;
  }
  return after[0] === true;
}

/** A text of the pattern that no pattern matches by its letters alone: whatever covers the pattern matches it. */
export function sampleOf(pattern: string): string {
  return pattern.replace(/\*+/g, (stars) => (stars.length > 1 ? '\u0001/\u0001' : '\u0001'));
}

/** Whether two patterns begin with different characters, so that no text belongs to both. */
export function differAtOnce(one: string, other: string): boolean {
  const [left, right] = [fixedStart(one), fixedStart(other)];
  return !left.startsWith(right) && !right.startsWith(left);
}

function fixedStart(pattern: string): string {
  return hasStar(pattern) ? pattern.slice(0, pattern.indexOf('*')) : pattern;
}

function tokensOf(pattern: string, separator: Separator): readonly string[] {
  const tokens = pattern.match(/\*+|[^*]/g) ?? [];
  return tokens.map((token) => {
    if (!isStar(token)) return token;
    return token.length > 1 || separator === 'none' ? ANY : ANY_IN_SEGMENT;
  });
}

function isStar(token: string): boolean {
  return token.startsWith('*');
}

/** Whether a star stands for everything that the token stands for. */
function reaches(star: string, token: string): boolean {
  return star === ANY || (token !== '/' && token !== ANY);
}

/** Whether a star may stand for the character, or stands beside the other pattern's star. */
function canTake(star: string, token: string | undefined): boolean {
  return token !== undefined && (isStar(token) || reaches(star, token));
}

function skipStars(tokens: readonly string[], positions: Iterable<number>): ReadonlySet<number> {
  const reached = new Set<number>();
  for (const position of positions) {
    let at = position;
    reached.add(at);
    while (isStar(tokens[at] ?? '')) reached.add((at += 1));
  }
  return reached;
}
