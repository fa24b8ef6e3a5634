import { relative } from 'node:path';
import type { RunReport } from '../run.ts';
import { table, WIDTH, wrap } from './columns.ts';
import type { Paint } from './paint.ts';

/** The lines after the timeline: how budgets stand, what held, and where to look. */
export function summaryLines(paint: Paint, report: RunReport): readonly string[] {
  return [
    '',
    paint('bold', 'Budgets'),
    ...indented(budgetTable(report)),
    '',
    ...checkLines(paint, report),
    '',
    paint('bold', 'Look for yourself'),
    ...indented(waysToLook(report)),
  ];
}

/** The checks that do not hold, one line each. */
export function brokenChecks({ checks }: RunReport): readonly string[] {
  return checks.filter(({ holds }) => !holds).map(({ what, found }) => `does not hold: ${what} (${found})`);
}

function budgetTable({ budgets }: RunReport): readonly string[] {
  const rows = budgets.map(({ agent, scope, window, spent, held, left, limit, resets_at: resetsAt }) => [
    agent,
    window === 'lifetime' ? `this ${scope}` : `${scope}, per ${window}`,
    spent,
    held,
    left,
    limit,
    resetsAt === null ? 'never' : resetsAt.slice(0, 16).replace('T', ' ') + ' UTC',
  ]);
  return table(['agent', 'budget', 'spent', 'held', 'left', 'limit', 'starts anew'], rows, [2, 3, 4, 5]);
}

function checkLines(paint: Paint, report: RunReport): readonly string[] {
  const broken = brokenChecks(report);
  if (broken.length === 0)
    return [paint('green', `${report.checks.length} of ${report.checks.length} checks hold.`)];
  return broken.flatMap((line) => wrap(line, WIDTH)).map((line) => paint('red', line));
}

function waysToLook({ report, database }: RunReport): readonly string[] {
  const [reportFile, databaseFile] = [report, database].map(shortest);
  return table(
    ['', ''],
    [
      ['the published report', `cat ${reportFile}`],
      ['the journal, entry by entry', 'npm start -- --journal'],
      ['this run as JSON', 'npm start --silent -- --json | jq .budgets'],
      ['the same in SQL', `sqlite3 ${databaseFile} "SELECT seq, type, facts FROM entries"`],
      ['ask the tools yourself, with curl', 'npm start -- --serve'],
      ['again: a new session, the same day', 'npm start'],
      ['from the beginning', 'npm start -- --reset'],
    ],
    [],
  ).slice(1);
}

function shortest(path: string): string {
  const near = relative(process.cwd(), path);
  return near.length < path.length ? near : path;
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}
