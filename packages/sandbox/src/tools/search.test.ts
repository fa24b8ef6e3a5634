import { passagesOf, searchIndex } from './search.ts';

const documents = [
  ...passagesOf(
    'money.md',
    '# Money\n\nAn amount of money is held before it is spent.\n\n## Budgets\n\nA budget limits what an agent spends in a day.',
  ),
  ...passagesOf(
    'people.md',
    '# Approvals\n\nA person approves. The budget stays held meanwhile.\n\n```sh\n# not a heading\nbudget budget\n```\n',
  ),
  ...passagesOf('empty.md', '# Nothing\n'),
];

test('a document is cut at its headings, and code is not one', () => {
  expect(documents.map(({ file, heading }) => `${file} ${heading}`)).toEqual([
    'money.md Money',
    'money.md Budgets',
    'people.md Approvals',
  ]);
});

test.each`
  query                | best           | hits
  ${'budgets'}         | ${'Budgets'}   | ${2}
  ${'person approves'} | ${'Approvals'} | ${1}
  ${'MONEY'}           | ${'Money'}     | ${1}
  ${'held'}            | ${'Money'}     | ${2}
  ${'zebra'}           | ${undefined}   | ${0}
  ${'...'}             | ${undefined}   | ${0}
`('"$query" finds $best first of $hits', ({ query, best, hits }) => {
  const found = searchIndex(documents)(query, 10);

  expect(found[0]?.heading).toBe(best);
  expect(found).toHaveLength(hits);
});

test('a rare word counts more than a frequent one, and hits come in the order of their scores', () => {
  const found = searchIndex(documents)('budget person', 10);

  expect(found.map(({ heading }) => heading)).toEqual(['Approvals', 'Budgets']);
  expect(found[0]?.score).toBeGreaterThan(found[1]?.score ?? 0);
});

test('a hit shows the sentence with most words of the query, and no more hits come than asked for', () => {
  const [hit, ...rest] = searchIndex(documents)('budget agent day', 1);

  expect(hit?.excerpt).toBe('A budget limits what an agent spends in a day.');
  expect(rest).toEqual([]);
});

test('an index of nothing finds nothing', () => {
  expect(searchIndex([])('money', 3)).toEqual([]);
});
