import fc from 'fast-check';
import type { Call } from '../nouns/call.ts';
import type { Facts } from '../nouns/facts.ts';
import { callOf, EURC, NOW_MS, USDC, WETH } from './decision-table.test-support.ts';
import type { PolicyDocument } from './document/schema.ts';

const some = { minLength: 1, maxLength: 3 };

/** A value often, nothing at times. */
function perhaps<T>(item: fc.Arbitrary<T>, weight = 1): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight, arbitrary: item }, { weight: 4, arbitrary: fc.constant(undefined) });
}

/** An object without the keys whose value is undefined: documents refuse those. */
function present<T extends Record<string, unknown>>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }) {
  return fc
    .record(shape)
    .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));
}

/** Keeps the first of several items that count the same. */
function distinct<T>(items: fc.Arbitrary<T[]>, identity: (item: T) => unknown): fc.Arbitrary<T[]> {
  return items.map((all) => [...new Map(all.map((each) => [JSON.stringify(identity(each)), each])).values()]);
}

/** An empty list concerns nobody and allows nothing: tried, but not so often that nothing else is. */
function seldomEmpty(item: fc.Arbitrary<string>): fc.Arbitrary<string[]> {
  return fc.oneof(
    { weight: 12, arbitrary: fc.array(item, some) },
    { weight: 1, arbitrary: fc.constant<string[]>([]) },
  );
}

const tool = fc.constantFrom(
  'get',
  'put',
  'db/get',
  'db/delete',
  'grant',
  'frob',
  '__proto__',
  'constructor',
);
export const toolPattern: fc.Arbitrary<string> = fc.oneof(
  tool,
  fc.constantFrom('**', '**', '*', 'db/*', '*t', 'db/**', '**e**', 'g*t'),
);
const tools = fc.array(toolPattern, some);
const name = fc.constantFrom('a', 'ab', 'b/a', 'x@y', 'toString');
const namePattern = fc.oneof(name, fc.constantFrom('*', '*', '*', 'a*', '*a', '*@*'));
const recipient = fc.constantFrom('shop', 'SHOP', 'shop.', 'evil.example', '0xAb');
const recipientPattern = fc.oneof(recipient, fc.constantFrom('*', '*', 's*', '*EVIL*', '*.', '*p.'));
const network = fc.constantFrom('eip155:1', 'eip155:8453', 'solana:abc');
const networkPattern = fc.oneof(network, fc.constantFrom('eip155:*', 'solana:*'));
const category = fc.constantFrom('api', 'API', 'games');
const categoryPattern = fc.oneof(category, fc.constantFrom('*', 'a*'));
const amount = fc.constantFrom('0.000001 USD', '0.50 USD', '0.50 USD', '1 USD', '1 USD', '1 EUR');
const effect = fc.constantFrom('read', 'mutating', 'destructive', 'admin');
const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Tokyo');
const time = fc.constantFrom('00:00', '09:00', '10:00', '22:00', '23:00');
const scope = fc.constantFrom('session', 'agent', 'owner', 'tenant', 'tool', 'merchant');
const asking = { approvers: fc.constant(['p@q', 'r@s']), require: perhaps(fc.constantFrom(1, 2)) };

const people = fc.constantFrom(
  { roles: { finance: ['p@q'] } },
  { deputies: [{ for: 'p@q', deputy: 's@t', until: '2100-01-01T00:00:00Z' }] },
);

const lists = (allow: fc.Arbitrary<string>, deny: fc.Arbitrary<string>) =>
  present({ allow: perhaps(seldomEmpty(allow), 3), deny: perhaps(fc.array(deny, { maxLength: 2 }), 3) });

const budget = fc
  .record({
    scope: fc.oneof(scope, fc.constant('call')),
    limit: amount,
    tools: perhaps(tools),
    window: fc.constantFrom('hour', 'day', 'week', 'month', 'year', 'lifetime', 'rolling 24h'),
  })
  .map(({ tools: patterns, ...rest }) => ({
    ...rest,
    window: rest.scope === 'call' ? 'call' : rest.window,
    ...(patterns && { tools: patterns }),
  }));
const budgets = distinct(fc.array(budget, some), ({ scope: of, window, limit, tools: patterns }) => [
  of,
  window,
  limit.slice(-3),
  [...new Set(patterns)].sort(),
  patterns === undefined,
]);

