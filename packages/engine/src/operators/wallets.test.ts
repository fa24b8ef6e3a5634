import { everyStore } from '../every-store.test-support.ts';
import { type Harness, harness as open } from '../engine.test-support.ts';
import { ToriiError } from '../nouns/errors.ts';
import type { Engine } from '../nouns/engine.ts';
import type { AgentName } from '../nouns/operator.ts';

const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

const stores = await everyStore();
afterAll(() => stores.stop());

describe.each(stores.kinds)('on the %s store', (kind) => {
  const paid = { id: 'paid', wallet: { currency: 'USD' } };
  const bot = { agent: 'bot', owner: 'olga@example.com' };
  const other = { agent: 'other', owner: 'olga@example.com' };
  const by = { author: 'ops@example.com', note: 'top-up' };

  async function harness(options: Parameters<typeof open>[0] = {}): Promise<Harness> {
    const opened = await open({ ...stores.on(kind), policies: [paid], ...options });
    engines.push(opened.torii);
    return opened;
  }

  async function problemOf(attempt: Promise<unknown>): Promise<string> {
    const error: unknown = await attempt.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return ToriiError.is(error) ? `${error.code} ${error.message}` : String(error);
  }

  test('what is credited can be spent, and no more', async () => {
    const one = await harness();
    const empty = await one.torii.guard(one.request(), () => 'ran');
    await one.torii.wallets.credit({ id: 'm1', agent: bot, amount: '0.15 USD' }, by);

    const first = await one.torii.guard(one.request({ idempotencyKey: 'a' }), () => 'ran');
    const second = await one.torii.guard(one.request({ idempotencyKey: 'b' }), () => 'ran');

    expect([empty, first, second]).toMatchObject([
      { kind: 'denied', code: 'WALLET_INSUFFICIENT' },
      { kind: 'done' },
      { kind: 'denied', code: 'WALLET_INSUFFICIENT' },
    ]);
    expect(await one.torii.wallets.balance({ agent: bot, currency: 'USD' })).toMatchObject({
      account: 'wallet',
      limit: 150_000n,
      spent: 100_000n,
      held: 0n,
      left: 50_000n,
    });
    expect(await one.torii.agents.status(one.agentToken)).toMatchObject({
      budgets: [{ account: 'wallet', left: 50_000n }],
    });
  });

  test('a movement happens once, and another one under its id is refused', async () => {
    const one = await harness();
    const { wallets } = one.torii;

    const answers = [
      await wallets.credit({ id: 'm1', agent: bot, amount: '5.00 USD' }, by),
      await wallets.credit({ id: 'm1', agent: bot, amount: '5 USD' }, { author: 'somebody else' }),
      await wallets.credit({ id: 'm1', agent: bot, amount: '6.00 USD' }, by),
      await wallets.debit({ id: 'm2', agent: bot, amount: '5.01 USD' }, by),
      await wallets.debit({ id: 'm3', agent: bot, amount: '1.00 USD' }, by),
      await wallets.transfer({ id: 'm4', from: bot, to: other, amount: '1.50 USD' }, by),
    ];

    expect(answers).toMatchObject([
      { kind: 'moved', first: true },
      { kind: 'moved', first: false },
      { kind: 'conflict' },
      { kind: 'insufficient', left: 5_000_000n },
      { kind: 'moved', first: true },
      { kind: 'moved', first: true },
    ]);
    expect(await wallets.balance({ agent: bot, currency: 'USD' })).toMatchObject({ left: 2_500_000n });
    expect(await wallets.balance({ agent: other, currency: 'USD' })).toMatchObject({ left: 1_500_000n });
  });

  test('the history tells every movement and every call, newest first', async () => {
    const one = await harness();
    await one.torii.wallets.credit({ id: 'm1', agent: bot, amount: '1.00 USD' }, by);
    await one.torii.guard(one.request(), () => 'ran');
    await one.torii.wallets.transfer({ id: 'm2', from: bot, to: other, amount: '0.10 USD' }, by);

    const history = await one.torii.wallets.history({ agent: bot, currency: 'USD' });
    const [newest] = history;
    const page = { beforeSeq: newest?.seq ?? 0, limit: 1 };

    expect(history.map(({ type }) => type)).toEqual([
      'wallet.transferred',
      'call.settled',
      'wallet.credited',
    ]);
    expect(history.at(-1)).toMatchObject({ facts: { ...by, movement: 'm1', currency: 'USD' } });
    expect(await one.torii.wallets.history({ agent: bot, currency: 'USD', ...page })).toMatchObject([
      { type: 'call.settled' },
    ]);
  });

  test.each`
    amount                                               | expected
    ${'0 USD'}                                           | ${'more than nothing'}
    ${'-1 USD'}                                          | ${'an amount such as'}
    ${'1e3 USD'}                                         | ${'an amount such as'}
    ${{ units: 5n, asset: 'a:b/c:d' }}                   | ${'an amount such as'}
    ${{ units: 5n, asset: 'eip155:1/slip44:60' }}        | ${'in a currency'}
    ${{ units: 9_007_199_254_740_991n, asset: 'USD/0' }} | ${'in a currency'}
  `('$amount is no amount to move', async ({ amount, expected }) => {
    const one = await harness();

    const problem = await problemOf(
      one.torii.wallets.credit({ id: 'm1', agent: bot, amount: amount as string }, by),
    );

    expect(problem).toMatch(/^MONEY_INVALID expected/);
    expect(problem).toContain(expected);
  });

  test.each`
    change                                            | where
    ${{ id: '' }}                                     | ${'`id`'}
    ${{ id: 'a\nb' }}                                 | ${'`id`'}
    ${{ agent: { ...bot, agent: '' } }}               | ${'`agent.agent`'}
    ${{ agent: { agent: 'bot' } }}                    | ${'`agent.owner`'}
    ${{ agent: 'bot' }}                               | ${'`agent`'}
    ${{ agent: { ...bot, issuer: 'https://other' } }} | ${'`agent.issuer`'}
    ${{ agent: { ...bot, tenant: 'a b' } }}           | ${'`agent.tenant`'}
  `('$change is not a wallet that anybody has', async ({ change, where }) => {
    const one = await harness();
    const asked = { id: 'm1', agent: bot, amount: '1 USD', ...(change as object) };

    expect(await problemOf(one.torii.wallets.credit(asked, by))).toContain(`OPTIONS_INVALID ${where}`);
  });

  test('nobody moves money without saying who', async () => {
    const one = await harness();

    const problem = await problemOf(
      one.torii.wallets.credit({ id: 'm1', agent: bot, amount: '1 USD' }, { author: '' }),
    );

    expect(problem).toContain('OPTIONS_INVALID `by.author`');
  });

  test('both legs of a transfer are in one tenant, and of two agents', async () => {
    const one = await harness();
    const move = (to: AgentName): Promise<unknown> =>
      one.torii.wallets.transfer({ id: 'm1', from: bot, to, amount: '1 USD' }, by);

    expect(await problemOf(move({ ...other, tenant: 'acme' }))).toContain('`to.tenant`');
    expect(await problemOf(move(bot))).toContain('`to`: expected another agent');
  });

  test('of several issuers the wallet has to say whose tokens name the agent', async () => {
    const issuer = { audience: 'torii', algorithm: 'HS256', key: 'k'.repeat(32) } as const;
    const issuers = [
      { ...issuer, issuer: 'one', vouchesFor: ['agents'], tenant: 'acme' },
      { ...issuer, issuer: 'two', vouchesFor: ['agents'] },
      { ...issuer, issuer: 'people', vouchesFor: ['approvers'] },
    ] as const;
    const one = await harness({ identity: { issuers } });
    const credit = (id: string, agent: AgentName): Promise<unknown> =>
      one.torii.wallets.credit({ id, agent, amount: '1 USD' }, by);

    expect(await problemOf(credit('m1', bot))).toContain('`agent.issuer`: expected a configured issuer');
    expect(await problemOf(credit('m1', { ...bot, issuer: 'people' }))).toContain('`agent.issuer`');
    expect(await problemOf(credit('m1', { ...bot, issuer: 'one', tenant: 'x' }))).toContain('`agent.tenant`');
    expect(await credit('m1', { ...bot, issuer: 'one' })).toMatchObject({ kind: 'moved' });
    expect(
      await one.torii.wallets.balance({ agent: { ...bot, issuer: 'one', tenant: 'acme' }, currency: 'USD' }),
    ).toMatchObject({ left: 1_000_000n });
    expect(
      await one.torii.wallets.balance({ agent: { ...bot, issuer: 'two' }, currency: 'USD' }),
    ).toMatchObject({ left: 0n });
  });

  test('a call that costs more than the wallet has freezes it until somebody lifts the freeze', async () => {
    const one = await harness();
    await one.torii.wallets.credit({ id: 'm1', agent: bot, amount: '0.20 USD' }, by);

    await one.torii.guard(one.request(), () => 'ran', { charged: () => '0.30 USD' });
    const stopped = await one.torii.wallets.debit({ id: 'm2', agent: bot, amount: '0.01 USD' }, by);
    const { key, frozen } = await one.torii.wallets.balance({ agent: bot, currency: 'USD' });

    expect(stopped).toMatchObject({ kind: 'frozen' });
    expect(frozen).toBe(true);
    expect(await one.torii.budgets.unfreeze({ key, tenant: 'default' }, 'looked at it')).toBe(true);
  });
});
