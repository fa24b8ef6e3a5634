import fc from 'fast-check';
import { assetTable } from '../nouns/asset.ts';
import type { Call } from '../nouns/call.ts';
import type { Decision } from '../nouns/decision.ts';
import { denialCodes } from '../nouns/denial.ts';
import { money } from '../nouns/money.ts';
import { isToolName } from '../nouns/tool-name.ts';
import { compilePolicies } from './compile.ts';
import { decide } from './decide.ts';
import type { PolicyDocument } from './document/schema.ts';

const TOKEN = 'eip155:8453/erc20:0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913';
const assets = assetTable([{ asset: TOKEN, currency: 'USD', decimals: 6 }]);

const tool = fc.constantFrom('a', 'b', 'ab', 'a/b', 'b/a', 'a/a/b', '__proto__', 'constructor');
const toolPattern = fc.oneof(
  tool,
  fc.constantFrom('**', '**', '*', 'a*', '*b', '*/b', 'a/**', 'a**b', '**a*b'),
);
const name = fc.constantFrom('a', 'ab', 'b/a', 'x@y');
const namePattern = fc.oneof(name, fc.constantFrom('*', '*', '*', 'a*', '*a', 'x@*'));
const limit = fc.constantFrom('0.000001 USD', '0.50 USD', '0.50 USD', '1 USD', '1 USD', '1 EUR');
const units = fc.constantFrom(0n, 1n, 2n, 499_999n, 500_000n, 500_001n, 999_999n, 1_000_000n, 1_000_001n);
const some = { minLength: 1, maxLength: 3 };
const optional = { requiredKeys: [] as [] };

/** An empty list concerns nobody and allows nothing: tried, but not so often that nothing else is. */
function seldomEmpty(item: fc.Arbitrary<string>): fc.Arbitrary<string[]> {
  return fc.oneof(
    { weight: 9, arbitrary: fc.array(item, { minLength: 1, maxLength: 3 }) },
    { weight: 1, arbitrary: fc.constant<string[]>([]) },
  );
}

/** At most one clause of each identity, so that every document is valid. */
const budget = fc.record(
  { scope: fc.constantFrom('call', 'session', 'agent', 'owner'), limit, tools: fc.array(toolPattern, some) },
  { requiredKeys: ['scope', 'limit'] },
);
const approval = fc.oneof(
  fc.constant('always' as const),
  fc
    .record({ above: limit, tools: fc.array(toolPattern, some) }, optional)
    .filter((when) => Object.keys(when).length > 0),
);

const body = fc.record(
  {
    enabled: fc.constantFrom(true, true, true, false),
    match: fc.record({ agents: seldomEmpty(namePattern), owners: seldomEmpty(namePattern) }, optional),
    tools: fc.record(
      { allow: seldomEmpty(toolPattern), deny: fc.array(fc.oneof(tool, toolPattern), { maxLength: 1 }) },
      optional,
    ),
    budgets: fc.array(budget, { maxLength: 2 }).map((budgets) => {
      const seen = new Map(budgets.map((each) => [each.scope, each]));
      return [...seen.values()].map((each) => ({
        ...each,
        window: each.scope === 'call' ? ('call' as const) : ('day' as const),
      }));
    }),
    approvals: fc
      .array(approval, { minLength: 1, maxLength: 2 })
      .map((all) => all.map((when) => ({ when, approvers: ['p@q'] }))),
  },
  optional,
);
const documents: fc.Arbitrary<PolicyDocument[]> = fc
  .array(body, { maxLength: 3 })
  .map((bodies) => bodies.map((each, index) => ({ ...each, id: `p${index}` }) as PolicyDocument));

const calls: fc.Arbitrary<Call> = fc
  .record({
    tool,
    agent: name,
    owner: name,
    units,
    asset: fc.constantFrom('USD/6', 'USD/6', TOKEN, 'EUR/6'),
  })
  .map(({ tool: called, agent, owner, units: price, asset }) => ({
    id: 'call_1',
    fingerprint: undefined,
    framework: 'test',
    definition: undefined,
    arguments: '{}',
    tool: called,
    price: { units: price, asset },
    requestHash: '0',
    principal: { agent, owner, session: 's', issuer: 'i' },
  }));

type Answer = 'allow' | 'approve' | 'deny';

/** The comparisons that a mistake would turn around. */
interface Comparisons {
  readonly aboveCap: (price: bigint, cap: bigint) => boolean;
  readonly aboveThreshold: (price: bigint, threshold: bigint) => boolean;
  readonly restricts: (allow: readonly string[] | undefined) => allow is readonly string[];
  readonly nobodyDecides: Answer;
}

