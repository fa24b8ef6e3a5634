import { type Harness, harness } from '../../engine.test-support.ts';
import type { Engine } from '../../nouns/engine.ts';
import type { Imported } from './imported.ts';
import { importIteraToolsPolicy } from './itera-tools.ts';
import { requireApprovalAbove, allowAll, blockAbove } from './pay-sentry/builders.ts';
import { importPaySentryPolicy } from './pay-sentry/import-pay-sentry.ts';
import { importProxyPolicy } from './proxy.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

interface Paying {
  readonly clock: Harness['clock'];

  /** Calls `tool` so many times and says what the engine did: `done`, `waiting` or the code of a denial. */
  readonly call: (times: number, asked: Asked) => Promise<readonly string[]>;
}

interface Asked {
  readonly tool: string;
  readonly price: string;
  readonly session?: string;
  readonly fails?: boolean;
}

/** An engine that enforces what was imported, for one agent of one owner. */
async function paying({ policies }: Imported, agent: string, owner = 'olga@example.com'): Promise<Paying> {
  const { torii, clock, agentTokenOf, request } = await harness({ policies });
  engines.push(torii);
  let count = 0;
  const once = async ({ tool, price, session = 's1', fails = false }: Asked): Promise<string> => {
    const credential = await agentTokenOf({ agent, owner, session });
    // Each call is another one: the same arguments would be the same call.
    const asked = request({ credential, tool, price, arguments: { count: count++ } });
    const outcome = await torii.guard(asked, () => {
      if (fails) throw new Error('upstream');
      return 'ran';
    });
    return outcome.kind === 'denied' ? outcome.code : outcome.kind;
  };
  const call: Paying['call'] = async (times, asked) => {
    const answers: string[] = [];
    while (answers.length < times) answers.push(await once(asked));
    return answers;
  };
  return { clock, call };
}

const done = (times: number): readonly string[] => Array<string>(times).fill('done');

describe('the proxy', () => {
  const document = {
    agentId: 'coding-agent-01',
    owner: 'asmit@example.com',
    budget: { sessionLimitCents: 500, maxPerCallCents: 50, dailyLimitCents: 2000 },
    tools: { allowlist: ['web_search', 'code_executor', 'github_api'], blocklist: ['crypto_trading'] },
    rateLimit: { callsPerMinute: 10, callsPerHour: 200 },
  };
  const open = (change: object = {}) =>
    paying(importProxyPolicy({ ...document, ...change }), document.agentId, document.owner);

  test('a failed call costs nothing and is one of the ten of its minute, a denied one is none', async () => {
    const { call } = await open();
    const dear = { tool: 'web_search', price: '0.50 USD' };

    expect(await call(1, { ...dear, fails: true })).toEqual(['failed']);
    expect(await call(8, dear)).toEqual(done(8));
    expect(await call(1, { ...dear, price: '0.51 USD' })).toEqual(['PRICE_ABOVE_CAP']);
    expect(await call(1, { ...dear, tool: 'crypto_trading' })).toEqual(['TOOL_DENIED']);
    expect(await call(2, dear)).toEqual(['done', 'RATE_EXCEEDED']);
  });

  test('what is left of a session is counted to the cent', async () => {
    const { call } = await open({ rateLimit: {} });

    expect(await call(9, { tool: 'web_search', price: '0.50 USD' })).toEqual(done(9));
    expect(await call(1, { tool: 'github_api', price: '0.38 USD' })).toEqual(done(1));
    expect(await call(2, { tool: 'web_search', price: '0.12 USD' })).toEqual(['done', 'BUDGET_EXCEEDED']);
    expect(await call(1, { tool: 'web_search', price: '0.00 USD' })).toEqual(done(1));
  });

  test('four sessions use up the day, and the next day begins anew', async () => {
    const { call, clock } = await open({ rateLimit: {} });
    const dear = { tool: 'web_search', price: '0.50 USD' };

    for (const session of ['s1', 's2', 's3', 's4'])
      expect(await call(10, { ...dear, session })).toEqual(done(10));
    expect(await call(1, { ...dear, session: 's5' })).toEqual(['BUDGET_EXCEEDED']);
    await clock.advance(12 * HOUR_MS - 1);
    expect(await call(1, { ...dear, session: 's5' })).toEqual(['BUDGET_EXCEEDED']);
    await clock.advance(1);
    expect(await call(1, { ...dear, session: 's5' })).toEqual(done(1));
    expect(await call(1, { ...dear, session: 's4' })).toEqual(['BUDGET_EXCEEDED']);
  });

  test('ten calls fit into a minute and two hundred into an hour', async () => {
    const { call, clock } = await open();
    const free = { tool: 'web_search', price: '0.00 USD' };

    for (let minute = 0; minute < 20; minute++) {
      expect(await call(11, free)).toEqual([...done(10), 'RATE_EXCEEDED']);
      await clock.advance(MINUTE_MS + 1_000);
    }
    expect(await call(1, free)).toEqual(['RATE_EXCEEDED']);
    await clock.advance(HOUR_MS);
    expect(await call(1, free)).toEqual(done(1));
  });
});

