import { median, type Row } from '../report.ts';
import type { Contestant } from './contestant.ts';
import type { Cell, Timing } from './measure.ts';
import { type Kind, kinds } from './questions.ts';

/** What was measured of one contestant with one number of rules. */
export interface Result {
  readonly contestant: Contestant;
  readonly rules: number;

  /** Why something was not measured: the shape holds fewer rules, or single decisions take too long. */
  readonly skipped: string | undefined;
  readonly timings: ReadonlyMap<Kind, Timing>;

  /** Bytes left to the garbage collector by an allowed and by a denied question; ours only. */
  readonly bytes?: { readonly allowed: number | undefined; readonly denied: number | undefined };
}

/** A figure that is to be reached. Unlike those of other benchmarks, one of these has to be above its limit. */
export interface Judged {
  readonly name: string;
  readonly value: number;
  readonly limit: number;
  readonly holds: boolean;

  /** Where the figure was found, or what it leaves out. */
  readonly note: string;
}

/** The timings of cells that were measured. */
export function timingsOf(cells: ReadonlyMap<Kind, Cell>): ReadonlyMap<Kind, Timing> {
  return new Map(
    [...cells].flatMap(([kind, { timing }]): [Kind, Timing][] =>
      timing === undefined ? [] : [[kind, timing]],
    ),
  );
}

/** The middle of the kinds of question; undefined where one of them was skipped. */
export function middleOf({ skipped, timings }: Result): number | undefined {
  return skipped !== undefined ? undefined : median([...timings.values()].map(({ p50 }) => p50));
}

/** Prints what was measured, for people, and last one line of JSON for programs. */
export function printAll(results: readonly Result[], targets: readonly Judged[]): void {
  const counts = [...new Set(results.map(({ rules }) => rules))];
  const columns = counts.map((count) => `R=${count.toLocaleString('en')}`);
  const names = [...new Set(results.map(({ contestant }) => contestant.name))];
  const at = (name: string, count: number): Result | undefined =>
    results.find(({ contestant, rules }) => contestant.name === name && rules === count);
  const table = (
    title: string,
    heads: readonly string[],
    cell: (name: string, column: number) => string,
  ): void => {
    const width = Math.max(...names.map(({ length }) => length));
    console.log(`\n${title}\n`);
    console.log([''.padEnd(width), ...heads.map((head) => head.padStart(14))].join(' '));
    for (const name of names)
      console.log(
        [name.padEnd(width), ...heads.map((_, column) => cell(name, column).padStart(14))].join(' '),
      );
  };
  const middle = (name: string, count: number | undefined): number | undefined => {
    const result = count === undefined ? undefined : at(name, count);
    return result && middleOf(result);
  };

  table(
    'microseconds of one decision, median; the middle of the kinds of question',
    columns,
    (name, column) => shown(middle(name, counts[column])),
  );
  table('the same as a multiple of torii', columns, (name, column) => {
    const value = middle(name, counts[column]);
    return value === undefined ? '-' : `${shown(value / (middle('torii', counts[column]) ?? NaN))} x`;
  });
  for (const count of [1, 1_000]) {
    const timing = (name: string, column: number): Timing | undefined =>
      at(name, count)?.timings.get(kinds[column] ?? 'first rule');
    table(`by kind of question at R=${count.toLocaleString('en')}: median`, kinds, (name, column) =>
      shown(timing(name, column)?.p50),
    );
    table(
      `by kind of question at R=${count.toLocaleString('en')}: 99th percentile of batches (the worst of fewer than 100)`,
      kinds,
      (name, column) => shown(timing(name, column)?.p99),
    );
  }
  printNotes(results);
  console.log();
  for (const { name, value, limit, holds, note } of targets)
    console.log(`${holds ? 'holds ' : 'MISSED'} ${name}: ${rounded(value)}, limit ${limit} (${note})`);
  const shortened = targets.map((target) => ({ ...target, value: rounded(target.value) }));
  console.log(
    JSON.stringify({ bench: 'decide', node: process.version, rows: results.map(rowOf), targets: shortened }),
  );
}

function printNotes(results: readonly Result[]): void {
  console.log();
  for (const { name, remark } of new Set(results.map(({ contestant }) => contestant)))
    if (remark !== undefined) console.log(`${name}: ${remark}`);
  for (const { contestant, rules, skipped, bytes } of results) {
    if (skipped !== undefined) console.log(`${contestant.name}, R=${rules}: skipped: ${skipped}`);
    if (bytes?.allowed !== undefined && bytes.denied !== undefined) {
      const [allowed, denied] = [bytes.allowed, bytes.denied].map(Math.round);
      console.log(
        `${contestant.name}, R=${rules}: ${allowed} bytes allocated when allowed, ${denied} when denied`,
      );
    }
  }
}

function rowOf(result: Result): Row {
  const { contestant, rules, skipped, timings, bytes } = result;
  const medianUs = middleOf(result);
  const figures: [string, number | undefined][] = [
    ['medianUs', medianUs],
    ...[...timings].flatMap(([kind, { p50, p99 }]): [string, number][] => [
      [`${kind} p50`, p50],
      [`${kind} p99`, p99],
    ]),
    ['bytesAllowed', bytes?.allowed],
    ['bytesDenied', bytes?.denied],
  ];
  return {
    name: `${contestant.name}, ${rules}`,
    contestant: contestant.name,
    role: contestant.role,
    rules,
    ...(skipped === undefined ? {} : { skipped }),
    ...Object.fromEntries(
      figures.flatMap(([name, value]) => (value === undefined ? [] : [[name, rounded(value)]])),
    ),
  };
}

function shown(value: number | undefined): string {
  if (value === undefined) return '-';
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
