/** One measured variant: a name and figures. */
export type Row = { readonly name: string } & { readonly [figure: string]: string | number };

/** A figure that is to be reached: it holds when it is at most the limit, or with `atLeast` at least that. */
export interface Target {
  readonly name: string;
  readonly value: number;
  readonly limit: number;

  /** @default false */
  readonly atLeast?: boolean;
}

/** The middle of the samples. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Prints a table for people, whether each target holds, and last one line of JSON for programs. */
export function report(bench: string, rows: readonly Row[], targets: readonly Target[]): void {
  const figures = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((key) => key !== 'name');
  const width = Math.max(...rows.map(({ name }) => name.length));
  console.log([''.padEnd(width), ...figures.map((figure) => figure.padStart(12))].join(' '));
  for (const row of rows) {
    console.log(
      [row.name.padEnd(width), ...figures.map((figure) => shown(row[figure]).padStart(12))].join(' '),
    );
  }
  const judged = targets.map((target) => ({
    ...target,
    value: rounded(target.value),
    holds: target.atLeast === true ? target.value >= target.limit : target.value <= target.limit,
  }));
  for (const { name, value, limit, holds } of judged)
    console.log(`${holds ? 'holds ' : 'MISSED'} ${name}: ${value}, limit ${limit}`);
  const figuresOf = (row: Row): Row =>
    Object.fromEntries(
      Object.entries(row).map(([key, value]) => [key, typeof value === 'number' ? rounded(value) : value]),
    ) as Row;
  console.log(JSON.stringify({ bench, node: process.version, rows: rows.map(figuresOf), targets: judged }));
}

function shown(value: string | number | undefined): string {
  return typeof value === 'number' ? value.toFixed(value < 10 ? 2 : 1) : (value ?? '');
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
