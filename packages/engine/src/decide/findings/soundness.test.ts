import fc from 'fast-check';
import { assetTable } from '../../nouns/asset.ts';
import type { Call } from '../../nouns/call.ts';
import type { Decision } from '../../nouns/decision.ts';
import { effects } from '../../nouns/effect.ts';
import { NEW_SESSION } from '../../nouns/facts.ts';
import { compilePolicies } from '../compile.ts';
import { decide } from '../decide.ts';
import { Glob } from '../matching/glob.ts';
import { checkPolicies } from './index.ts';
import { covers, overlaps } from './patterns.ts';

const assets = assetTable([]);

const tool = fc.constantFrom('a', 'b', 'ab', 'get_a', 'a/b', 'b/a', 'a/a/b', '__proto__', 'constructor');
const pattern = fc.oneof(
  tool,
  fc.constantFrom('**', '*', 'a*', '*b', '*/b', 'a/*', 'a/**', 'a**b', '**a*b', '*/**'),
);
const patterns = fc.array(pattern, { minLength: 1, maxLength: 3 });
const lists = fc.record(
  { allow: fc.array(pattern, { maxLength: 3 }), deny: fc.array(pattern, { maxLength: 2 }) },
  { requiredKeys: [] },
);
const payee = fc.constantFrom('x', 'Y', 'xy', 'X*', '*y');
const payees = fc.record(
  { allow: fc.array(payee, { minLength: 1, maxLength: 3 }), deny: fc.array(payee, { maxLength: 2 }) },
  { requiredKeys: [] },
);
const limit = fc.constantFrom('1 USD', '2 USD', '3 USD', '1 EUR');
const effect = fc.constantFrom(...effects);
const someEffects = fc.array(effect, { minLength: 1, maxLength: 3 });
const asking = fc.constant({ approvers: ['p@q'] });
const condition = fc
  .record({ above: limit, effects: someEffects, tools: patterns }, { requiredKeys: [] })
  .filter((when) => Object.keys(when).length > 0);

const rule = fc.record(
  {
    when: fc.constantFrom(
      'true',
      'tool == "a"',
      'tool in ["a", "a/b"]',
      'tool == "a" && tool == "b"',
      'tool == "*" || effect == "read"',
    ),
    then: fc.constantFrom('deny' as const, 'flag' as const),
    reason: fc.constant('because'),
    tools: patterns,
  },
  { requiredKeys: ['when', 'then', 'reason'] },
);

