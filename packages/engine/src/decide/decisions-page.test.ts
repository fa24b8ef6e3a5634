import { readFileSync } from 'node:fs';
import { table } from './check-row.test-support.ts';
import { decisionsPage, unformatted } from './decisions-page.test-support.ts';

const root = new URL('../../../../', import.meta.url);

test('the published page is the table; where it is not, run npm run decisions', () => {
  const page = readFileSync(new URL('docs/reference/decisions.md', root), 'utf8');

  expect(unformatted(page)).toBe(unformatted(decisionsPage()));
});

test('every answer has a section, and every row a line of four cells in visible characters', () => {
  const lines = decisionsPage().split('\n');
  const rows = lines.filter((line) => line.startsWith('| `') || line.startsWith('| (empty)'));

  expect(lines.filter((line) => line.startsWith('## '))).toEqual(table.map(({ answer }) => `## ${answer}`));
  expect(rows).toHaveLength(table.flatMap((group) => group.rows).length);
  for (const row of rows) {
    expect(row).toMatch(/^[\x20-\x7e]+$/);
    expect(row.split(/(?<!\\)\|/)).toHaveLength(6);
  }
});
