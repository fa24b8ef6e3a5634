import { type Harness, harness as open, policy } from './engine.test-support.ts';
import type { Engine } from './nouns/engine.ts';
import type { Entry, EntryType } from './nouns/entry.ts';
import type { Store } from './nouns/store.ts';
import { memoryStore } from './stores/memory/memory-store.ts';

const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

async function shadow(options: Parameters<typeof open>[0] = {}): Promise<Harness> {
  const opened = await open({ mode: 'shadow', ...options });
  engines.push(opened.torii);
  return opened;
}

async function entries({ torii }: Harness, ...types: EntryType[]): Promise<readonly Entry[]> {
  return torii.journal.entries({ types });
}

test('the journal says at the start that nothing is enforced', async () => {
  expect(await entries(await shadow(), 'engine.started')).toMatchObject([{ facts: { mode: 'shadow' } }]);
});

test.each`
  changes                              | code
  ${{ tool: 'trade' }}                 | ${'TOOL_NOT_ALLOWED'}
  ${{ tool: 'shop/delete' }}           | ${'TOOL_DENIED'}
  ${{ price: '5.000001 USD' }}         | ${'PRICE_ABOVE_CAP'}
  ${{ price: '0.10 EUR' }}             | ${'ASSET_UNKNOWN'}
  ${{ price: undefined }}              | ${'PRICE_UNKNOWN'}
  ${{ tool: '__proto__/' }}            | ${'TOOL_NAME_INVALID'}
  ${{ tool: 'a'.repeat(10_000) }}      | ${'TOOL_NAME_INVALID'}
  ${{ arguments: { half: '\ud800' } }} | ${'CALL_INVALID'}
  ${{ idempotencyKey: 'a\nb' }}        | ${'CALL_INVALID'}
`('$changes runs, and the journal says that it would have been denied: $code', async ({ changes, code }) => {
  const one = await shadow();

  const outcome = await one.torii.guard(one.request(changes), () => 'ran');

  expect(outcome).toMatchObject({ kind: 'done', value: 'ran', charged: undefined, budgets: [] });
  expect(await entries(one, 'call.denied')).toMatchObject([{ facts: { code, agent: 'bot' } }]);
  expect(await entries(one, 'call.shadowed')).toMatchObject([
    { callId: outcome.kind === 'done' ? outcome.callId : '', facts: { code, agent: 'bot', session: 's1' } },
  ]);
  expect(one.errors).toEqual([]);
});

test('what was let through has the call id of its denial, in the journal and in the permit', async () => {
  const one = await shadow();

  const outcome = await one.torii.guard(one.request({ tool: 'trade' }), (permit) => permit.call.id);

  const [denied] = await entries(one, 'call.denied');
  expect(outcome).toMatchObject({ kind: 'done', callId: denied?.callId, value: denied?.callId });
});

test.each([undefined, 'a.b.c', '', 'x'.repeat(100_000)])(
  'a caller without proof runs, and is counted with the others like it',
  async (credential) => {
    const one = await shadow();

    const outcomes = [];
    for (let call = 0; call < 5; call++)
      outcomes.push(await one.torii.guard(one.request({ credential }), () => 'ran'));
    await one.clock.advance(1_000);

    expect(outcomes).toMatchObject(Array(5).fill({ kind: 'done', value: 'ran' }));
    const [refused] = await entries(one, 'identity.refused');
    expect(Object.values(refused?.facts ?? {})).toEqual([5]);
    expect(await entries(one, 'call.shadowed', 'call.denied')).toEqual([]);
  },
);

test('a call that policy allows is held, charged and settled as always', async () => {
  const one = await shadow();

  const outcome = await one.torii.guard(one.request(), () => 'found', { charged: () => '0.04 USD' });

  expect(outcome).toMatchObject({
    kind: 'done',
    charged: { units: 40_000n },
    budgets: [{ spent: 40_000n, held: 0n }, { spent: 40_000n }],
  });
  expect(await entries(one, 'call.shadowed')).toEqual([]);
});