const rate = present({
  scope,
  limit: fc.nat({ max: 5 }),
  per: fc.constantFrom('second', 'minute', 'hour', 'day', '10s'),
  tools: perhaps(tools),
});
const rates = distinct(fc.array(rate, { minLength: 1, maxLength: 2 }), ({ scope: of, per }) => [of, per]);
const classed = fc.tuple(rates, tools).map(([[first], light]) => ({
  classes: { light, constructor: ['db/*'] },
  rates: [{ scope: 'agent', limit: 1, per: '20s', class: 'light' }, ...(first === undefined ? [] : [first])],
}));

const window = fc
  .record({
    days: perhaps(fc.constant(['tue', 'wed'])),
    from: time,
    to: fc.oneof(time, fc.constant('24:00')),
  })
  .filter(({ from, to }) => from !== to)
  .map(({ days, ...rest }) => ({ ...rest, ...(days && { days }) }));
const block = fc
  .constantFrom(
    { from: '2026-01-19T00:00:00Z', to: '2026-01-20T10:00:00Z' },
    { from: '2026-01-20T10:00:00Z', to: '2026-01-22T00:00:00Z' },
    { from: '2026-01-20T11:00:00.001+01:00', to: '2026-01-20T12:00:00Z' },
  )
  .map((period) => ({ ...period, reason: 'x' }));
const schedule = present({
  timezone: perhaps(zone),
  allow: perhaps(fc.array(window, { maxLength: 2 }), 3),
  block: perhaps(fc.array(block, { maxLength: 2 }), 2),
});

const approval = fc.oneof(
  fc.constant('always'),
  present({
    above: perhaps(amount, 3),
    effects: perhaps(fc.array(effect, some), 3),
    tools: perhaps(tools, 3),
  }).filter((when) => Object.keys(when).length > 0),
);
const approvals = fc.array(
  fc.tuple(approval, present(asking)).map(([when, rest]) => ({ when, ...rest })),
  { minLength: 1, maxLength: 2 },
);

const expression = fc.constantFrom(
  'true',
  'false',
  'tool == "db/delete"',
  'arguments.n > 5',
  'has(arguments.n) && arguments.n > 5',
  'price > money("0.50 USD")',
  'payee.recipient == "evil.example"',
  'effect != "read"',
  'session.calls > 4',
  'principal.tenant == "a" || framework == "mcp"',
);
const rule = fc.record({
  when: expression,
  then: fc.constantFrom('deny', 'flag', 'flag', 'flag', 'approve'),
  tools: perhaps(tools),
});
const rules = fc.array(rule, { minLength: 1, maxLength: 2 }).map((all) =>
  all.map(({ tools: patterns, ...each }, index) => ({
    id: `r${index}`,
    reason: 'x',
    ...each,
    ...(patterns && { tools: patterns }),
    ...(each.then === 'approve' && { approvers: ['p@q'] }),
  })),
);

const sessions = fc.oneof(
  fc.constant({ mode: 'open' }),
  fc.constant({ mode: 'read-only' }),
  present({ ...asking, tools: perhaps(tools), lasts: perhaps(fc.constant('2m')) }).map((elevation) => ({
    mode: 'read-only',
    elevation,
  })),
);
const overrides = present({
  read: perhaps(tools),
  mutating: perhaps(tools),
  destructive: perhaps(tools),
  admin: perhaps(tools),
});
const payments = present({
  schemes: perhaps(seldomEmpty(fc.constantFrom('exact', 'upto')), 3),
  maxAuthorization: perhaps(amount, 3),
  payees: perhaps(seldomEmpty(fc.constantFrom('eip155:8453:shop', 'eip155:1:0xAb')), 2),
});

