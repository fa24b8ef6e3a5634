import { everyStore } from './every-store.test-support.ts';
import { type Harness, harness as open, policy } from './engine.test-support.ts';
import { OutcomeUnknownError, ToriiError } from './nouns/errors.ts';
import type { Engine, Permit } from './nouns/engine.ts';
import type { Outcome } from './nouns/outcome.ts';

const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

const stores = await everyStore();
afterAll(() => stores.stop());

describe.each(stores.kinds)('on the %s store', (kind) => {
  async function harness(options: Parameters<typeof open>[0] = {}): Promise<Harness> {
    const opened = await open({ ...stores.on(kind), ...options });
    engines.push(opened.torii);
    return opened;
  }

  type More = Parameters<Permit['extend']>[0];

  /** Runs `search` at 0.10 USD, which asks for more before it answers. */
  async function asking(one: Harness, ...more: readonly More[]): Promise<Outcome<readonly unknown[]>> {
    return one.torii.guard(one.request(), async (permit) => {
      const answers = [];
      for (const each of more) answers.push(await permit.extend(each));
      return answers;
    });
  }

  test('a call that may cost more is charged what it may cost, unless it says less', async () => {
    const one = await harness();

    const outcome = await asking(one, { price: '0.40 USD' });

    expect(outcome).toMatchObject({
      kind: 'done',
      value: [
        { kind: 'extended', price: { units: 400_000n, asset: 'USD/6' }, budgets: [{ held: 400_000n }, {}] },
      ],
      charged: { units: 400_000n },
      budgets: [{ spent: 400_000n, held: 0n }, {}],
    });
    expect(await one.torii.journal.entries({ types: ['call.extended'] })).toMatchObject([
      { facts: { price: '0.40 USD' } },
    ]);
  });

  test('a lower price returns the difference, and up to what was granted nobody is asked again', async () => {
    const one = await harness();

    const outcome = await asking(one, { price: '0.40 USD' }, { price: '0.05 USD' }, { price: '0.40 USD' });

    expect(outcome).toMatchObject({
      value: Array(3).fill({ kind: 'extended' }),
      charged: { units: 400_000n },
    });
  });

  test('more time is given from now on, at the same price', async () => {
    const one = await harness({ holdTtlMs: 1_000 });

    const outcome = await one.torii.guard(one.request(), async (permit) => {
      const answer = await permit.extend({ forMs: 60_000 });
      await one.clock.advance(30_000);
      const record = await one.torii.calls.get(permit.call.id);
      return { answer, state: record?.state };
    });

    expect(outcome).toMatchObject({
      kind: 'done',
      value: { answer: { kind: 'extended', price: { units: 100_000n } }, state: 'started' },
      charged: { units: 100_000n },
    });
  });

  test.each`
    more                         | code
    ${{ price: '5.000001 USD' }} | ${'PRICE_ABOVE_CAP'}
    ${{ price: '1.01 USD' }}     | ${'APPROVAL_MISMATCH'}
    ${{ price: '0.40 EUR' }}     | ${'ASSET_UNKNOWN'}
    ${{ price: '-1 USD' }}       | ${'PRICE_UNKNOWN'}
    ${{ forMs: 0 }}              | ${'CALL_INVALID'}
    ${{ forMs: 1.5 }}            | ${'CALL_INVALID'}
    ${{ forMs: 86_400_001 }}     | ${'CALL_INVALID'}
  `('$more is denied with $code, written down, and the call goes on as it was', async ({ more, code }) => {
    const one = await harness();

    const outcome = await asking(one, more as More);

    expect(outcome).toMatchObject({
      kind: 'done',
      value: [{ kind: 'denied', code, callId: outcome.kind === 'done' ? outcome.callId : '' }],
      charged: { units: 100_000n },
    });
    expect(await one.torii.journal.entries({ types: ['call.denied'] })).toMatchObject([
      { facts: { code, extension: true } },
    ]);
  });

  test('a budget without room says no, and the call goes on as it was', async () => {
    const tight = { id: 'p', budgets: [{ scope: 'agent', window: 'day', limit: '0.30 USD' }] };
    const one = await harness({ policies: [tight] });

    const outcome = await asking(one, { price: '0.31 USD' }, { price: '0.30 USD' });

    expect(outcome).toMatchObject({
      value: [{ kind: 'denied', code: 'BUDGET_EXCEEDED' }, { kind: 'extended' }],
      budgets: [{ spent: 300_000n }],
    });
  });

  test('what a person approved at a price is not raised, and may cost less', async () => {
    const one = await harness();
    const request = one.request({ tool: 'publish', price: '2.00 USD', idempotencyKey: 'k1' });
    const waiting = await one.torii.guard(request, () => undefined);
    if (waiting.kind !== 'waiting') throw new Error('expected a waiting call');
    await one.torii.approvals.decide({
      credential: await one.approverToken('ada@example.com'),
      approvalId: waiting.approval.id,
      verdict: 'approve',
      actionHash: waiting.approval.actionHash,
    });

    const outcome = await one.torii.guard(request, async (permit) => [
      await permit.extend({ price: '2.01 USD' }),
      await permit.extend({ price: '1.50 USD' }),
      await permit.extend({ price: '2.00 USD' }),
    ]);

    expect(outcome).toMatchObject({
      value: [{ kind: 'denied', code: 'APPROVAL_MISMATCH' }, { kind: 'extended' }, { kind: 'extended' }],
      charged: { units: 2_000_000n },
    });
  });

  test('a call whose end was asked for costs nothing more', async () => {
    const one = await harness();
    const answer = await one.torii.authorize(one.request());
    if (answer.kind !== 'allowed') throw new Error('expected leave to execute');

    await answer.permit.settle();
    const late = await answer.permit.extend({ price: '0.20 USD' });

    expect(late).toMatchObject({ kind: 'denied', code: 'CALL_ENDED' });
  });

  test('a call that became unresolved is not extended', async () => {
    const one = await harness({ holdTtlMs: 1_000 });
    const answer = await one.torii.authorize(one.request());
    if (answer.kind !== 'allowed') throw new Error('expected leave to execute');

    await one.clock.advance(2_000);

    expect(await answer.permit.extend({ forMs: 5_000 })).toMatchObject({ code: 'CALL_IN_PROGRESS' });
  });

  const added = { scope: 'owner', window: 'day', limit: '50.00 USD' };
  test.each([
    ['a budget was added', { budgets: [...policy.budgets, added] }],
    ['a limit was lowered', { budgets: [{ ...policy.budgets[1], limit: '0.50 USD' }] }],
  ])('once %s, more has to be asked for with a new call, and less need not be', async (_, changes) => {
    let documents: object[] = [policy];
    const source = { name: 'test', load: () => Promise.resolve(documents) };
    const one = await harness({ policies: source });

    const outcome = await one.torii.guard(one.request(), async (permit) => {
      documents = [{ ...policy, ...changes }];
      await one.torii.policies.reload();
      return [await permit.extend({ price: '0.20 USD' }), await permit.extend({ price: '0.05 USD' })];
    });

    expect(outcome).toMatchObject({
      value: [{ kind: 'denied', code: 'BUDGET_EXCEEDED' }, { kind: 'extended' }],
    });
  });

  test('policies that another engine activated decide the extension', async () => {
    let documents: object[] = [policy];
    const source = { name: 'test', load: () => Promise.resolve(documents) };
    const one = await harness({ policies: source });

    const outcome = await one.torii.guard(one.request(), async (permit) => {
      documents = [{ ...policy, tools: { deny: ['search'] } }];
      await one.torii.policies.reload();
      return permit.extend({ price: '0.20 USD' });
    });

    expect(outcome).toMatchObject({ kind: 'done', value: { kind: 'denied', code: 'TOOL_DENIED' } });
  });

  test.each([
    ['fails', () => Promise.reject(new ToriiError('STORE_UNAVAILABLE', 'gone'))],
    ['never answers', () => new Promise<never>(() => undefined)],
  ])('a store that %s denies the extension in time; the call can still end', async (_, extend) => {
    const one = await harness({ wrap: (store) => ({ ...store, extend }) });

    const asked = asking(one, { price: '0.40 USD' });
    await one.clock.advance(450);

    expect(await asked).toMatchObject({
      kind: 'done',
      value: [{ kind: 'denied', code: 'STORE_UNAVAILABLE' }],
      charged: { units: 100_000n },
    });
  });

  test('an unresolved call keeps what it was extended to', async () => {
    const one = await harness();

    await one.torii.guard(one.request(), async (permit) => {
      await permit.extend({ price: '0.40 USD' });
      throw new OutcomeUnknownError('lost');
    });

    expect(await one.torii.agents.status(one.agentToken)).toMatchObject({
      budgets: [{ held: 400_000n }, {}],
    });
  });

  test.each`
    tool        | price
    ${'search'} | ${'100.00 USD'}
    ${'trade'}  | ${'0.40 USD'}
  `(
    'in shadow $tool may cost $price, and what would have been denied is written down',
    async ({ tool, price }) => {
      const one = await harness({ mode: 'shadow' });

      const outcome = await one.torii.guard(one.request({ tool }), (permit) => permit.extend({ price }));

      expect(outcome).toMatchObject({ kind: 'done', value: { kind: 'extended' } });
      expect(await one.torii.journal.entries({ types: ['call.shadowed'] })).toHaveLength(1);
    },
  );

  test('what a person approved is not raised either once policy asks nobody any more', async () => {
    let documents: object[] = [policy];
    const one = await harness({ policies: { name: 'test', load: () => Promise.resolve(documents) } });
    const request = one.request({ tool: 'publish', price: '2.00 USD', idempotencyKey: 'k1' });
    const waiting = await one.torii.guard(request, () => undefined);
    if (waiting.kind !== 'waiting') throw new Error('expected a waiting call');
    await one.torii.approvals.decide({
      credential: await one.approverToken('ada@example.com'),
      approvalId: waiting.approval.id,
      verdict: 'approve',
      actionHash: waiting.approval.actionHash,
    });

    const outcome = await one.torii.guard(request, async (permit) => {
      documents = [{ ...policy, approvals: [] }];
      await one.torii.policies.reload();
      return permit.extend({ price: '2.01 USD' });
    });

    expect(outcome).toMatchObject({ value: { kind: 'denied', code: 'APPROVAL_MISMATCH' } });
  });

  test('up to what was granted once nobody is asked again, and beyond it somebody would have to be', async () => {
    let documents: object[] = [policy];
    const one = await harness({ policies: { name: 'test', load: () => Promise.resolve(documents) } });
    const always = { when: 'always', approvers: ['ada@example.com'], expiresIn: '1h' };

    const outcome = await one.torii.guard(one.request(), async (permit) => {
      await permit.extend({ price: '0.40 USD' });
      await permit.extend({ price: '0.05 USD' });
      documents = [{ ...policy, approvals: [always] }];
      await one.torii.policies.reload();
      return [await permit.extend({ price: '0.41 USD' }), await permit.extend({ price: '0.40 USD' })];
    });

    expect(outcome).toMatchObject({
      value: [{ kind: 'denied', code: 'APPROVAL_MISMATCH' }, { kind: 'extended' }],
    });
  });

  test('what was returned is not held again past a budget that was added since', async () => {
    let documents: object[] = [policy];
    const one = await harness({ policies: { name: 'test', load: () => Promise.resolve(documents) } });

    const outcome = await one.torii.guard(one.request(), async (permit) => {
      await permit.extend({ price: '0.05 USD' });
      documents = [{ ...policy, budgets: [...policy.budgets, added] }];
      await one.torii.policies.reload();
      return permit.extend({ price: '0.10 USD' });
    });

    expect(outcome).toMatchObject({ value: { kind: 'denied', code: 'BUDGET_EXCEEDED' } });
  });

  test('a free call passes with an empty wallet, and cannot be extended past it', async () => {
    const one = await harness({ policies: [{ id: 'p', wallet: { currency: 'USD' } }] });

    const outcome = await one.torii.guard(one.request({ price: '0 USD' }), (permit) =>
      permit.extend({ price: '1.00 USD' }),
    );

    expect(outcome).toMatchObject({ kind: 'done', value: { kind: 'denied', code: 'WALLET_INSUFFICIENT' } });
  });

  test('while the store cannot write the end, nothing more is asked of it for the call', async () => {
    let asked = 0;
    const one = await harness({
      wrap: (store) => ({
        ...store,
        settle: () => new Promise(() => undefined),
        extend: (extension) => {
          asked += 1;
          return store.extend(extension);
        },
      }),
    });
    const answer = await one.torii.authorize(one.request());
    if (answer.kind !== 'allowed') throw new Error('expected leave to execute');
    const ending = answer.permit.settle().catch(() => undefined);

    const late = await answer.permit.extend({ price: '0.20 USD' });
    await one.clock.advance(450);
    await ending;

    expect(late).toMatchObject({ kind: 'denied', code: 'CALL_ENDED' });
    expect(asked).toBe(0);
  });

  test('in shadow what is no price leaves the one that was granted last', async () => {
    const one = await harness({ mode: 'shadow' });

    const outcome = await asking(one, { price: '0.40 USD' }, { price: 'much' });

    expect(outcome).toMatchObject({
      value: [{ kind: 'extended' }, { kind: 'extended', price: { units: 400_000n } }],
      charged: { units: 400_000n },
    });
  });
});
