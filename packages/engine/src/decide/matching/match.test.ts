import fc from 'fast-check';
import { Matcher, type Subject } from './match.ts';

type Whom = Partial<Record<'agents' | 'owners' | 'tenants' | 'frameworks' | 'sessions', readonly string[]>>;

const subject: Subject = {
  principal: { agent: 'bot-1', owner: 'olga@example.com', session: 's1', tenant: 'acme', issuer: 'i' },
  framework: 'express',
};

function matched(whoms: readonly (Whom | undefined)[], about: Subject = subject): readonly number[] {
  // The schema gives lists that can be written to; the matcher only reads them.
  const entries = whoms.map((match, order) => ({
    item: { order },
    match: match as Record<string, string[]> | undefined,
  }));
  return new Matcher(entries).match(about).map(({ order }) => order);
}

test.each`
  match                                                      | found    | why
  ${undefined}                                               | ${true}  | ${'no match is everybody'}
  ${{}}                                                      | ${true}  | ${'and so is an empty one'}
  ${{ agents: ['bot-1'] }}                                   | ${true}  | ${'an agent by its name'}
  ${{ agents: ['x', 'bot-*'] }}                              | ${true}  | ${'or by a pattern'}
  ${{ agents: [] }}                                          | ${false} | ${'nobody'}
  ${{ agents: ['BOT-1'] }}                                   | ${false} | ${'case counts'}
  ${{ owners: ['*@example.com'] }}                           | ${true}  | ${'an owner'}
  ${{ tenants: ['acme'] }}                                   | ${true}  | ${'a tenant'}
  ${{ sessions: ['s*'] }}                                    | ${true}  | ${'a session'}
  ${{ frameworks: ['express'] }}                             | ${true}  | ${'a framework'}
  ${{ frameworks: ['langchain'] }}                           | ${false} | ${'another framework'}
  ${{ frameworks: [] }}                                      | ${false} | ${'no framework'}
  ${{ agents: ['bot-1'], frameworks: ['mcp'] }}              | ${false} | ${'every field has to match'}
  ${{ owners: ['*'], tenants: ['*'], frameworks: ['exp*'] }} | ${true}  | ${'in any combination'}
  ${{ agents: ['*'], owners: [] }}                           | ${false} | ${'and nobody in a second field is nobody'}
`('$match is $found: $why', ({ match, found }) => {
  expect(matched([match as Whom | undefined])).toEqual(found === true ? [0] : []);
});

test('without a framework, only the other fields have to match', () => {
  const anyFramework = { ...subject, framework: undefined };

  expect(
    matched(
      [
        { frameworks: ['mcp'] },
        { frameworks: [] },
        { frameworks: ['mcp'], agents: ['x'] },
        { frameworks: ['mcp'], agents: ['bot-*'] },
      ],
      anyFramework,
    ),
  ).toEqual([0, 1, 3]);
});

test('items come in the order of the documents, by whatever field they were found', () => {
  const whoms = [
    { frameworks: ['*'] },
    { agents: ['x'] },
    { owners: ['*'] },
    undefined,
    { agents: ['bot-*', 'bot-1'] },
    { sessions: ['s1'] },
  ];

  expect(matched(whoms)).toEqual([0, 2, 3, 4, 5]);
});

test('finds what a look at every entry would find', () => {
  const name = fc.constantFrom('a', 'b', 'ab');
  const patterns = fc.array(fc.constantFrom('a', 'b', 'ab', 'a*', '*b', '*'), { maxLength: 2 });
  const whom = fc.record(
    { agents: patterns, owners: patterns, tenants: patterns, frameworks: patterns, sessions: patterns },
    { requiredKeys: [] },
  );
  const about = fc.record({ agent: name, owner: name, tenant: name, session: name, framework: name });
  const fits = (list: readonly string[] | undefined, text: string): boolean =>
    list === undefined || list.some((each) => new RegExp(`^${each.replaceAll('*', '.*')}$`).test(text));
  fc.assert(
    fc.property(fc.array(whom, { maxLength: 6 }), about, (whoms, { framework, ...principal }) => {
      const expected = whoms.flatMap(({ agents, owners, tenants, sessions, frameworks }, index) =>
        fits(agents, principal.agent) &&
        fits(owners, principal.owner) &&
        fits(tenants, principal.tenant) &&
        fits(sessions, principal.session) &&
        fits(frameworks, framework)
          ? [index]
          : [],
      );

      expect(matched(whoms, { principal: { ...principal, issuer: 'i' }, framework })).toEqual(expected);
    }),
    { numRuns: 3_000 },
  );
});
