import { numeral } from './progress.ts';
import type { Counts, Result } from './result.ts';
import type { Planted } from './suite.ts';

/** The last line of a run. */
export interface Summary extends Required<Result> {
  readonly suite: string;
  readonly planted: { readonly caught: number; readonly of: number };
}

const SHOWN_VIOLATIONS = 10;

/** Says on stderr how a planted bug was noticed. */
export function printPlanted({ name, says }: Planted, violations: readonly string[]): void {
  const [first] = violations;
  console.error(
    first === undefined ? `  MISSED ${name}: ${says}` : `  caught ${name}: ${says}\n         ${first}`,
  );
}

/** Prints the counts as a table, and what was found. */
export function printResult(suite: string, { tried, violations, counted = {} }: Result): void {
  const rows = [...rowsOf(tried), ...rowsOf(counted).map(([name, count]) => [`(${name})`, count] as const)];
  const width = Math.max(...rows.map(([name]) => name.length), 'violations'.length);
  const numbers = Math.max(...rows.map(([, count]) => count.length), 1);
  const line = (name: string, count: string): string => `  ${name.padEnd(width)}  ${count.padStart(numbers)}`;
  console.log(`prove ${suite}`);
  for (const [name, count] of rows) console.log(line(name, count));
  console.log(line('violations', numeral(violations.length)));
  for (const violation of violations.slice(0, SHOWN_VIOLATIONS)) console.log(`  VIOLATION ${violation}`);
  if (violations.length > SHOWN_VIOLATIONS) console.log(`  and ${violations.length - SHOWN_VIOLATIONS} more`);
}

function rowsOf(counts: Counts): readonly (readonly [string, string])[] {
  return Object.entries(counts).map(([name, count]) => [name, numeral(count)] as const);
}

/** Prints the line that programs read. */
export function printSummary({ suite, tried, counted, violations, planted }: Summary): void {
  const told = Object.keys(counted).length === 0 ? {} : { counted };
  console.log(JSON.stringify({ suite, tried, ...told, violations: violations.length, planted }));
}
