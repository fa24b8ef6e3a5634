import { visible } from './visible.ts';

/** Widest line that is printed. */
export const WIDTH = 100;

/** Breaks text into visible lines of at most `width` characters, between words; a longer word is cut. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).flatMap((long) => pieces(visible(long), width))) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Visible text in a column: cut where it is too long, filled up with spaces on the right or on the left. */
export function cell(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  const seen = visible(text);
  const cut = seen.length > width ? `${seen.slice(0, width - 1)}…` : seen;
  return side === 'left' ? cut.padEnd(width) : cut.padStart(width);
}

/** Rows under a heading, each column as wide as its widest cell; columns in `right` are aligned to the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[],
): readonly string[] {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => visible(row[column] ?? '').length)),
  );
  return [head, ...rows].map((row) =>
    row
      .map((text, column) => cell(text, widths[column] ?? 0, right.includes(column) ? 'right' : 'left'))
      .join('  ')
      .trimEnd(),
  );
}

function pieces(word: string, width: number): readonly string[] {
  return word.length <= width ? [word] : (word.match(new RegExp(`.{1,${width}}`, 'g')) ?? []);
}