test('a budget is charged as long as there is room, and what comes after runs uncharged', async () => {
  const one = await shadow();

  for (let index = 0; index < 5; index++)
    await one.torii.guard(one.request({ price: '0.90 USD', arguments: { index } }), () => index);
  const outcomes = [];
  for (let index = 5; index < 15; index++)
    outcomes.push(
      await one.torii.guard(one.request({ price: '0.90 USD', arguments: { index } }), () => index),
    );

  expect(outcomes.map((outcome) => outcome.kind)).toEqual(Array(10).fill('done'));
  expect(await entries(one, 'call.shadowed')).toMatchObject(
    Array(4).fill({ facts: { code: 'BUDGET_EXCEEDED' } }),
  );
  expect(await one.torii.agents.status(one.agentToken)).toMatchObject({
    budgets: [{ spent: 9_900_000n }, {}],
  });
});

test('nobody is asked: a call that needs approval runs at once, and its entry says who would have been', async () => {
  const one = await shadow();
  const request = one.request({ tool: 'publish', price: '2.00 USD' });

  const outcome = await one.torii.guard(request, () => 'published');

  expect(outcome).toMatchObject({ kind: 'done', charged: { units: 2_000_000n } });
  const approver = await one.approverToken('ada@example.com');
  expect(await one.torii.approvals.list({ credential: approver })).toEqual({ kind: 'page', approvals: [] });
  expect(await entries(one, 'approval.created')).toEqual([]);
  expect((await entries(one, 'call.reserved'))[0]?.facts['shadow']).toEqual({
    unasked: [{ policy: 'research', clause: 'approvals[0]', reason: '2.00 USD is above 1.00 USD' }],
  });
});

test('decide tells what policy says, not what shadow makes of it', async () => {
  const one = await shadow();

  const answers = [
    await one.torii.decide(one.request({ tool: 'publish', price: '2.00 USD' })),
    await one.torii.decide(one.request({ tool: 'trade' })),
  ];

  expect(answers).toMatchObject([{ kind: 'approve' }, { kind: 'deny' }]);
});

test.each([{ tool: 'publish', price: '2.00 USD' }, { tool: 'trade' }, { price: undefined }, {}])(
  'prepare is ready for %j and starts nothing',
  async (changes) => {
    const one = await shadow();

    const answers = [
      await one.torii.prepare(one.request(changes)),
      await one.torii.prepare(one.request(changes)),
    ];

    expect(answers).toMatchObject(Array(2).fill({ kind: 'ready', approvalId: undefined }));
    expect(await entries(one, 'call.reserved', 'approval.created')).toEqual([]);
  },
);

test.each(['settle', 'release', 'suspend'] as const)(
  'a permit that holds nothing ends quietly with %s, once',
  async (how) => {
    const one = await shadow();
    const answer = await one.torii.authorize(one.request({ tool: 'trade' }));
    if (answer.kind !== 'allowed') throw new Error('expected a permit');

    const ends = [
      await answer.permit[how]('0.05 USD'),
      await answer.permit.settle(),
      await answer.permit.release('x'),
    ];

    expect(ends.map(({ first }) => first)).toEqual([true, false, false]);
    expect(ends.map(({ budgets }) => budgets)).toEqual([[], [], []]);
    expect(await entries(one, 'call.settled', 'call.released', 'call.unresolved')).toEqual([]);
    expect(await one.torii.calls.unresolved()).toEqual([]);
  },
);

test('a tool that throws is a failure, held or not', async () => {
  const one = await shadow();
  const broken = (): never => {
    throw new Error('upstream is down');
  };

  const outcomes = [
    await one.torii.guard(one.request(), broken),
    await one.torii.guard(one.request({ tool: 'trade' }), broken),
  ];

  expect(outcomes).toMatchObject([{ kind: 'failed', released: true }, { kind: 'failed' }]);
});

const failures = {
  'rejects with an error': () => Promise.reject(new TypeError('bug')),
  'never answers': () => new Promise<never>(() => undefined),
} as const;