describe('IteraTools', () => {
  const classes = { light: ['web/search'], medium: ['extract/*', 'deploy'], heavy: ['image/generate'] };
  const open = (document: object) =>
    paying(importIteraToolsPolicy(document, { agent: 'bot', classes }), 'bot');

  test('a quota of five heavy calls a minute leaves the other classes alone', async () => {
    const { call, clock } = await open({ rate_class_quota: { light: 120, medium: 30, heavy: 5 } });
    const heavy = { tool: 'image/generate', price: '0.01 USD' };

    expect(await call(6, heavy)).toEqual([...done(5), 'RATE_EXCEEDED']);
    expect(await call(31, { ...heavy, tool: 'extract/structured' })).toEqual([...done(30), 'RATE_EXCEEDED']);
    await clock.advance(MINUTE_MS + 1_000);
    expect(await call(1, heavy)).toEqual(done(1));
  });

  test('a quota of none lets no call of its class run', async () => {
    const { call } = await open({ rate_class_quota: { heavy: 0 } });

    expect(await call(1, { tool: 'image/generate', price: '0.01 USD' })).toEqual(['RATE_EXCEEDED']);
    expect(await call(1, { tool: 'web/search', price: '0.01 USD' })).toEqual(done(1));
  });

  test('a cap of five dollars a day ends at midnight in UTC', async () => {
    const { call, clock } = await open({ spend_limit_usd: 5 });
    const search = { tool: 'web/search', price: '1.25 USD' };

    expect(await call(5, search)).toEqual([...done(4), 'BUDGET_EXCEEDED']);
    expect(await call(1, { ...search, session: 's2' })).toEqual(['BUDGET_EXCEEDED']);
    await clock.advance(12 * HOUR_MS);
    expect(await call(1, search)).toEqual(done(1));
  });

  test('a loop of an agent for operations ends at its quota, long before its cap of the day', async () => {
    const { call } = await open({ rate_class_quota: { heavy: 10 }, spend_limit_usd: 20 });

    const answers = await call(100, { tool: 'image/generate', price: '0.034 USD' });

    expect(answers.filter((each) => each === 'done')).toHaveLength(10);
    expect(new Set(answers.slice(10))).toEqual(new Set(['RATE_EXCEEDED']));
  });
});

describe('PaySentry', () => {
  const approvers = ['boss@example.com'];
  const importing = (rules: readonly object[], maxAmount: number) =>
    importPaySentryPolicy(
      {
        id: 'p',
        name: 'P',
        enabled: true,
        rules,
        budgets: [{ window: 'daily', maxAmount, currency: 'USDC' }],
      },
      { approvers },
    );

  // The program of the page prints amounts and outcomes and no policy; this is one that has them.
  test.each`
    price            | outcome
    ${'5.00 USD'}    | ${'done'}
    ${'75.00 USD'}   | ${'waiting'}
    ${'1500.00 USD'} | ${'BUDGET_EXCEEDED'}
  `('in the flow over x402, $price is $outcome', async ({ price, outcome }) => {
    const { call } = await paying(importing([requireApprovalAbove(50, 'USDC'), allowAll()], 1000), 'bot');

    expect(await call(1, { tool: 'pay', price })).toEqual([outcome]);
  });

  test('the five calls a minute of the demonstration are a rate beside the imported policy', async () => {
    const rules = [blockAbove(100, 'USDC'), requireApprovalAbove(40, 'USDC'), allowAll()];
    const { policies, remarks } = importing(rules, 500);
    const rates = [{ scope: 'agent', limit: 5, per: 'minute' } as const];
    const limited = { policies: [...policies, { id: 'p/rate', rates }], remarks };
    const { call, clock } = await paying(limited, 'agent-research-01');

    expect(await call(1, { tool: 'pay', price: '25.00 USD' })).toEqual(['done']);
    expect(await call(1, { tool: 'pay', price: '45.00 USD' })).toEqual(['waiting']);
    expect(await call(1, { tool: 'pay', price: '150.00 USD' })).toEqual(['RULE_DENIED']);
    expect(await call(1, { tool: 'pay', price: '30.00 USD' })).toEqual(['done']);
    await clock.advance(MINUTE_MS + 1_000);
    expect(await call(6, { tool: 'pay', price: '1.00 USD' })).toEqual([...done(5), 'RATE_EXCEEDED']);
  });

  test('the pause of a policy is the nearest thing to a rate that the dialect can write', async () => {
    const document = {
      id: 'p',
      name: 'P',
      enabled: true,
      rules: [allowAll()],
      budgets: [],
      cooldownMs: 12_000,
    };
    const { call, clock } = await paying(importPaySentryPolicy(document), 'bot');
    const asked = { tool: 'pay', price: '1.00 USD' };

    expect(await call(2, asked)).toEqual(['done', 'RATE_EXCEEDED']);
    await clock.advance(13_000);
    expect(await call(1, asked)).toEqual(['done']);
  });
});
