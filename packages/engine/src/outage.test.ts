import { type Harness, harness } from './engine.test-support.ts';
import { OutcomeUnknownError, ToriiError } from './nouns/errors.ts';
import type { Outcome } from './nouns/outcome.ts';
import type { Store } from './nouns/store.ts';
import { type FakeClock, fakeClock } from './testing/fake-clock.ts';

const methods = ['reserve', 'refuse', 'start', 'append', 'approval'] as const;

/** A store whose methods in `broken` fail in the way the test wants. */
function breakable(how: () => PromiseLike<never>): { broken: Set<string>; wrap: (store: Store) => Store } {
  const broken = new Set<string>();
  const wrap = (store: Store): Store =>
    new Proxy(store, {
      get: (target, name, receiver) => (broken.has(String(name)) ? how : Reflect.get(target, name, receiver)),
    });
  return { broken, wrap };
}

const failures = {
  'rejects with STORE_UNAVAILABLE': () => Promise.reject(new ToriiError('STORE_UNAVAILABLE', 'gone')),
  'rejects with something else': () => Promise.reject(new TypeError('bug')),
  'never answers': () => new Promise<never>(() => undefined),
  'throws at once': () => {
    throw new ToriiError('STORE_UNAVAILABLE', 'gone');
  },
} as const;

test.each(Object.entries(failures))(
  'a store that %s denies within half a second and nothing runs',
  async (_, how) => {
    const { broken, wrap } = breakable(how);
    const one = await harness({ wrap });
    methods.forEach((method) => broken.add(method));
    let ran = 0;

    const asked = [
      one.torii.guard(one.request(), () => ++ran),
      one.torii.guard(one.request({ tool: 'trade' }), () => ++ran),
      one.torii.guard(one.request({ tool: 'publish', price: '2.00 USD' }), () => ++ran),
      one.torii.prepare(one.request({ tool: 'publish', price: '2.00 USD' })),
      one.torii.authorize(one.request({ price: 'no' })),
    ];
    await one.clock.advance(500);

    expect(await Promise.all(asked)).toMatchObject(
      Array(5).fill({ kind: 'denied', code: 'STORE_UNAVAILABLE', retryAfterMs: 1_000 }),
    );
    expect(ran).toBe(0);
    broken.clear();
    await one.torii.close();
  },
);

test('a hold that was made too late is given back, because its caller was told no', async () => {
  let answerNow: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => (answerNow = resolve));
  const wrap = (store: Store): Store => ({
    ...store,
    reserve: async (reservation) => slow.then(() => store.reserve(reservation)),
  });
  const one = await harness({ wrap });

  const asked = one.torii.guard(one.request(), () => 'ran');
  await one.clock.advance(500);
  const outcome = await asked;
  answerNow();
  await one.clock.advance(10);

  expect(outcome).toMatchObject({ kind: 'denied', code: 'STORE_UNAVAILABLE' });
  expect((await one.torii.journal.entries()).map(({ type }) => type)).toEqual([
    'engine.started',
    'policies.saved',
    'policies.activated',
    'call.reserved',
    'call.released',
  ]);
  await one.torii.close();
});

test('a hold that was made although its store threw at once is given back', async () => {
  let throws = true;
  const wrap = (store: Store): Store => ({
    ...store,
    reserve: (reservation) => {
      const answer = store.reserve(reservation);
      if (throws) throw new Error('broken');
      return answer;
    },
  });
  const one = await harness({ wrap });
  const request = one.request({ idempotencyKey: 'k1' });

  const lost = await one.torii.guard(request, () => 'ran');
  await one.clock.advance(10);
  throws = false;
  const again = await one.torii.guard(request, () => 'ran');

  expect(lost).toMatchObject({ kind: 'denied', code: 'STORE_UNAVAILABLE' });
  expect(again).toMatchObject({ kind: 'done', value: 'ran' });
  await one.torii.close();
});

test('closing waits for no answer of a store that throws when it is waited for', async () => {
  const closedAt: number[] = [];
  const wrap = (store: Store): Store => ({
    ...store,
    refuse: () => ({
      then: () => {
        throw new Error('broken');
      },
    }),
    close: async () => void closedAt.push(one.clock.now()),
  });
  const one: Harness = await harness({ wrap });
  const askedAt = one.clock.now();

  const answer = await one.torii.guard(one.request({ tool: 'trade' }), () => 'ran');
  await one.torii.close();

  expect(answer).toMatchObject({ kind: 'denied', code: 'STORE_UNAVAILABLE' });
  expect(closedAt).toEqual([askedAt]);
});

