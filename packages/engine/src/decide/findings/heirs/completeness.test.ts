import fc from 'fast-check';
import { Glob } from '../../matching/glob.ts';
import { checkPolicies } from '../index.ts';

const pattern = fc.constantFrom('a', 'b', 'ab', 'a/b', '**', '*', 'a*', '*b', '*/b', 'a/*', 'a/**', 'a**b');
const patterns = fc.array(pattern, { maxLength: 3 });
const lists = fc.record({ allow: patterns, deny: patterns }, { requiredKeys: [] });
const tool = fc.constantFrom('a', 'b', 'ab', 'acb', 'a/b', 'b/b', 'a/c/b');
const name = fc.constantFrom('a', 'b', 'ab', 'a*', '*b', 'a*b', '*');
const match = fc.record(
  { agents: fc.array(name, { maxLength: 2 }), owners: fc.array(name, { maxLength: 2 }) },
  { requiredKeys: [] },
);

const isOne = (text: string, names: readonly string[] = [], separator: '/' | 'none' = '/'): boolean =>
  names.some((each) => new Glob(each, separator).matches(text));

function codesOf(base: object, heir: object): readonly string[] {
  const documents = [
    { id: 'base', ...base },
    { id: 'heir', extends: 'base', ...heir },
  ];
  return checkPolicies(documents).map(({ code }) => code);
}

test('whatever a base denies and its heir lets pass, the heir is reported', () => {
  let passed = 0;
  fc.assert(
    fc.property(lists, lists, tool, (base, heir, called) => {
      const passes = !isOne(called, heir.deny) && (heir.allow === undefined || isOne(called, heir.allow));
      if (!isOne(called, base.deny) || !passes) return;
      passed += 1;

      expect(codesOf({ tools: base }, { tools: heir })).toContain('HEIR_LOSES_CLAUSE');
    }),
    { numRuns: 5_000 },
  );

  expect(passed).toBeGreaterThan(200);
});

test('whomever an heir concerns and its base does not, the heir is reported', () => {
  let further = 0;
  const who = fc.constantFrom('a', 'b', 'ab', 'acb', 'c');
  fc.assert(
    fc.property(match, match, who, who, (base, heir, agent, owner) => {
      const concerns = ({ agents, owners }: typeof base): boolean =>
        (agents === undefined || isOne(agent, agents, 'none')) &&
        (owners === undefined || isOne(owner, owners, 'none'));
      if (concerns(base) || !concerns(heir)) return;
      further += 1;

      expect(codesOf({ match: base }, { match: heir })).toContain('HEIR_MATCHES_MORE');
    }),
    { numRuns: 5_000 },
  );

  expect(further).toBeGreaterThan(200);
});