test.each(Object.entries(failures))(
  'a store that %s blocks nothing, and somebody is told',
  async (_, how) => {
    let broken = false;
    const wrap = (store: Store): Store =>
      new Proxy(store, {
        get: (target, name, receiver) =>
          broken && !['close', 'expire', 'tenant'].includes(String(name))
            ? how
            : Reflect.get(target, name, receiver),
      });
    const one = await shadow({ wrap });
    broken = true;

    const asked = [
      one.torii.guard(one.request(), () => 'ran'),
      one.torii.guard(one.request({ tool: 'trade' }), () => 'ran'),
      one.torii.guard(one.request({ price: undefined }), () => 'ran'),
      one.torii.guard(one.request({ credential: 'no' }), () => 'ran'),
    ];
    await one.clock.advance(1_000);
    const outcomes = await Promise.all(asked);
    const ready = one.torii.prepare(one.request({ tool: 'publish', price: '2.00 USD' }));
    await one.clock.advance(1_000);

    expect(outcomes).toMatchObject(Array(4).fill({ kind: 'done', value: 'ran' }));
    expect(await ready).toMatchObject({ kind: 'ready' });
    expect(one.errors.length).toBeGreaterThan(0);
    broken = false;
  },
);

test('a call without a price is noted under the name of its tool and whose it is', async () => {
  const one = await shadow();

  await one.torii.guard(one.request({ tool: 'shop/buy', price: undefined }), () => 'ran');

  expect(await entries(one, 'call.shadowed')).toMatchObject([
    { facts: { tool: 'shop/buy', code: 'PRICE_UNKNOWN', tenant: 'default', agent: 'bot' } },
  ]);
});

test('a request that cannot be read runs too', async () => {
  const one = await shadow();
  const secret = (): never => {
    throw new Error('secret');
  };
  const hostile = ['credential', 'price', 'tool', 'arguments'].map((name) =>
    Object.defineProperty({ ...one.request() }, name, { get: secret }),
  );

  const outcomes = await Promise.all(hostile.map((request) => one.torii.guard(request, () => 'ran')));

  expect(outcomes).toMatchObject(Array(4).fill({ kind: 'done', value: 'ran' }));
  expect(JSON.stringify(await one.torii.journal.entries())).not.toContain('secret');
});

test('an engine that closes lets what comes late run, unrecorded', async () => {
  const one = await shadow();
  const asked = one.torii.guard(one.request(), () => 'early');
  await one.clock.advance(0);

  const closing = one.torii.close();
  const late = one.torii.guard(one.request({ arguments: 'late' }), () => 'late');
  await one.clock.advance(5_000);
  await closing;

  expect([await asked, await late]).toMatchObject([
    { kind: 'done', charged: { units: 100_000n } },
    { kind: 'done', value: 'late', charged: undefined },
  ]);
  expect(await one.torii.guard(one.request(), () => 'later')).toMatchObject({ kind: 'done', value: 'later' });
});

test('an approval that was asked before shadow stays as it is, and its call runs', async () => {
  const source = memoryStore();
  let shared: ReturnType<typeof source.open> | undefined;
  const store = {
    open: async (context: Parameters<typeof source.open>[0]) => ({
      ...(await (shared ??= source.open(context))),
      close: async () => undefined,
    }),
  };
  const enforcing = await shadow({ mode: 'enforce', store, policies: [policy] });
  const request = { tool: 'publish', price: '2.00 USD', idempotencyKey: 'k1' };
  const waiting = await enforcing.torii.guard(enforcing.request(request), () => 0);
  if (waiting.kind !== 'waiting') throw new Error('expected a waiting call');
  const one = await shadow({ store, policies: [policy] });

  const outcome = await one.torii.guard(one.request(request), () => 'ran');

  expect(outcome).toMatchObject({ kind: 'done', value: 'ran', charged: undefined });
  expect(await one.store.approval(waiting.approval.id)).toMatchObject({ status: 'pending' });
  expect(await entries(one, 'call.shadowed')).toMatchObject([
    { callId: waiting.callId, facts: { code: 'waiting' } },
  ]);
});
