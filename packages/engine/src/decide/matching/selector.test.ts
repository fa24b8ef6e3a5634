import { type Entry, Selector } from './selector.ts';

interface Named {
  readonly order: number;
  readonly name: string;
}

function entry(order: number, patterns: readonly string[] | undefined): Entry<Named> {
  return { item: { order, name: `item ${order}` }, patterns };
}

function select(entries: readonly Entry<Named>[], text: string): readonly number[] {
  return new Selector(entries, '/').select(text).map(({ order }) => order);
}

test.each`
  lists                                   | text           | found           | why
  ${[undefined]}                          | ${'a'}         | ${[0]}          | ${'no patterns concern every text'}
  ${[[]]}                                 | ${'a'}         | ${[]}           | ${'an empty list concerns none'}
  ${[['a'], ['b'], ['a']]}                | ${'a'}         | ${[0, 2]}       | ${'names are looked up'}
  ${[['a*'], ['b*'], ['*a']]}             | ${'a'}         | ${[0, 2]}       | ${'patterns are tried'}
  ${[['a*'], undefined, ['a'], ['**']]}   | ${'a'}         | ${[0, 1, 2, 3]} | ${'in their order, whatever their kind'}
  ${[['a', 'a', 'a*', '*', '**']]}        | ${'a'}         | ${[0]}          | ${'each once'}
  ${[['x'], undefined]}                   | ${'a'}         | ${[1]}          | ${'the others stay out'}
  ${[['__proto__'], ['constructor'], []]} | ${'__proto__'} | ${[0]}          | ${'names of the language are only names'}
  ${[['a'], ['b']]}                       | ${'toString'}  | ${[]}           | ${'and nothing is inherited'}
`('$lists for $text find $found: $why', ({ lists, text, found }) => {
  const entries = (lists as (readonly string[] | undefined)[]).map((patterns, order) =>
    entry(order, patterns),
  );

  expect(select(entries, text)).toEqual(found);
});

test('patterns that start otherwise are not in the way', () => {
  const selector = new Selector(
    Array.from({ length: 1000 }, (_, order) => entry(order, [`server${order}/*`])),
    '/',
  );

  expect(selector.select('server7/search').map(({ name }) => name)).toEqual(['item 7']);
  expect(selector.all).toHaveLength(1000);
});

test('patterns that start with a star are found by their end, also in texts shorter than others', () => {
  const selector = new Selector(
    ['*@a.example', '*@b.example', '**', '*x*', '*@long.a.example'].map((pattern, order) =>
      entry(order, [pattern]),
    ),
    'none',
  );

  expect(selector.select('x@a.example').map(({ order }) => order)).toEqual([0, 2, 3]);
  expect(selector.select('e').map(({ order }) => order)).toEqual([2]);
});
