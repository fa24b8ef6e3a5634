import fc from 'fast-check';
import { denialCodes } from '../nouns/denial.ts';
import { isToolName } from '../nouns/tool-name.ts';
import { type Compile, compileRight } from './check-row.test-support.ts';
import { compilePolicies } from './compile.ts';
import { answerOf, assets } from './decision-table.test-support.ts';
import { policySchema } from './document/schema.ts';
import { calls, documents, facts } from './generators.test-support.ts';
import { CALLS_PER_TRIAL, laws, trials } from './laws.test-support.ts';

const TRIALS = 1_200;
const seen = new Map<string, number>();
let cases = 0;

function count(word: string): void {
  seen.set(word, (seen.get(word) ?? 0) + 1);
}

/** The policies as they are, and a count of what they answer. */
const counting: Compile = (list) => {
  const decider = compileRight(list);
  for (const document of list) for (const section of Object.keys(document)) count(section);
  return (call, known) => {
    const decision = decider(call, known);
    count(answerOf(decision));
    return decision;
  };
};

test.each(laws.map((law) => [law.name, law] as const))('%s', (_name, law) => {
  fc.assert(
    fc.property(trials(law), (trial) => {
      cases += trial.cases.length;
      law.holds(counting, trial);
    }),
    { numRuns: TRIALS },
  );
});

test('the hash of a set does not depend on the order of documents and keys, and on every document', () => {
  fc.assert(
    fc.property(documents({ heirs: true }), (list) => {
      cases += 1;
      const { hash, references } = compilePolicies(list, assets);
      const turned = list.toReversed().map((each) => Object.fromEntries(Object.entries(each).reverse()));

      expect(compilePolicies(turned, assets).hash).toBe(hash);
      expect(compilePolicies([...list, { id: 'extra', enabled: false }], assets).hash).not.toBe(hash);
      expect(references.map(({ id }) => id)).toEqual(
        list.filter(({ enabled = true }) => enabled).map(({ id }) => id),
      );
    }),
    { numRuns: 500 },
  );
});

const junk = fc.anything({
  withBigInt: true,
  withNullPrototype: true,
  withDate: true,
  withMap: true,
  withSparseArray: true,
});

/** A valid call or facts with junk in one place of it. */
const spoilt = <T extends object>(whole: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.tuple(whole, fc.nat(), junk).map(([value, at, part]) => {
    const fields = Object.keys(value);
    return { ...value, [fields[at % fields.length] ?? 'x']: part };
  });
const spoiltPrincipal = fc
  .tuple(calls, fc.constantFrom('agent', 'owner', 'session', 'tenant', 'issuer'), junk)
  .map(([call, field, part]) => ({ ...call, principal: { ...call.principal, [field]: part } }));
const spoiltPrice = fc
  .tuple(calls, fc.constantFrom('units', 'asset'), junk)
  .map(([call, field, part]) => ({ ...call, price: { ...call.price, [field]: part } }));
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('a', '/', '.', '\n', '*', ' ', 'а') }),
);
const spoiltTool = fc.tuple(calls, text).map(([call, tool]) => ({ ...call, tool }));

test('never throws, and never allows what is not a call', () => {
  const anything = fc.oneof(junk, spoilt(calls), spoiltPrincipal, spoiltPrice, spoiltTool, calls);
  const known = fc.oneof({ weight: 4, arbitrary: facts }, junk, spoilt(facts));
  const several = fc.array(fc.tuple(anything, known), {
    minLength: CALLS_PER_TRIAL,
    maxLength: CALLS_PER_TRIAL,
  });
  fc.assert(
    fc.property(documents({ heirs: true }), several, (list, asked) => {
      const decider = counting([...list, { id: 'open' }]);
      for (const [call, about] of asked) {
        cases += 1;
        const decision = decider(call as never, about as never);
        if (decision.kind === 'deny') {
          expect(denialCodes).toContain(decision.denial.code);
          continue;
        }
        const valid = call as { tool: string; principal: object; price: { units: bigint } };
        expect(isToolName(valid.tool)).toBe(true);
        expect(
          Object.values(valid.principal).filter((name) => typeof name !== 'string' || name === ''),
        ).toEqual([]);
        expect(valid.price.units).toBeGreaterThanOrEqual(0n);
        expect((about as { nowMs: number }).nowMs).toBeGreaterThanOrEqual(0);
      }
    }),
    { numRuns: 500 },
  );
});

// Stands last: it counts what the others tried.
test('at least 80,000 calls were tried, and every answer and section often enough', () => {
  const from = denialCodes.indexOf('IDENTITY_INVALID');
  const answers = [
    ...denialCodes
      .slice(from, denialCodes.indexOf('SCHEDULE_CLOSED') + 1)
      .filter((code) => code !== 'REVOKED'),
    'approve',
    'flag',
    'allow',
  ];
  const sections = Object.keys(policySchema.in.shape).filter(
    (section) => !['$schema', 'version', 'description'].includes(section),
  );
  const seldom = [...answers, ...sections].filter((word) => (seen.get(word) ?? 0) < 50);

  expect(seldom).toEqual([]);
  expect(cases).toBeGreaterThanOrEqual(80_000);
});
