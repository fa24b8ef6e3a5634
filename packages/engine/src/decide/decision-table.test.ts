import { denialCodes } from '../nouns/denial.ts';
import { checkRow, compileRight, decideRow, expectationOf, table } from './check-row.test-support.ts';
import { compilePolicies } from './compile.ts';
import { answerOf, assets, documentsOf } from './decision-table.test-support.ts';
import { policySchema } from './document/schema.ts';

const rows = table.flatMap((group) => group.rows);
const codes: readonly string[] = denialCodes;

/** What `decide` can answer, in precedence: the codes of identity to schedule, then what passes. The store revokes. */
const answers: readonly string[] = [
  ...codes
    .slice(codes.indexOf('IDENTITY_INVALID'), codes.indexOf('SCHEDULE_CLOSED') + 1)
    .filter((code) => code !== 'REVOKED'),
  'approve',
  'flag',
  'allow',
];

describe.each(table.map(({ answer, rows: own }) => [answer, own] as const))('%s', (_answer, own) => {
  test.each(own.map((row) => [row.clause, row.what, row] as const))('%s: %s', (_clause, _what, row) => {
    checkRow(row, decideRow(row));
  });
});

test('documents decide the same after a round trip through JSON', () => {
  for (const row of rows) {
    const again = decideRow(row, (documents) =>
      compileRight(JSON.parse(JSON.stringify(documents)) as object[]),
    );

    expect([row.what, again]).toEqual([row.what, decideRow(row)]);
  }
});

test('no call needs a person under policies that say they ask nobody', () => {
  const asked = rows.filter((row) => decideRow(row).kind === 'approve');

  expect(asked.length).toBeGreaterThan(10);
  for (const { what, policies } of asked)
    expect([what, compilePolicies(documentsOf(policies), assets).asksPeople]).toEqual([what, true]);
});

test('documents decide the same in any order', () => {
  for (const row of rows) {
    const again = decideRow(row, (documents) => compileRight(documents.toReversed()));

    expect([row.what, answerOf(again)]).toEqual([row.what, answerOf(decideRow(row))]);
  }
});

test('the table is long, and its rows stand in the order of the codes', () => {
  expect(rows.length).toBeGreaterThanOrEqual(400);
  expect(table.map(({ answer }) => answer)).toEqual(answers);
  for (const { answer, rows: own } of table) {
    const found = new Set(own.map((row) => expectationOf(row).is));

    expect(found).toContain(answer);
    for (const passing of ['approve', 'flag', 'allow', answer] as const) found.delete(passing);
    // A few rows show what another code does to the one that they are about.
    expect(found.size).toBeLessThanOrEqual(1);
  }
});

test('every row is about something else', () => {
  const names = table.flatMap(({ answer, rows: own }) =>
    own.map(({ clause, what }) => `${answer} ${clause} ${what}`),
  );

  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test('every section of the schema occurs', () => {
  const known = Object.keys(policySchema.in.shape);
  const used = new Set(
    rows.flatMap(({ policies }) => documentsOf(policies).flatMap((each) => Object.keys(each))),
  );

  expect(known.filter((section) => !used.has(section))).toEqual([]);
});

test('every reason says what it judged and what would have passed', () => {
  for (const row of rows) {
    const decision = decideRow(row);
    if (decision.kind !== 'deny' || decision.policies.length === 0) continue;
    for (const reason of decision.denial.reasons) {
      expect(reason).toMatchObject({
        policy: expect.any(String),
        clause: expect.any(String),
        limit: expect.any(String),
      });
      expect(reason.message).toMatch(/^[`a-z].*[^.]$/);
    }
  }
});
