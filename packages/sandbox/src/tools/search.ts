/** A section of a document: what search finds. */
export interface Passage {
  readonly file: string;
  readonly heading: string;
  readonly text: string;
}

/** A passage that answers a query, with its BM25 score. */
export interface Hit {
  readonly file: string;
  readonly heading: string;
  readonly score: number;

  /** The sentence with the most words of the query. */
  readonly excerpt: string;
}

interface Indexed {
  readonly passage: Passage;
  readonly counts: ReadonlyMap<string, number>;
  readonly length: number;
}

/** How fast more occurrences of a word stop to matter, and how much long passages pay for their length. */
const SATURATION = 1.2;
const LENGTH_WEIGHT = 0.75;

const EXCERPT = 160;

/** Cuts a markdown document at its headings; fenced code belongs to the section it stands in. */
export function passagesOf(file: string, markdown: string): readonly Passage[] {
  const passages: { file: string; heading: string; text: string }[] = [];
  let current = { file, heading: file, text: '' };
  let fenced = false;
  for (const line of markdown.split('\n')) {
    if (line.startsWith('```')) fenced = !fenced;
    const heading = fenced ? undefined : /^#{1,6}\s+(.+)$/.exec(line)?.[1];
    if (heading === undefined) {
      current.text += `${line}\n`;
      continue;
    }
    passages.push(current);
    current = { file, heading, text: '' };
  }
  return [...passages, current].filter(({ text }) => text.trim() !== '');
}

/** Builds a ranked full-text search (Okapi BM25) over passages. Answers the best `limit` hits, best first. */
export function searchIndex(passages: readonly Passage[]): (query: string, limit: number) => readonly Hit[] {
  const indexed = passages.map(indexPassage);
  const average = indexed.reduce((sum, { length }) => sum + length, 0) / Math.max(1, indexed.length);
  const containing = new Map<string, number>();
  for (const { counts } of indexed)
    for (const word of counts.keys()) containing.set(word, (containing.get(word) ?? 0) + 1);

  const rarity = (word: string): number => {
    const found = containing.get(word) ?? 0;
    return Math.log(1 + (indexed.length - found + 0.5) / (found + 0.5));
  };
  return (query, limit) => {
    const words = [...new Set(wordsOf(query))];
    return indexed
      .map((entry) => ({ entry, score: scoreOf(entry, { words, average, rarity }) }))
      .filter(({ score }) => score > 0)
      .sort((one, other) => other.score - one.score)
      .slice(0, limit)
      .map(({ entry, score }) => hitOf(entry.passage, words, score));
  };
}

/** Lower-case words of a text, without the endings that English adds to them. */
export function wordsOf(text: string): readonly string[] {
  return (text.toLowerCase().match(/[a-z0-9]+/g) ?? []).filter((word) => word.length > 1).map(stem);
}

function stem(word: string): string {
  return word.length > 4 ? word.replace(/(?:ies|es|s|ing|ed)$/, '') : word;
}

function indexPassage(passage: Passage): Indexed {
  const counts = new Map<string, number>();
  // A word of the heading says more about a section than one of its text.
  const words = [...wordsOf(passage.heading), ...wordsOf(passage.heading), ...wordsOf(passage.text)];
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return { passage, counts, length: words.length };
}

interface Ranking {
  readonly words: readonly string[];
  readonly average: number;
  readonly rarity: (word: string) => number;
}

function scoreOf({ counts, length }: Indexed, { words, average, rarity }: Ranking): number {
  const penalty = SATURATION * (1 - LENGTH_WEIGHT + (LENGTH_WEIGHT * length) / average);
  return words.reduce((sum, word) => {
    const count = counts.get(word) ?? 0;
    return sum + (rarity(word) * count * (SATURATION + 1)) / (count + penalty);
  }, 0);
}

function hitOf({ file, heading, text }: Passage, words: readonly string[], score: number): Hit {
  const sentences = text
    .replace(/\s+/g, ' ')
    .trim()
    .split(/(?<=[.:;])\s/);
  const matches = (sentence: string): number =>
    wordsOf(sentence).filter((word) => words.includes(word)).length;
  const [best = ''] = sentences.toSorted((one, other) => matches(other) - matches(one));
  return { file, heading, score: Math.round(score * 1_000) / 1_000, excerpt: best.slice(0, EXCERPT) };
}