test('an answer that does its work when it is asked for is asked for once', async () => {
  let asked = 0;
  const wrap = (store: Store): Store => ({
    ...store,
    refuse: (refusal) => ({
      then: (...told) => {
        asked += 1;
        return Promise.resolve(store.refuse(refusal)).then(...told);
      },
    }),
  });
  const one = await harness({ wrap });

  expect(await one.torii.guard(one.request({ tool: 'trade' }), () => 'ran')).toMatchObject({
    code: 'TOOL_NOT_ALLOWED',
  });
  expect(asked).toBe(1);
  await one.torii.close();
});

test('a hold that is made while the clock fails is given back', async () => {
  const clock = fakeClock();
  let fails = false;
  const after: FakeClock['after'] = (...timer) => {
    if (fails) throw new Error('no timers');
    return clock.after(...timer);
  };
  const wrap = (store: Store): Store => ({
    ...store,
    reserve: async (reservation) => {
      fails = true;
      return store.reserve(reservation);
    },
  });
  const one = await harness({ wrap, clock: { ...clock, after } });

  const answer = await one.torii.guard(one.request(), () => 'ran');
  fails = false;
  await one.clock.advance(10);

  expect(answer).toMatchObject({ kind: 'denied', code: 'STORE_UNAVAILABLE' });
  expect(await one.torii.agents.status(one.agentToken)).toMatchObject({
    budgets: [{ held: 0n }, { held: 0n }],
  });
  await one.torii.close();
});

test('what a tool answered is not lost with the clock', async () => {
  const clock = fakeClock();
  let fails = false;
  const now = (): number => {
    if (fails) throw new Error('no time');
    return clock.now();
  };
  const wrap = (store: Store): Store => ({
    ...store,
    settle: async (settlement) => store.settle(settlement),
  });
  const one = await harness({ wrap, clock: { ...clock, now } });

  const outcome = await one.torii.guard(one.request(), () => {
    fails = true;
    return 'answer';
  });
  fails = false;

  expect(outcome).toMatchObject({ kind: 'done', value: 'answer' });
  await one.clock.advance(2_000);
  expect(await one.torii.agents.status(one.agentToken)).toMatchObject({
    budgets: [{ held: 0n }, { held: 0n }],
  });
  await one.torii.close();
});

test('whoever is told of a store that throws at once may ask again at once, however often', async () => {
  const { broken, wrap } = breakable(failures['throws at once']);
  const outcomes: Promise<Outcome<string>>[] = [];
  const one: Harness = await harness({
    wrap,
    onError: () => {
      if (outcomes.length < 3_000) outcomes.push(one.torii.guard(one.request(), () => 'ran'));
    },
  });
  await one.torii.guard(one.request(), () => 'the token is known from here on');
  broken.add('reserve');

  outcomes.push(one.torii.guard(one.request(), () => 'ran'));
  for (const outcome of outcomes) expect(await outcome).toMatchObject({ code: 'STORE_UNAVAILABLE' });

  expect(outcomes).toHaveLength(3_000);
  broken.clear();
  await one.torii.close();
});

test('the id of a start that came too late is free again', async () => {
  let slowly = true;
  const wrap = (store: Store): Store => ({
    ...store,
    reserve: async (reservation) => {
      const answer = await store.reserve(reservation);
      return slowly ? new Promise((resolve) => one.clock.after(600, () => resolve(answer))) : answer;
    },
  });
  const one: Harness = await harness({ wrap });
  const request = one.request({ idempotencyKey: 'k1' });

  const asked = one.torii.guard(request, () => 'ran');
  await one.clock.advance(700);
  slowly = false;

  expect(await asked).toMatchObject({ kind: 'denied', code: 'STORE_UNAVAILABLE' });
  expect(await one.torii.guard(request, () => 'ran')).toMatchObject({ kind: 'done' });
  await one.torii.close();
});