const body = fc.record(
  {
    tools: lists,
    merchants: payees,
    categories: payees,
    effects: fc.record(
      {
        allow: someEffects,
        overrides: fc.record({ read: patterns, mutating: patterns, admin: patterns }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    ),
    budgets: fc.uniqueArray(
      fc.record(
        { scope: fc.constantFrom('call' as const, 'agent' as const), limit, tools: patterns },
        { requiredKeys: ['scope', 'limit'] },
      ),
      {
        maxLength: 3,
        selector: ({ scope, limit: text, tools }) =>
          JSON.stringify([scope, text.slice(-3), tools && [...new Set(tools)].sort()]),
      },
    ),
    rates: fc.uniqueArray(
      fc.record({
        scope: fc.constant('agent'),
        limit: fc.constant(1),
        per: fc.constantFrom('minute', 'hour'),
        class: fc.constant('light'),
      }),
      {
        maxLength: 1,
      },
    ),
    approvals: fc.array(
      fc.record({ when: fc.oneof(condition, fc.constant('always' as const)), ask: asking }),
      { maxLength: 2 },
    ),
    rules: fc.array(rule, { maxLength: 2 }),
    sessions: fc.oneof(
      fc.constant({ mode: 'open' }),
      fc.record(
        {
          mode: fc.constant('read-only'),
          elevation: fc.record(
            { approvers: fc.constant(['p@q']), tools: patterns },
            { requiredKeys: ['approvers'] },
          ),
        },
        { requiredKeys: ['mode'] },
      ),
    ),
    match: fc.record({ agents: fc.array(fc.constantFrom('x', 'z', '*'), { maxLength: 2 }) }),
  },
  { requiredKeys: [] },
);

type Json = Record<string, unknown>;

/** At most two policies, the second of which may extend the first. */
const documents: fc.Arbitrary<readonly Json[]> = fc
  .tuple(fc.array(body, { minLength: 1, maxLength: 2 }), fc.boolean(), patterns)
  .map(([bodies, inherits, light]) =>
    bodies.map(({ budgets, approvals, rules, ...rest }, index) => ({
      ...rest,
      id: `p${index}`,
      classes: { light },
      ...(index === 1 && inherits ? { extends: 'p0' } : {}),
      ...(budgets && {
        budgets: budgets.map((each) => ({ ...each, window: each.scope === 'call' ? 'call' : 'day' })),
      }),
      ...(approvals && { approvals: approvals.map(({ when, ask }) => ({ when, ...ask })) }),
      ...(rules && { rules: rules.map((each, at) => ({ ...each, id: `r${at}` })) }),
    })),
  );

const calls: fc.Arbitrary<Call> = fc
  .record({
    tool,
    agent: fc.constantFrom('x', 'y'),
    units: fc.constantFrom(0n, 1_000_000n, 1_000_001n, 2_500_000n),
    named: fc.boolean(),
    does: fc.option(effect, { nil: undefined }),
  })
  .map(({ tool: called, agent, units, named, does }) => ({
    id: 'call_1',
    fingerprint: undefined,
    framework: 'test',
    definition: undefined,
    arguments: '{}',
    tool: called,
    price: { units, asset: 'USD/6' },
    payee: named ? { recipient: 'xy', category: 'y' } : {},
    effect: does,
    requestHash: '0',
    principal: { agent, owner: 'o', session: 's', tenant: 't', issuer: 'i' },
  }));

/** Everything that a decision does, without the places of clauses, which a removal moves, and without its words. */
function whatItDoes(decision: Decision): unknown {
  if (decision.kind === 'deny') return ['deny', decision.denial.code];
  const placeless = (items: readonly object[]) =>
    items.map((item) => ({
      ...item,
      clause: '',
      reason: '',
      limit: 'limit' in item ? String(item.limit) : '',
      amount: '',
    }));
  const { kind, effect: does, flags, budgets, rates, approvals } = decision;
  return [kind, does, ...[flags, budgets, rates, approvals].map(placeless)];
}

/** The documents without the clause or the entry at a path; or with the policy disabled where it matches nobody. */
function without(all: readonly Json[], path: string): readonly Json[] {
  const [, index = '', ...steps] = path.split(/[.[\]]+/).filter((step) => step !== '');
  if (steps[0] === 'match' && steps.length === 2)
    return all.map((document, at) => (at === Number(index) ? { ...document, enabled: false } : document));
  const isClause = ['budgets', 'rates', 'approvals', 'rules'].includes(steps[0] ?? '');
  const isEntry = /^\d+$/.test(steps.at(-1) ?? '');
  const target = isEntry ? steps : steps.slice(0, steps[0] === 'classes' || isClause ? 2 : 0);
  const removed = structuredClone(all) as Json[];
  const place = steps[0] === 'sessions' && !isEntry ? ['sessions', 'elevation'] : target;
  let holder: unknown = removed[Number(index)];
  for (const step of place.slice(0, -1)) holder = (holder as Json)[step];
  const last = place.at(-1) ?? '';
  if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else delete (holder as Json)[last];
  return removed.map(withoutEmpty);
}

/** Lists of overrides may not be empty; one without entries is one that is not there. */
function withoutEmpty(document: Json): Json {
  const overrides = (document['effects'] as { overrides?: Json } | undefined)?.overrides ?? {};
  for (const [name, list] of Object.entries(overrides))
    if (Array.isArray(list) && list.length === 0) delete overrides[name];
  return document;
}

describe('a clause that is reported as unreachable can be removed', () => {
  let removals = 0;

  test('and no call is decided differently', () => {
    fc.assert(
      fc.property(documents, fc.array(calls, { minLength: 5, maxLength: 20 }), (all, asked) => {
        const before = compilePolicies(all, assets);
        const facts = { nowMs: 0, session: NEW_SESSION };
        for (const { code, path } of checkPolicies(all)) {
          if (code !== 'CLAUSE_UNREACHABLE') continue;
          removals += 1;
          const after = compilePolicies(without(all, path), assets);
          for (const call of asked)
            expect([path, whatItDoes(decide(call, after, facts))]).toEqual([
              path,
              whatItDoes(decide(call, before, facts)),
            ]);
        }
      }),
      { numRuns: 800 },
    );
  });

  test('which was tried on many', () => {
    expect(removals).toBeGreaterThan(1_000);
  });
});

test('a policy that is reported as allowing nothing allows nothing', () => {
  let reported = 0;
  fc.assert(
    fc.property(documents, fc.array(calls, { maxLength: 20 }), (all, asked) => {
      const nothing = checkPolicies(all).filter(
        ({ code, path }) => code === 'NOTHING_ALLOWED' && /tools|effects/.test(path),
      );
      if (nothing.length === 0 || all.length > 1) return;
      reported += 1;
      const policies = compilePolicies(all, assets);
      for (const call of asked)
        expect(decide(call, policies, { nowMs: 0, session: NEW_SESSION }).kind).toBe('deny');
    }),
    { numRuns: 1_000 },
  );

  expect(reported).toBeGreaterThan(10);
});

const glob = fc
  .array(fc.constantFrom('a', 'b', '/', '*', '**'), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join('').replace(/\*{3,}/g, '**'));
const text = fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 5 }).map((parts) => parts.join(''));
const separator = fc.constantFrom('/' as const, 'none' as const);

test('patterns: what covers another matches all of its texts, what does not overlap shares none', () => {
  fc.assert(
    fc.property(glob, glob, text, separator, (one, other, sample, at) => {
      const [matchesOne, matchesOther] = [
        new Glob(one, at).matches(sample),
        new Glob(other, at).matches(sample),
      ];
      if (covers(one, other, at) && matchesOther) expect(matchesOne).toBe(true);
      if (matchesOne && matchesOther) expect(overlaps(one, other, at)).toBe(true);
    }),
    { numRuns: 20_000 },
  );
});

test.each([
  ['**', 'a/*', true],
  ['*', 'a*', true],
  ['*', 'a**', false],
  ['a/**', 'a/*/b', true],
  ['a/*', 'a/**', false],
  ['**/x', '*/x', true],
  ['*/**', '**', false],
  ['a*', '*', false],
])('`%s` covers `%s`: %s', (outer, inner, covered) => {
  expect(covers(outer, inner, '/')).toBe(covered);
});
