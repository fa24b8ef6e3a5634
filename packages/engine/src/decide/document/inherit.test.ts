import { assetTable } from '../../nouns/asset.ts';
import { ToriiError } from '../../nouns/errors.ts';
import { compilePolicies } from '../compile.ts';
import { inherit, type Inherited } from './inherit.ts';
import type { Problem } from './problems.ts';
import { policiesSchema } from './schema.ts';

function inherited(...documents: readonly object[]): {
  readonly all: readonly Inherited[];
  readonly problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const all = inherit(policiesSchema.parse(documents), (problem) => problems.push(problem));
  return { all, problems };
}

function problemsOf(...documents: readonly object[]): string {
  try {
    compilePolicies(documents, assetTable([]));
  } catch (error) {
    if (ToriiError.is(error)) return error.message;
    throw error;
  }
  return 'accepted';
}

test('a section that an heir does not have is that of its base, whole; one that it has is its own, whole', () => {
  const base = {
    id: 'base',
    tools: { allow: ['a'], deny: ['b'] },
    merchants: { allow: ['shop'] },
    cooldown: '10s',
    wallet: { currency: 'USD' },
  };
  const { all } = inherited(base, { id: 'heir', extends: 'base', tools: { allow: ['c'] } });

  expect(all[1]?.document).toMatchObject({
    id: 'heir',
    tools: { allow: ['c'] },
    merchants: { allow: ['shop'] },
    cooldown: '10s',
    wallet: { currency: 'USD' },
  });
  expect(all[1]?.document.tools).not.toHaveProperty('deny');
  expect(all[1]?.bases).toEqual(['base']);
});

test('what a document says about itself is not inherited', () => {
  const base = {
    id: 'base',
    version: 7,
    enabled: false,
    description: 'the base',
    timezone: 'Asia/Tokyo',
    match: { agents: ['a'] },
  };
  const { all } = inherited(base, { id: 'heir', extends: 'base' });

  expect(all[1]?.document).toEqual({
    id: 'heir',
    extends: 'base',
    version: 1,
    enabled: true,
    timezone: 'Asia/Tokyo',
    match: { agents: ['a'] },
  });
});

test('the nearest base counts, and a section knows where it was written', () => {
  const { all } = inherited(
    { id: 'heir', extends: 'middle', rates: [] },
    { id: 'middle', extends: 'base', budgets: [{ scope: 'agent', window: 'day', limit: '2 USD' }] },
    { id: 'base', budgets: [{ scope: 'agent', window: 'day', limit: '1 USD' }], cooldown: '5s' },
  );
  const [heir] = all;

  expect(heir?.document.budgets).toMatchObject([{ limit: '2.00 USD' }]);
  expect(heir?.bases).toEqual(['middle', 'base']);
  expect(
    (['budgets', 'cooldown', 'rates', 'tools'] as const).map((section) => heir?.originOf(section)),
  ).toEqual(['middle', 'base', 'heir', 'heir']);
});

const daily = [{ scope: 'agent', window: 'day', limit: '1 USD' }];

test.each`
  what                                      | documents                                                                                                                                 | zone
  ${'its own budgets'}                      | ${[{ id: 'a' }, { id: 'b', extends: 'a', timezone: 'Asia/Tokyo', budgets: daily }]}                                                       | ${'Asia/Tokyo'}
  ${'its own budgets and the zone above'}   | ${[{ id: 'a', timezone: 'Europe/Berlin' }, { id: 'b', extends: 'a', budgets: daily }]}                                                    | ${'Europe/Berlin'}
  ${'the budgets of its base'}              | ${[{ id: 'a', timezone: 'Europe/Berlin', budgets: daily }, { id: 'b', extends: 'a', timezone: 'Asia/Tokyo' }]}                            | ${'Europe/Berlin'}
  ${'the budgets of a base without a zone'} | ${[{ id: 'a', budgets: daily }, { id: 'b', extends: 'a', timezone: 'Asia/Tokyo' }]}                                                       | ${undefined}
  ${'the budgets of the middle'}            | ${[{ id: 'a', timezone: 'Europe/Berlin' }, { id: 'm', extends: 'a', budgets: daily }, { id: 'b', extends: 'm', timezone: 'Asia/Tokyo' }]} | ${'Europe/Berlin'}
  ${'no budgets'}                           | ${[{ id: 'a' }, { id: 'b', extends: 'a', timezone: 'Asia/Tokyo' }]}                                                                       | ${'Asia/Tokyo'}
`('an heir counts $what in the zone $zone', ({ documents, zone }) => {
  const { all } = inherited(...(documents as object[]));

  expect(all.at(-1)?.budgetZone).toBe(zone);
});

test('the documents themselves stay as they were', () => {
  const documents = policiesSchema.parse([
    { id: 'a', tools: { allow: ['x'] } },
    { id: 'b', extends: 'a' },
  ]);
  const before = structuredClone(documents);
  inherit(documents, () => undefined);

  expect(documents).toEqual(before);
});

const line = (length: number): readonly object[] =>
  Array.from({ length }, (_, index) => ({ id: `p${index}`, ...(index > 0 && { extends: `p${index - 1}` }) }));

test.each`
  what                                                              | documents                                                                                                                                                                                                          | problem
  ${'a base that is not there'}                                     | ${[{ id: 'a', extends: 'b' }]}                                                                                                                                                                                     | ${'policies[0].extends of `a`: expected the id of another policy, got `b`'}
  ${'itself'}                                                       | ${[{ id: 'a', extends: 'a' }]}                                                                                                                                                                                     | ${'policies[0].extends of `a`: expected policies that end somewhere, got a circle through `a`'}
  ${'a circle'}                                                     | ${[{ id: 'a', extends: 'b' }, { id: 'b', extends: 'a' }]}                                                                                                                                                          | ${'policies[1].extends of `b`: expected policies that end somewhere'}
  ${'a circle further up'}                                          | ${[{ id: 'a', extends: 'b' }, { id: 'b', extends: 'c' }, { id: 'c', extends: 'b' }]}                                                                                                                               | ${'policies[0].extends of `a`: expected policies that end somewhere, got a circle through `b`'}
  ${'a line of seven'}                                              | ${line(7)}                                                                                                                                                                                                         | ${'policies[6].extends of `p6`: expected at most 5 policies in a line'}
  ${'a class that the heir renamed'}                                | ${[{ id: 'a', classes: { light: ['x'] }, rates: [{ scope: 'agent', limit: 1, per: 'hour', class: 'light' }] }, { id: 'b', extends: 'a', classes: { heavy: ['x'] } }]}                                              | ${'policies[1].rates[0].class of `b`: expected a class of `classes`, got `light`'}
  ${'two clauses that count the same by the time zone of the base'} | ${[{ id: 'a', timezone: 'Europe/Berlin' }, { id: 'b', extends: 'a', budgets: [{ scope: 'agent', window: 'day', limit: '1 USD' }, { scope: 'agent', window: 'day', limit: '2 USD', timezone: 'Europe/Berlin' }] }]} | ${'policies[1].budgets[1] of `b`: counts the same as `budgets[0]`'}
`('$what is refused', ({ documents, problem }) => {
  expect(problemsOf(...(documents as object[]))).toContain(problem);
});

test('a line of six is accepted, and classes may come from the base', () => {
  const classes = { id: 'a', classes: { light: ['x'] } };
  const rates = [{ scope: 'agent', limit: 1, per: 'hour', class: 'light' }];

  expect(problemsOf(...line(6))).toBe('accepted');
  expect(problemsOf(classes, { id: 'b', extends: 'a', rates })).toBe('accepted');
});