const right: Comparisons = {
  aboveCap: (price, cap) => price > cap,
  aboveThreshold: (price, threshold) => price > threshold,
  restricts: (allow) => allow !== undefined,
  nobodyDecides: 'deny',
};

/** Tries every split; nothing like our matcher. */
function fits(pattern: string, text: string, segments: boolean): boolean {
  if (pattern === '') return text === '';
  const stars = pattern.length - pattern.replace(/^\*+/, '').length;
  if (stars === 0)
    return text !== '' && pattern[0] === text[0] && fits(pattern.slice(1), text.slice(1), segments);
  const starts = Array.from({ length: text.length + 1 }, (_, start) => start);
  return starts
    .filter((start) => !segments || stars > 1 || !text.slice(0, start).includes('/'))
    .some((start) => fits(pattern.slice(stars), text.slice(start), segments));
}

/** What the documents say, read as literally as can be. */
function reference(call: Call, policies: readonly PolicyDocument[], compare: Comparisons): Answer {
  const { agent, owner } = call.principal;
  const anyFits = (patterns: readonly string[] | undefined, text: string, segments: boolean): boolean =>
    patterns === undefined || patterns.some((pattern) => fits(pattern, text, segments));
  const applying = policies.filter(
    ({ enabled = true, match }) =>
      enabled && anyFits(match?.agents, agent, false) && anyFits(match?.owners, owner, false),
  );
  if (applying.length === 0) return compare.nobodyDecides;
  const answers = applying.flatMap(({ tools, budgets = [], approvals = [] }): Answer[] => {
    const said: Answer[] = [];
    if (tools?.deny?.some((pattern) => fits(pattern, call.tool, true))) said.push('deny');
    if (compare.restricts(tools?.allow) && !anyFits(tools.allow, call.tool, true)) said.push('deny');
    for (const { scope, limit: text, tools: patterns } of budgets) {
      if (!anyFits(patterns, call.tool, true)) continue;
      const price = assets.count(call.price.units, call.price.asset, text.slice(-3));
      if (price === undefined || (scope === 'call' && compare.aboveCap(price, money(text).units)))
        said.push('deny');
    }
    for (const { when } of approvals) {
      if (when !== 'always' && !anyFits(when.tools, call.tool, true)) continue;
      if (when === 'always' || when.above === undefined) said.push('approve');
      else {
        const price = assets.count(call.price.units, call.price.asset, when.above.slice(-3));
        if (price === undefined) said.push('deny');
        else if (compare.aboveThreshold(price, money(when.above).units)) said.push('approve');
      }
    }
    return said;
  });
  return answers.includes('deny') ? 'deny' : answers.includes('approve') ? 'approve' : 'allow';
}

function answer(call: Call, policies: readonly PolicyDocument[]): Decision {
  return decide(call, compilePolicies(policies, assets));
}

function agreement(compare: Comparisons) {
  return fc.property(calls, documents, (call, policies) => {
    expect(answer(call, policies).kind).toBe(reference(call, policies, compare));
  });
}

test('decides as a reader of the documents would', () => {
  fc.assert(agreement(right), { numRuns: 6_000 });
});

test('the property tries every kind of answer often', () => {
  const kinds = fc
    .sample(fc.tuple(calls, documents), { numRuns: 3_000, seed: 1 })
    .map(([call, policies]) => answer(call, policies).kind);

  for (const kind of ['allow', 'approve', 'deny']) {
    expect(kinds.filter((each) => each === kind).length).toBeGreaterThan(150);
  }
});

test.each<[string, Partial<Comparisons>]>([
  ['a price equal to the cap is refused', { aboveCap: (price, cap) => price >= cap }],
  ['a price one above the cap passes', { aboveCap: (price, cap) => price > cap + 1n }],
  ['a price equal to the threshold asks', { aboveThreshold: (price, threshold) => price >= threshold }],
  [
    'an empty allow list restricts nothing',
    { restricts: (allow): allow is readonly string[] => allow !== undefined && allow.length > 0 },
  ],
  ['no policy allows', { nobodyDecides: 'allow' }],
])('the property catches a planted mistake: %s', (_mistake, planted) => {
  const details = fc.check(agreement({ ...right, ...planted }), { numRuns: 6_000 });

  expect(details.failed).toBe(true);
});

const rank = { allow: 0, approve: 1, deny: 2 };