test('closing waits for a start that comes too late, and gives it back', async () => {
  const held: unknown[] = [];
  const late = (store: Store): Store => ({
    ...store,
    reserve: async (reservation) => {
      const answer = await store.reserve(reservation);
      return new Promise((resolve) => one.clock.after(2_000, () => resolve(answer)));
    },
    close: async () =>
      void held.push(await store.entries({ afterSeq: 0, limit: 10, types: ['call.released'] })),
  });
  const one: Harness = await harness({ wrap: late });

  const asked = one.torii.guard(one.request(), () => 'ran');
  await one.clock.advance(500);
  await one.torii.close();

  expect(await asked).toMatchObject({ kind: 'denied', code: 'STORE_UNAVAILABLE' });
  expect(held).toMatchObject([[{ type: 'call.released' }]]);
});

test('a start that came too late is given back even when the store is gone for a while', async () => {
  const { broken, wrap } = breakable(failures['rejects with STORE_UNAVAILABLE']);
  const late = (store: Store): Store =>
    wrap({
      ...store,
      reserve: async (reservation) => {
        const answer = await store.reserve(reservation);
        return new Promise((resolve) => one.clock.after(600, () => resolve(answer)));
      },
    });
  const one: Harness = await harness({ wrap: late });

  const asked = one.torii.guard(one.request(), () => 'ran');
  broken.add('withdraw');
  await one.clock.advance(5_000);
  await asked;
  broken.clear();
  await one.clock.advance(2_000);

  expect(await one.torii.agents.status(one.agentToken)).toMatchObject({
    budgets: [{ held: 0n }, { held: 0n }],
  });
  await one.torii.close();
});

test('half a second is for the whole path, not for each of its steps', async () => {
  const slow = <T>(answer: T): Promise<T> =>
    new Promise((resolve) => one.clock.after(300, () => resolve(answer)));
  const wrap = (store: Store): Store => ({
    ...store,
    reserve: async (reservation) => slow(await store.reserve(reservation)),
    start: async (...start) => slow(await store.start(...start)),
  });
  const one: Harness = await harness({ wrap });

  const asked = one.torii.guard(one.request({ tool: 'publish', price: '2.00 USD' }), () => 0);
  await one.clock.advance(450);

  expect(await asked).toMatchObject({ kind: 'denied', code: 'STORE_UNAVAILABLE' });
  await one.torii.close();
});

test.each(['settle', 'release', 'suspend'] as const)(
  'a store that hangs at `%s` keeps nobody waiting for what the tool answered',
  async (end) => {
    const wrap = (store: Store): Store => ({ ...store, [end]: () => new Promise(() => undefined) });
    const one = await harness({ wrap });
    const ways = {
      settle: () => 'answer',
      release: () => {
        throw new Error('broken');
      },
      suspend: () => {
        throw new OutcomeUnknownError('lost');
      },
    };

    const asked = one.torii.guard(one.request(), ways[end]);
    await one.clock.advance(450);

    const kinds = { settle: 'done', release: 'failed', suspend: 'unresolved' };
    expect((await asked).kind).toBe(kinds[end]);
    await one.torii.close();
  },
);

test.each(['rejects with STORE_UNAVAILABLE', 'throws at once'] as const)(
  'a store that %s when the tool answers loses neither the answer nor the charge',
  async (how) => {
    const { broken, wrap } = breakable(failures[how]);
    const one = await harness({ wrap });

    const outcome = await one.torii.guard(one.request(), () => {
      broken.add('settle');
      return 'answer';
    });
    await one.clock.advance(3_000);
    const meanwhile = await one.torii.agents.status(one.agentToken);
    broken.clear();
    await one.clock.advance(1_000);
    const afterwards = await one.torii.agents.status(one.agentToken);

    expect(outcome).toMatchObject({ kind: 'done', value: 'answer', charged: undefined });
    expect(meanwhile).toMatchObject({ budgets: [{ held: 100_000n, spent: 0n }, {}] });
    expect(afterwards).toMatchObject({ budgets: [{ held: 0n, spent: 100_000n }, {}] });
    await one.torii.close();
  },
);

test('health says whether the store answers', async () => {
  const { broken, wrap } = breakable(failures['never answers']);
  const one = await harness({ wrap });
  const well = await one.torii.health();
  broken.add('status');

  const asked = one.torii.health();
  await one.clock.advance(500);

  expect(well.ok).toBe(true);
  expect(await asked).toMatchObject({ ok: false });
  broken.clear();
  await one.torii.close();
});