/** A valid document without id and `extends`. */
export const body: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(
    present({
      enabled: perhaps(fc.constantFrom(true, true, false)),
      timezone: perhaps(zone),
      match: perhaps(
        present({
          agents: perhaps(seldomEmpty(namePattern)),
          owners: perhaps(seldomEmpty(namePattern)),
          tenants: perhaps(seldomEmpty(namePattern)),
          frameworks: perhaps(seldomEmpty(fc.constantFrom('mcp', 'express', '*'))),
          sessions: perhaps(seldomEmpty(namePattern)),
        }),
      ),
      tools: perhaps(lists(toolPattern, tool), 2),
      effects: perhaps(present({ allow: perhaps(seldomEmpty(effect), 2), overrides: perhaps(overrides, 3) })),
      merchants: perhaps(lists(recipientPattern, recipient)),
      networks: perhaps(lists(networkPattern, network)),
      categories: perhaps(lists(categoryPattern, category)),
      budgets: perhaps(budgets, 2),
      rates: perhaps(rates),
      cooldown: perhaps(fc.constant('10s')),
      wallet: perhaps(fc.constantFrom({ currency: 'USD' }, { currency: 'USD' }, { currency: 'EUR' })),
      schedule: perhaps(schedule),
      people: perhaps(people),
      approvals: perhaps(approvals, 2),
      rules: perhaps(rules, 2),
      sessions: perhaps(sessions),
      anomaly: perhaps(
        present({
          after: perhaps(fc.constantFrom(1, 9)),
          denialRate: perhaps(fc.constant(50)),
          writeRate: perhaps(fc.constant(50)),
        }),
      ),
      payments: perhaps(payments),
    }),
    perhaps(classed),
  )
  .map(([sections, more]) => ({ ...sections, ...more }));

/** A body with an id. The generators build what the schema says, and compiling checks that they do. */
export function policyOf(id: string, sections: Record<string, unknown>): PolicyDocument {
  return { ...sections, id } as PolicyDocument;
}

/** Up to three documents; with `heirs`, a later one may extend the one before. */
export function documents({ heirs }: { readonly heirs: boolean }): fc.Arbitrary<PolicyDocument[]> {
  return fc
    .array(fc.tuple(body, fc.nat({ max: 3 })), { maxLength: 3 })
    .map((all) =>
      all.map(([sections, chance], index) =>
        policyOf(
          `p${index}`,
          heirs && chance === 0 && index > 0 ? { ...sections, extends: `p${index - 1}` } : sections,
        ),
      ),
    );
}

const units = fc.constantFrom(0n, 0n, 1n, 499_999n, 500_000n, 500_001n, 999_999n, 1_000_000n, 1_000_001n);
const payee = present({
  recipient: perhaps(recipient, 9),
  network: perhaps(network, 9),
  category: perhaps(category, 9),
  scheme: perhaps(fc.constantFrom('exact', 'upto', 'EXACT'), 2),
});

/** Valid calls. */
export const calls: fc.Arbitrary<Call> = fc
  .record({
    tool,
    agent: name,
    owner: name,
    tenant: name,
    session: name,
    price: fc.record({
      units,
      asset: fc.constantFrom('USD/6', 'USD/6', 'USD/6', 'USD/6', USDC, EURC, WETH, 'EUR/6'),
    }),
    payee,
    effect: perhaps(effect),
    framework: fc.constantFrom('mcp', 'express'),
    args: fc.constantFrom('{}', '{"n":5}', '{"n":6}', '{"n":6}', '{"n":"6"}'),
  })
  .map(({ agent, owner, tenant, session, args, ...rest }) =>
    callOf({ ...rest, arguments: args, principal: { agent, owner, tenant, session } }),
  );

const counts = fc.constantFrom(0, 1, 4, 5, 10);
const elevation = fc.record({
  policy: fc.constantFrom('p0', 'p1', 'p2'),
  tool,
  untilMs: fc.constantFrom(NOW_MS, NOW_MS + 1),
});

/** Valid facts, around the instants of the schedules. */
export const facts: fc.Arbitrary<Facts> = fc
  .record({
    nowMs: fc.constantFrom(
      NOW_MS,
      NOW_MS - 1,
      NOW_MS + 1,
      NOW_MS + 43_200_000,
      NOW_MS - 36_000_000,
      0,
      Date.UTC(2026, 2, 29, 1),
    ),
    session: perhaps(
      fc.record({
        calls: counts,
        denials: counts,
        writes: counts,
        elevations: fc.array(elevation, { maxLength: 3 }),
      }),
      12,
    ),
  })
  .map(({ nowMs, session }) => (session === undefined ? { nowMs } : { nowMs, session }));