test('the order of the policies does not matter', () => {
  const shuffled = documents.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  );
  fc.assert(
    fc.property(calls, shuffled, (call, [list, other]) => {
      const [one, two] = [answer(call, list), answer(call, other)];

      expect(two.kind).toBe(one.kind);
      expect(new Set(two.policies.map(({ id }) => id))).toEqual(new Set(one.policies.map(({ id }) => id)));
      if (one.kind === 'deny' && two.kind === 'deny') {
        expect(two.denial.code).toBe(one.denial.code);
        expect(new Set(two.denial.reasons.map((each) => each.message))).toEqual(
          new Set(one.denial.reasons.map((each) => each.message)),
        );
      }
      if (one.kind !== 'deny' && two.kind !== 'deny') {
        expect(new Set(two.budgets.map(({ key }) => key))).toEqual(
          new Set(one.budgets.map(({ key }) => key)),
        );
      }
    }),
    { numRuns: 2_000 },
  );
});

/** Changes one policy of a list, and checks that nothing more is allowed than before. */
function neverAllowsMore(change: (policy: PolicyDocument, pattern: string) => PolicyDocument): void {
  fc.assert(
    fc.property(calls, documents, fc.nat(), toolPattern, (call, list, at, pattern) => {
      fc.pre(list.length > 0);
      const changed = list.map((policy, index) =>
        index === at % list.length ? change(policy, pattern) : policy,
      );

      expect(rank[answer(call, changed).kind]).toBeGreaterThanOrEqual(rank[answer(call, list).kind]);
    }),
    { numRuns: 2_000 },
  );
}

test('one more denied pattern never allows more', () => {
  neverAllowsMore(({ tools = {}, ...policy }, pattern) => ({
    ...policy,
    tools: { ...tools, deny: [...(tools.deny ?? []), pattern] },
  }));
});

test('one allowed pattern less never allows more', () => {
  neverAllowsMore(({ tools = {}, ...policy }) => ({
    ...policy,
    tools: { ...tools, ...(tools.allow && { allow: tools.allow.slice(1) }) },
  }));
});

test('a lower cap never allows more', () => {
  neverAllowsMore(({ budgets = [], ...policy }) => ({
    ...policy,
    budgets: budgets.map((each) => (each.limit.endsWith('USD') ? { ...each, limit: '0 USD' } : each)),
  }));
});

test('one more policy that matches never allows more, once any matches', () => {
  fc.assert(
    fc.property(calls, documents, body, (call, list, extra) => {
      const before = answer(call, list);
      fc.pre(before.policies.length > 0);

      const after = answer(call, [...list, { ...extra, id: 'extra' } as PolicyDocument]);
      expect(rank[after.kind]).toBeGreaterThanOrEqual(rank[before.kind]);
    }),
    { numRuns: 2_000 },
  );
});

test('a matching policy with an empty allow list denies whatever the others say', () => {
  fc.assert(
    fc.property(calls, documents, (call, list) => {
      expect(answer(call, [...list, { id: 'empty', tools: { allow: [] } }]).kind).toBe('deny');
    }),
    { numRuns: 2_000 },
  );
});

test('the same call and policies always give the same answer', () => {
  fc.assert(
    fc.property(calls, documents, (call, list) => {
      const policies = compilePolicies(list, assets);

      expect(decide(call, policies)).toEqual(decide(structuredClone(call), policies));
      expect(decide(call, policies)).toEqual(answer(call, structuredClone(list)));
    }),
    { numRuns: 2_000 },
  );
});

test('no text that is not a tool name is allowed, whatever the policies', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('a', '/', '.', '\n', '*', ' ', 'а') }),
  );
  fc.assert(
    fc.property(calls, documents, text, (call, list, named) => {
      fc.pre(!isToolName(named));

      expect(answer({ ...call, tool: named }, list).kind).toBe('deny');
    }),
    { numRuns: 2_000 },
  );
});

test('never throws, and never allows what is not a call', () => {
  const junk = fc.anything({
    withBigInt: true,
    withNullPrototype: true,
    withDate: true,
    withMap: true,
    withSparseArray: true,
  });
  const almost = fc.record(
    {
      id: junk,
      tool: fc.oneof(tool, junk),
      price: fc.oneof(fc.record({ units: junk, asset: junk }), junk),
      principal: fc.oneof(
        fc.record({ agent: fc.oneof(name, junk), owner: name, session: junk, issuer: junk }),
        junk,
      ),
    },
    optional,
  );
  fc.assert(
    fc.property(fc.oneof(junk, almost, calls), documents, (call, list) => {
      const decision = answer(call as Call, list);

      if (decision.kind === 'deny') expect(denialCodes).toContain(decision.denial.code);
      else
        expect(call).toMatchObject({ tool: expect.any(String), principal: { session: expect.any(String) } });
    }),
    { numRuns: 2_000 },
  );
});
