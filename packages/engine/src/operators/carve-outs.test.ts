import { everyStore } from '../every-store.test-support.ts';
import { type Harness, harness as open } from '../engine.test-support.ts';
import { signAgentToken } from '../identify/index.ts';
import type { CarveOutRequest, Opened } from '../nouns/carve-out.ts';
import { OutcomeUnknownError } from '../nouns/errors.ts';
import type { Denial } from '../nouns/denial.ts';
import type { Engine } from '../nouns/engine.ts';
import type { Outcome } from '../nouns/outcome.ts';

const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

const stores = await everyStore();
afterAll(() => stores.stop());

describe.each(stores.kinds)('on the %s store', (kind) => {
  const issuer = {
    issuer: 'https://issuer.example',
    audience: 'torii',
    algorithm: 'HS256',
    key: 'k'.repeat(32),
  } as const;
  const parent = { scope: 'agent', window: 'day', limit: '5.00 USD' };
  const policies = [
    { id: 'parents', match: { agents: ['bot'] }, budgets: [parent] },
    { id: 'workers', match: { agents: ['worker'] }, budgets: [{ ...parent, limit: '2.00 USD' }] },
  ];

  interface World extends Harness {
    readonly open: (changes?: Partial<CarveOutRequest>) => Promise<Opened | Denial>;

    /** A call of the delegated agent, whose token names the carve-out. */
    readonly work: (carveOut: string, changes?: Work) => Promise<Outcome<string>>;
  }

  interface Work {
    readonly key?: string;
    readonly price?: string;
    readonly owner?: string;
    readonly tenant?: string;
    readonly run?: () => string | Promise<string>;
  }

  async function world(options: Parameters<typeof open>[0] = {}): Promise<World> {
    const one = await open({ ...stores.on(kind), policies, ...options });
    engines.push(one.torii);
    const { clock, torii } = one;
    return {
      ...one,
      open: (changes = {}) =>
        torii.carveOuts.open({
          credential: one.agentToken,
          amount: '1.00 USD',
          forMs: 60_000,
          idempotencyKey: 'c1',
          ...changes,
        }),
      work: async (carveOut, { key, price = '0.40 USD', owner = 'olga@example.com', tenant, run } = {}) => {
        const who = { agent: 'worker', session: 'w1', owner, ...(tenant === undefined ? {} : { tenant }) };
        const credential = await signAgentToken({
          ...issuer,
          ...who,
          carveOut,
          clock,
          expiresInSeconds: 80_000,
        });
        const named = key === undefined ? {} : { idempotencyKey: key };
        return torii.guard(one.request({ credential, price, ...named }), run ?? (() => 'worked'));
      },
    };
  }

  async function opened(one: World): Promise<string> {
    const answer = await one.open();
    if (answer.kind !== 'opened') throw new Error(answer.message);
    return answer.id;
  }

  async function parentBudget({ torii, agentToken }: Harness): Promise<object | undefined> {
    const status = await torii.agents.status(agentToken);
    if (status.kind !== 'status') return undefined;
    const [budget] = status.budgets;
    return { spent: budget?.spent, held: budget?.held };
  }

  test('what delegated agents spend becomes the spend of their parent, and the rest returns', async () => {
    const one = await world();

    const answer = await one.open();
    const id = answer.kind === 'opened' ? answer.id : '';
    const before = await parentBudget(one);
    const outcomes = [
      await one.work(id, { key: 'a' }),
      await one.work(id, { key: 'b' }),
      await one.work(id, { key: 'c' }),
    ];
    const closed = await one.torii.carveOuts.close(id, 'the work is done');

    expect(answer).toMatchObject({ amount: { units: 1_000_000n }, budgets: [{ held: 1_000_000n }] });
    expect(before).toEqual({ spent: 0n, held: 1_000_000n });
    expect(outcomes.map((outcome) => (outcome.kind === 'denied' ? outcome.code : outcome.kind))).toEqual([
      'done',
      'done',
      'BUDGET_EXCEEDED',
    ]);
    expect(closed).toMatchObject({
      state: 'settled',
      amount: 1_000_000n,
      spent: 800_000n,
      held: 0n,
      left: 0n,
    });
    expect(await parentBudget(one)).toEqual({ spent: 800_000n, held: 0n });
    expect(await one.work(id, { key: 'd' })).toMatchObject({ kind: 'denied', code: 'BUDGET_EXCEEDED' });
    expect(await one.torii.journal.verify()).toMatchObject({ kind: 'intact' });
  });

  test('the policies of the parent judge what it sets aside, those of the delegated agent what it spends', async () => {
    const one = await world();

    expect(await one.open({ amount: '5.01 USD' })).toMatchObject({ kind: 'denied', code: 'BUDGET_EXCEEDED' });
    expect(await one.open({ amount: '4.00 USD', idempotencyKey: 'c2' })).toMatchObject({ kind: 'opened' });
    expect(await one.open({ amount: '4.00 USD', idempotencyKey: 'c3' })).toMatchObject({
      code: 'BUDGET_EXCEEDED',
    });
    const answer = await one.open({ amount: '4.00 USD', idempotencyKey: 'c2' });
    const id = answer.kind === 'opened' ? answer.id : '';
    expect(await one.work(id, { price: '2.01 USD' })).toMatchObject({
      kind: 'denied',
      code: 'BUDGET_EXCEEDED',
    });
  });

  test('the same key is the same carve-out, and another amount under it is a conflict', async () => {
    const one = await world();

    const first = await one.open();
    const again = await one.open();

    expect(again).toMatchObject({ kind: 'opened', id: first.kind === 'opened' ? first.id : '' });
    expect(await one.open({ amount: '2.00 USD' })).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect(await parentBudget(one)).toEqual({ spent: 0n, held: 1_000_000n });
  });

  test('a carve-out whose answer was lost is found by repeating it', async () => {
    let loses = true;
    const one = await world({
      wrap: (store) => ({
        ...store,
        reserve: async (reservation) => {
          const answer = await store.reserve(reservation);
          if (loses) throw new Error('the line broke');
          return answer;
        },
      }),
    });

    const lost = await one.open();
    await one.clock.advance(10);
    loses = false;

    expect(lost).toMatchObject({ kind: 'denied', code: 'STORE_UNAVAILABLE' });
    expect(await one.open()).toMatchObject({ kind: 'opened' });
    expect(await parentBudget(one)).toEqual({ spent: 0n, held: 1_000_000n });
  });

  test.each`
    changes                      | code
    ${{ credential: undefined }} | ${'IDENTITY_MISSING'}
    ${{ amount: '0 USD' }}       | ${'PRICE_UNKNOWN'}
    ${{ amount: 'much' }}        | ${'PRICE_UNKNOWN'}
    ${{ forMs: 0 }}              | ${'CALL_INVALID'}
    ${{ forMs: 2_678_400_001 }}  | ${'CALL_INVALID'}
    ${{ idempotencyKey: '' }}    | ${'CALL_INVALID'}
    ${{ idempotencyKey: null }}  | ${'CALL_INVALID'}
    ${{ amount: '1 EUR' }}       | ${'ASSET_UNKNOWN'}
  `('$changes sets nothing aside: $code', async ({ changes, code }) => {
    const one = await world();

    expect(await one.open(changes as Partial<CarveOutRequest>)).toMatchObject({ kind: 'denied', code });
    expect(await parentBudget(one)).toEqual({ spent: 0n, held: 0n });
  });

  test.each`
    section                                                                       | code
    ${{ tools: { allow: ['search'] } }}                                           | ${'TOOL_NOT_ALLOWED'}
    ${{ tools: { deny: ['torii/carve-out'] } }}                                   | ${'TOOL_DENIED'}
    ${{ approvals: [{ when: 'always', approvers: ['ada@x'], expiresIn: '1h' }] }} | ${'TOOL_NOT_ALLOWED'}
  `('a parent whose policy says $section cannot delegate: $code', async ({ section, code }) => {
    const one = await world({ policies: [{ id: 'p', ...(section as object) }] });

    expect(await one.open()).toMatchObject({ kind: 'denied', code });
  });

  test('doors cannot offer a tool of the name that sets money aside', async () => {
    const one = await world();

    const outcome = await one.torii.guard(one.request({ tool: 'torii/carve-out' }), () => 'ran');

    expect(outcome).toMatchObject({ kind: 'denied', code: 'TOOL_NAME_INVALID' });
  });

  test.each`
    whose               | changes
    ${'another owner'}  | ${{ owner: 'eve@example.com' }}
    ${'another tenant'} | ${{ tenant: 'acme' }}
  `('agents of $whose do not spend from it', async ({ changes }) => {
    const one = await world();
    const id = await opened(one);

    expect(await one.work(id, changes as Work)).toMatchObject({ kind: 'denied', code: 'BUDGET_EXCEEDED' });
    expect(await one.torii.carveOuts.status(id)).toMatchObject({ spent: 0n, held: 0n });
  });

  test('a token that names nothing that was set aside is denied, also what costs nothing', async () => {
    const one = await world();
    const call = await one.torii.guard(one.request(), () => 'ran');
    const ordinary = call.kind === 'done' ? call.callId : '';

    for (const name of ['call_unknown', ordinary])
      expect(await one.work(name, { price: '0 USD' })).toMatchObject({ code: 'BUDGET_EXCEEDED' });
    expect(await one.torii.carveOuts.status(ordinary)).toBeUndefined();
    expect(await one.torii.carveOuts.close('call_unknown')).toBeUndefined();
  });

  test('what is held of it when it is closed is waited for, and then settled', async () => {
    const one = await world();
    const id = await opened(one);

    const outcome = await one.work(id, {
      run: async () => {
        const closed = await one.torii.carveOuts.close(id);
        return `${closed?.state} ${closed?.held}`;
      },
    });
    await one.clock.advance(6_000);

    expect(outcome).toMatchObject({ kind: 'done', value: 'unresolved 400000' });
    expect(await one.torii.carveOuts.status(id)).toMatchObject({ state: 'settled', spent: 400_000n });
    expect(await parentBudget(one)).toEqual({ spent: 400_000n, held: 0n });
    expect(await one.torii.carveOuts.close(id)).toMatchObject({ state: 'settled' });
  });

  test('past its time it closes by itself and is settled', async () => {
    const one = await world();
    const id = await opened(one);
    await one.work(id);

    await one.clock.advance(70_000);

    expect(await one.torii.carveOuts.status(id)).toMatchObject({ state: 'settled', spent: 400_000n });
    expect(await parentBudget(one)).toEqual({ spent: 400_000n, held: 0n });
  });

  test('one whose engine stopped between closing and settling it is settled when its time is up', async () => {
    const one = await world();
    const id = await opened(one);
    await one.work(id);
    await one.store.closeCarveOut(id, {});

    await one.clock.advance(70_000);

    expect(await one.torii.carveOuts.status(id)).toMatchObject({ state: 'settled', spent: 400_000n });
  });

  test('a call whose cost nobody knows keeps the carve-out open until an operator says', async () => {
    const one = await world();
    const id = await opened(one);
    const lost = await one.work(id, { run: () => Promise.reject(new OutcomeUnknownError('lost')) });
    await one.torii.carveOuts.close(id);
    await one.clock.advance(70_000);
    const meanwhile = await one.torii.carveOuts.status(id);
    const early = await one.torii.calls.settle(id, '0 USD', 'too early');
    if (lost.kind !== 'unresolved') throw new Error('expected an unresolved call');

    await one.torii.calls.settle(lost.callId, '0.25 USD', 'the provider says so');
    await one.clock.advance(6_000);

    expect(meanwhile).toMatchObject({ state: 'unresolved', held: 400_000n });
    expect(early).toMatchObject({ first: false, call: { state: 'unresolved' } });
    expect(await one.torii.carveOuts.status(id)).toMatchObject({ state: 'settled', spent: 250_000n });
  });

  test('a delegated agent can delegate further, out of what it has', async () => {
    const one = await world();
    const id = await opened(one);
    const credential = await signAgentToken({
      ...issuer,
      agent: 'worker',
      owner: 'olga@example.com',
      session: 'w1',
      carveOut: id,
      clock: one.clock,
      expiresInSeconds: 600,
    });

    const tooMuch = await one.open({ credential, amount: '1.01 USD', idempotencyKey: 'x' });
    const further = await one.open({ credential, amount: '0.60 USD', idempotencyKey: 'y' });
    const child = further.kind === 'opened' ? further.id : '';
    await one.work(child);
    await one.torii.carveOuts.close(child);

    expect(tooMuch).toMatchObject({ kind: 'denied', code: 'BUDGET_EXCEEDED' });
    expect(await one.torii.carveOuts.status(id)).toMatchObject({ spent: 400_000n, held: 0n, left: 600_000n });
    expect(await one.torii.agents.status(credential)).toMatchObject({
      budgets: [{ policy: 'workers' }, { account: 'carve-out', spent: 400_000n, left: 600_000n }],
    });
  });

  test('in shadow nobody is kept from delegating', async () => {
    const one = await world({ mode: 'shadow', policies: [{ id: 'p', tools: { deny: ['torii/*'] } }] });

    const answer = await one.open();
    const outcome = await one.work(answer.kind === 'opened' ? answer.id : '');

    expect(answer).toMatchObject({ kind: 'opened', amount: { units: 1_000_000n }, budgets: [] });
    expect(outcome).toMatchObject({ kind: 'done' });
  });

  test('agents of another issuer do not spend from it, also once its own have', async () => {
    const two = { ...issuer, issuer: 'https://two.example' };
    const issuers = [issuer, two].map((each) => ({ ...each, vouchesFor: ['agents' as const] }));
    const one = await world({ identity: { issuers } });
    const id = await opened(one);
    await one.work(id, { key: 'own' });
    const who = { agent: 'worker', owner: 'olga@example.com', session: 'w1' };
    const credential = await signAgentToken({
      ...two,
      ...who,
      carveOut: id,
      clock: one.clock,
      expiresInSeconds: 60,
    });

    expect(await one.torii.guard(one.request({ credential }), () => 'ran')).toMatchObject({
      kind: 'denied',
      code: 'BUDGET_EXCEEDED',
    });
    // Nor another owner, whose issuer is the same, after the currency of the carve-out is known.
    expect(await one.work(id, { key: 'other', owner: 'eve@example.com' })).toMatchObject({ kind: 'denied' });
    expect(await one.torii.carveOuts.status(id)).toMatchObject({ spent: 400_000n, held: 0n });
  });

  test('what was set aside is not settled under a call that is priced at nothing and still runs', async () => {
    const one = await world();
    const id = await opened(one);
    let meanwhile: unknown;

    await one.work(id, {
      price: '0 USD',
      run: async () => {
        meanwhile = await one.torii.carveOuts.close(id);
        return 'worked';
      },
    });

    expect(meanwhile).toMatchObject({ state: 'unresolved', held: 1n });
    expect(await one.torii.carveOuts.close(id)).toMatchObject({ state: 'settled', spent: 0n, held: 0n });
  });

  test('an id that sets aside another currency anew, long after it ended, is not counted in the old one', async () => {
    const one = await world({ policies: [{ id: 'p' }] });
    const id = await opened(one);
    const spent = await one.work(id, { key: 'a' });
    await one.torii.carveOuts.close(id);
    one.clock.set(one.clock.now() + 73 * 3_600_000);
    await one.clock.advance(1_000);
    const { clock } = one;
    const who = { agent: 'bot', owner: 'olga@example.com', session: 's1' };
    const credential = await signAgentToken({ ...issuer, ...who, clock, expiresInSeconds: 600 });

    const anew = await one.open({ credential, amount: '1000 JPY' });

    expect(spent).toMatchObject({ kind: 'done' });
    expect(anew).toMatchObject({ kind: 'opened', id });
    expect(await one.work(id, { key: 'b' })).toMatchObject({ kind: 'denied', code: 'ASSET_UNKNOWN' });
    expect(await one.torii.carveOuts.status(id)).toMatchObject({ currency: 'JPY', spent: 0n, held: 0n });
  });

  test('the key of a carve-out that is closed and still in use does not say that a call ran', async () => {
    const one = await world();
    const id = await opened(one);

    const outcome = await one.work(id, {
      run: async () => {
        await one.torii.carveOuts.close(id);
        const again = await one.open();
        return again.kind === 'denied' ? `${again.code}: ${again.message}` : again.kind;
      },
    });

    expect(outcome).toMatchObject({
      value: 'CALL_IN_PROGRESS: what this id set aside is closed and not settled yet',
    });
  });
});
