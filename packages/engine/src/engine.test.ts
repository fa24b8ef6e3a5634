import { type Harness, harness as open } from './engine.test-support.ts';
import { OutcomeUnknownError } from './nouns/errors.ts';
import type { Engine } from './nouns/engine.ts';
import type { Outcome } from './nouns/outcome.ts';

const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

async function harness(options: Parameters<typeof open>[0] = {}): Promise<Harness> {
  const opened = await open(options);
  engines.push(opened.torii);
  return opened;
}

/** What an engine writes before its first call. */
const STARTED = ['engine.started', 'policies.saved', 'policies.activated'];

async function types({ torii }: Harness): Promise<readonly string[]> {
  return (await torii.journal.entries()).map(({ type }) => type);
}

test('an allowed call runs once, costs its price and leaves a verifiable trace', async () => {
  const one = await harness();

  const outcome = await one.torii.guard(one.request(), () => 'found');

  expect(outcome).toMatchObject({
    kind: 'done',
    value: 'found',
    charged: { units: 100_000n, asset: 'USD/6' },
  });
  expect(await types(one)).toEqual([...STARTED, 'call.reserved', 'call.settled']);
  expect(await one.torii.journal.verify()).toMatchObject({ kind: 'intact', entries: 5 });
});

test('the journal knows of the call before the tool runs', async () => {
  const one = await harness();

  const outcome = await one.torii.guard(one.request(), async () => types(one));

  expect(outcome).toMatchObject({ value: [...STARTED, 'call.reserved'] });
});

test('a tool begins once its caller has the promise of the outcome, however soon the store answers', async () => {
  const one = await harness();
  await one.torii.guard(one.request(), () => 'the token is known from here on');
  const order: string[] = [];

  const outcome = one.torii.guard(one.request(), () => void order.push('tool'));
  order.push('caller');

  expect((await outcome).kind).toBe('done');
  expect(order).toEqual(['caller', 'tool']);
});

test.each`
  changes                              | code
  ${{ credential: undefined }}         | ${'IDENTITY_MISSING'}
  ${{ credential: 'a.b.c' }}           | ${'IDENTITY_INVALID'}
  ${{ tool: '__proto__/' }}            | ${'TOOL_NAME_INVALID'}
  ${{ tool: 'ѕearch' }}                | ${'TOOL_NAME_INVALID'}
  ${{ tool: 'a'.repeat(10_000) }}      | ${'TOOL_NAME_INVALID'}
  ${{ arguments: { big: 1n } }}        | ${'CALL_INVALID'}
  ${{ arguments: { half: '\ud800' } }} | ${'CALL_INVALID'}
  ${{ idempotencyKey: '' }}            | ${'CALL_INVALID'}
  ${{ idempotencyKey: 'a\nb' }}        | ${'CALL_INVALID'}
  ${{ definition: 'short' }}           | ${'CALL_INVALID'}
  ${{ price: undefined }}              | ${'PRICE_UNKNOWN'}
  ${{ price: '-5 USD' }}               | ${'PRICE_UNKNOWN'}
  ${{ price: '1e3 USD' }}              | ${'PRICE_UNKNOWN'}
  ${{ price: ' 12 USD' }}              | ${'PRICE_UNKNOWN'}
  ${{ tool: 'shop/delete' }}           | ${'TOOL_DENIED'}
  ${{ tool: 'trade' }}                 | ${'TOOL_NOT_ALLOWED'}
  ${{ tool: 'constructor' }}           | ${'TOOL_NOT_ALLOWED'}
  ${{ tool: '__proto__' }}             | ${'TOOL_NOT_ALLOWED'}
  ${{ price: '0.10 EUR' }}             | ${'ASSET_UNKNOWN'}
  ${{ price: '5.000001 USD' }}         | ${'PRICE_ABOVE_CAP'}
`('$changes is denied with $code and nothing runs', async ({ changes, code }) => {
  const one = await harness();
  let ran = false;

  const outcome = await one.torii.guard(one.request(changes), () => (ran = true));

  expect(outcome).toMatchObject({ kind: 'denied', code });
  expect(ran).toBe(false);
});

test('every denial of a proven caller is in the journal, and unproven callers are counted together', async () => {
  const one = await harness();

  await one.torii.guard(one.request({ tool: 'trade' }), () => 0);
  await one.torii.guard(one.request({ price: undefined }), () => 0);
  for (let call = 0; call < 5; call++) await one.torii.guard(one.request({ credential: 'no' }), () => 0);
  await one.clock.advance(1_000);

  const [denied, unpriced, refused] = await one.torii.journal.entries({ afterSeq: STARTED.length });
  expect(denied).toMatchObject({
    type: 'call.denied',
    facts: { code: 'TOOL_NOT_ALLOWED', agent: 'bot', tool: 'trade' },
  });
  expect(unpriced).toMatchObject({ type: 'call.denied', facts: { code: 'PRICE_UNKNOWN' } });
  expect(refused).toMatchObject({ type: 'identity.refused', facts: { IDENTITY_INVALID: 5 } });
});

test('40 calls at once against a session budget of 10 USD spend exactly 10 USD', async () => {
  const one = await harness();
  const calls = Array.from({ length: 40 }, (_, index) =>
    one.request({ price: '0.75 USD', arguments: { index } }),
  );

  const outcomes = await Promise.all(calls.map((call) => one.torii.guard(call, async () => 'ok')));

  const kinds = outcomes.map((outcome) => (outcome.kind === 'denied' ? outcome.code : outcome.kind));
  expect(kinds.filter((kind) => kind === 'done')).toHaveLength(13);
  expect(kinds.filter((kind) => kind === 'BUDGET_EXCEEDED')).toHaveLength(27);
});

test('a tool that throws costs nothing and its error comes back as it was', async () => {
  const one = await harness();
  const mistake = new Error('upstream is down');

  const outcome = await one.torii.guard(one.request(), () => Promise.reject(mistake));

  expect(outcome).toMatchObject({ kind: 'failed', released: true });
  expect(outcome.kind === 'failed' && outcome.error).toBe(mistake);
  expect(outcome.kind === 'failed' && outcome.budgets.map(({ held, spent }) => [held, spent])).toEqual([
    [0n, 0n],
    [0n, 0n],
  ]);
});

test.each([
  new OutcomeUnknownError('lost reply'),
  new DOMException('aborted', 'AbortError'),
  new DOMException('late', 'TimeoutError'),
])('a tool that ends with %s keeps its hold until an operator says what it cost', async (error) => {
  const one = await harness();

  const outcome = await one.torii.guard(one.request(), () => Promise.reject(error));
  const held = await one.torii.agents.status(one.agentToken);
  const [record] = await one.torii.calls.unresolved();
  const ended = await one.torii.calls.settle(record?.id ?? '', '0.04 USD', 'provider invoice 7');

  expect(outcome).toMatchObject({ kind: 'unresolved' });
  expect(held).toMatchObject({ budgets: [{ held: 100_000n }, { held: 100_000n }] });
  expect(ended).toMatchObject({ first: true, call: { state: 'settled', charged: { units: 40_000n } } });
  expect(await one.torii.calls.unresolved()).toEqual([]);
});

test.each`
  charged       | spent       | why
  ${'0.03 USD'} | ${30_000n}  | ${'less than held: the rest returns'}
  ${'0 USD'}    | ${0n}       | ${'nothing'}
  ${'0.10 USD'} | ${100_000n} | ${'exactly the hold'}
  ${'0.25 USD'} | ${250_000n} | ${'more than held: all of it is debited'}
`('a call that cost $charged is charged $spent: $why', async ({ charged, spent }) => {
  const one = await harness();

  const outcome = await one.torii.guard(one.request(), () => 'x', { charged: () => charged });

  expect(outcome).toMatchObject({
    kind: 'done',
    budgets: [
      { spent, held: 0n },
      { spent, held: 0n },
    ],
  });
});

test.each([
  () => 'nonsense',
  () => '0.10 EUR',
  () => Promise.reject(new Error('late')) as never,
  () => {
    throw new Error('broken');
  },
])('a cost that is none keeps the hold and still hands out the answer (%#)', async (charged) => {
  const one = await harness();

  const outcome = await one.torii.guard(one.request(), () => 'answer', { charged });

  expect(outcome).toMatchObject({
    kind: 'done',
    value: 'answer',
    charged: undefined,
    budgets: [{ held: 100_000n }, { held: 100_000n }],
  });
  expect(await one.torii.calls.unresolved()).toHaveLength(1);
});

test('a forced debit past the limit freezes the budget until somebody lifts the freeze', async () => {
  const one = await harness();
  await one.torii.guard(one.request({ price: '1.00 USD' }), () => 'x', { charged: () => '10.50 USD' });

  const frozen = await one.torii.guard(one.request(), () => 'x');
  const [session] = await budgetsOf(one);
  const lifted = await one.torii.budgets.unfreeze(session?.key ?? '', 'looked into it');
  const after = await one.torii.guard(one.request(), () => 'x');

  expect(frozen).toMatchObject({ kind: 'denied', code: 'BUDGET_FROZEN' });
  expect(lifted).toBe(true);
  expect(after).toMatchObject({ kind: 'denied', code: 'BUDGET_EXCEEDED' });
});

async function budgetsOf({ torii, agentToken }: Harness) {
  const status = await torii.agents.status(agentToken);
  if (status.kind === 'denied') throw new Error(status.message);
  return status.budgets;
}

test('the same id runs once, whoever repeats it and when', async () => {
  const one = await harness();
  let runs = 0;
  const tool = async (): Promise<number> => {
    await one.clock.advance(0);
    return ++runs;
  };
  const call = (): Promise<Outcome<number>> => one.torii.guard(one.request({ idempotencyKey: 'k1' }), tool);

  const together = await Promise.all([call(), call(), call()]);
  const later = await call();

  expect(runs).toBe(1);
  expect(together.filter(({ kind }) => kind === 'done')).toHaveLength(1);
  expect(
    together.filter((outcome) => outcome.kind === 'denied' && outcome.code === 'CALL_IN_PROGRESS'),
  ).toHaveLength(2);
  expect(later).toMatchObject({ kind: 'denied', code: 'CALL_ENDED' });
});

test('the same id with other arguments, another tool or another price is a conflict', async () => {
  const one = await harness();
  await one.torii.guard(one.request({ idempotencyKey: 'k1' }), () => 0);

  const outcomes = await Promise.all(
    [{ arguments: { query: 'y' } }, { tool: 'publish' }, { price: '0.11 USD' }].map((change) =>
      one.torii.guard(one.request({ idempotencyKey: 'k1', ...change }), () => 0),
    ),
  );

  expect(outcomes.map((outcome) => outcome.kind === 'denied' && outcome.code)).toEqual(
    Array(3).fill('IDEMPOTENCY_CONFLICT'),
  );
});

test('a denial stays a denial under its id even when there is room again', async () => {
  const one = await harness();
  const big = one.request({ idempotencyKey: 'k1', price: '0.90 USD' });
  await Promise.all(
    Array.from({ length: 11 }, (_, index) =>
      one.torii.guard(one.request({ price: '0.90 USD', arguments: { index } }), () => 0),
    ),
  );
  const first = await one.torii.guard(big, () => 0);
  await one.clock.advance(86_400_000 / 24);

  const again = await one.torii.guard(big, () => 0);

  expect(first).toMatchObject({ kind: 'denied', code: 'BUDGET_EXCEEDED' });
  expect(again).toEqual(first);
});

test('keys of one agent mean nothing to another', async () => {
  const one = await harness();
  const other = await one.agentTokenOf({ agent: 'other' });

  const outcomes = [
    await one.torii.guard(one.request({ idempotencyKey: 'k1' }), () => 1),
    await one.torii.guard(one.request({ idempotencyKey: 'k1', credential: other }), () => 2),
  ];

  expect(outcomes).toMatchObject([{ kind: 'done' }, { kind: 'done' }]);
});

test('equal calls that nobody named are one call while it runs and a new one afterwards', async () => {
  const one = await harness();
  let runs = 0;
  const tool = async (): Promise<number> => {
    await one.clock.advance(0);
    return ++runs;
  };
  const call = (): Promise<Outcome<number>> => one.torii.guard(one.request(), tool);

  const together = await Promise.all([call(), call()]);
  const later = await call();

  expect(together.map((outcome) => (outcome.kind === 'denied' ? outcome.code : outcome.kind)).sort()).toEqual(
    ['CALL_IN_PROGRESS', 'done'],
  );
  expect(later).toMatchObject({ kind: 'done', value: 2 });
});

test('a rate denies the call above it and says when to come back', async () => {
  const one = await harness({
    policies: [{ id: 'p', rates: [{ scope: 'agent', limit: 2, per: 'minute' }] }],
  });
  const call = (index: number): Promise<Outcome<number>> =>
    one.torii.guard(one.request({ arguments: { index } }), () => index);
  await Promise.all([call(1), call(2)]);

  const denied = await call(3);
  const waitMs = denied.kind === 'denied' ? (denied.retryAfterMs ?? 0) : 0;
  await one.clock.advance(waitMs);
  const allowed = await call(3);

  expect(denied).toMatchObject({ kind: 'denied', code: 'RATE_EXCEEDED' });
  expect(waitMs).toBeGreaterThan(0);
  expect(allowed).toMatchObject({ kind: 'done' });
});

test('a day budget is full again on the next day and says when that is', async () => {
  const one = await harness({
    policies: [{ id: 'p', budgets: [{ scope: 'agent', window: 'day', limit: '0.10 USD' }] }],
  });
  await one.torii.guard(one.request(), () => 0);

  const denied = await one.torii.guard(one.request(), () => 0);
  await one.clock.advance(12 * 3_600_000);
  const allowed = await one.torii.guard(one.request(), () => 0);

  expect(denied).toMatchObject({ kind: 'denied', code: 'BUDGET_EXCEEDED', retryAfterMs: 12 * 3_600_000 });
  expect(allowed).toMatchObject({ kind: 'done' });
});

test('authorize hands out a permit that ends once', async () => {
  const one = await harness();
  const answer = await one.torii.authorize(one.request());
  if (answer.kind !== 'allowed') throw new Error('expected a permit');

  const ends = await Promise.all([
    answer.permit.settle('0.05 USD'),
    answer.permit.release('too late'),
    answer.permit.settle(),
  ]);

  expect(ends.map(({ first }) => first)).toEqual([true, false, false]);
  expect(ends.map(({ call }) => call.charged?.units)).toEqual([50_000n, 50_000n, 50_000n]);
});

test('decide previews with every reason, holds nothing and records nothing', async () => {
  const one = await harness();

  const decision = await one.torii.decide(one.request({ tool: 'shop/delete', price: '6.00 USD' }));

  expect(decision).toMatchObject({
    kind: 'deny',
    denial: {
      reasons: [{ code: 'TOOL_DENIED' }, { code: 'PRICE_ABOVE_CAP', value: '6.00 USD', limit: '5.00 USD' }],
    },
  });
  expect(await types(one)).toEqual(STARTED);
});

test('a started call without an end becomes unresolved and keeps its money', async () => {
  const one = await harness({ holdTtlMs: 5_000 });
  await one.torii.authorize(one.request());

  await one.clock.advance(7_000);

  expect(await one.torii.calls.unresolved()).toMatchObject([
    { state: 'unresolved', price: { units: 100_000n } },
  ]);
  expect((await budgetsOf(one)).map(({ held }) => held)).toEqual([100_000n, 100_000n]);
});

test.each([
  [
    'a fetch whose socket closed',
    Object.assign(new TypeError('fetch failed'), { cause: { code: 'UND_ERR_SOCKET' } }),
  ],
  ['a reset connection', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
  ['a caught timeout', new Error('gave up', { cause: new DOMException('late', 'TimeoutError') })],
  [
    'the last of several tries',
    new AggregateError([new Error('x'), new DOMException('late', 'TimeoutError')]),
  ],
  ['a request that was cancelled', Object.assign(new Error('canceled'), { code: 'ERR_CANCELED' })],
])('%s leaves the outcome open', async (_, error) => {
  const one = await harness();

  expect(await one.torii.guard(one.request(), () => Promise.reject(error))).toMatchObject({
    kind: 'unresolved',
  });
});

test('a refused connection is a failure: nothing was sent, nothing was spent', async () => {
  const one = await harness();
  const refused = Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } });

  expect(await one.torii.guard(one.request(), () => Promise.reject(refused))).toMatchObject({
    kind: 'failed',
  });
});

test('a run that was aborted for whatever reason leaves the outcome open, and before its start costs nothing', async () => {
  const one = await harness();
  const during = new AbortController();
  const before = AbortSignal.abort(new Error('user left'));

  const open = await one.torii.guard(
    one.request(),
    () => {
      during.abort(new Error('user left'));
      throw new Error('user left');
    },
    { signal: during.signal },
  );
  let ran = false;
  const unstarted = await one.torii.guard(one.request({ arguments: 'other' }), () => (ran = true), {
    signal: before,
  });

  expect(open).toMatchObject({ kind: 'unresolved' });
  expect(unstarted).toMatchObject({ kind: 'failed', released: true });
  expect(ran).toBe(false);
});

const hostile = {
  get name(): string {
    throw new Error('no name');
  },
};

test.each([
  Object.assign(new Error('x'), { name: Symbol('x') }),
  Object.defineProperty(new Error('x'), 'name', { get: () => { throw new Error('no'); } }), // prettier-ignore
  new Proxy(new Error('x'), { get: () => { throw new Error('no'); }, has: () => { throw new Error('no'); } }), // prettier-ignore
  hostile,
  null,
  undefined,
])('whatever a tool throws (%#), the call fails and its money returns', async (thrown) => {
  const one = await harness();

  const outcome = await one.torii.guard(one.request(), () => Promise.reject(thrown as Error));

  expect(outcome.kind).toBe('failed');
  expect((await budgetsOf(one)).map(({ held }) => held)).toEqual([0n, 0n]);
});

test.each([
  { get price(): never { throw new Error('secret'); } }, // prettier-ignore
  { arguments: { get a(): never { throw new Error('secret'); } } }, // prettier-ignore
  { arguments: new Proxy({}, { ownKeys: () => { throw new Error('secret'); } }) }, // prettier-ignore
])('a call that cannot be read (%#) is invalid, and the message quotes nothing of it', async (change) => {
  const one = await harness();
  const request = Object.defineProperties(one.request(), Object.getOwnPropertyDescriptors(change));

  const outcome = await one.torii.guard(request, () => 0);

  expect(outcome).toMatchObject({ kind: 'denied', code: 'CALL_INVALID' });
  expect(JSON.stringify(outcome)).not.toContain('secret');
});

test('two owners of one agent share neither keys nor approvals nor equal calls', async () => {
  const one = await harness();
  const ben = await one.agentTokenOf({ owner: 'ben@example.com' });
  const keyed = { idempotencyKey: 'k1', tool: 'publish', price: '2.00 USD' };

  const first = await one.torii.guard(one.request(keyed), () => 0);
  const second = await one.torii.guard(one.request({ ...keyed, credential: ben }), () => 0);
  if (first.kind !== 'waiting' || second.kind !== 'waiting') throw new Error('expected waiting calls');

  expect(second.callId).not.toBe(first.callId);
  expect(await one.torii.approvals.get({ credential: ben, approvalId: first.approval.id })).toBeUndefined();
});

test('an operator is told when the amount is none, and the call stays open', async () => {
  const one = await harness();
  await one.torii.guard(one.request(), () => Promise.reject(new OutcomeUnknownError('?')));
  const [record] = await one.torii.calls.unresolved();
  const id = record?.id ?? '';

  await expect(one.torii.calls.settle(id, '0.04USD', 'typo')).rejects.toMatchObject({
    code: 'MONEY_INVALID',
  });
  await expect(one.torii.calls.settle(id, '0.04 EUR', 'currency')).rejects.toMatchObject({
    code: 'MONEY_INVALID',
  });
  expect(await one.torii.calls.settle(id, '0.04 USD', 'right')).toMatchObject({
    first: true,
    call: { state: 'settled' },
  });
});

test('an unknown key of an asset is refused, so that a misspelt rate is not 1', async () => {
  const ether = { asset: 'eip155:1/slip44:60', currency: 'USD', decimals: 18, Rate: '3000' };

  await expect(open({ assets: [ether as never] })).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
});

test('a listener that throws or rejects stops neither the path nor the workers', async () => {
  const onError = (): never => {
    throw new Error('listener');
  };
  const one = await harness({
    onError,
    wrap: (store) => ({
      ...store,
      reserve: () => Promise.reject(new Error('gone')),
      expire: () => Promise.reject(new Error('gone')),
    }),
  });

  const outcome = await one.torii.guard(one.request(), () => 0);
  await one.clock.advance(3_000);

  expect(outcome).toMatchObject({ kind: 'denied', code: 'STORE_UNAVAILABLE' });
});

test('closing denies new calls and waits for those that run, so that their cost is written', async () => {
  const one = await harness();
  let finish: (value: string) => void = () => undefined;
  const running = one.torii.guard(one.request(), () => new Promise<string>((resolve) => (finish = resolve)));
  await one.clock.advance(10);

  const closing = one.torii.close();
  const late = await one.torii.guard(one.request({ arguments: 'late' }), () => 0);
  finish('done');
  const outcome = await running;
  await closing;

  expect(late).toMatchObject({ kind: 'denied', code: 'STORE_UNAVAILABLE' });
  expect(outcome).toMatchObject({ kind: 'done', charged: { units: 100_000n } });
});

test('however early it is closed, a call either does not run or its cost is written', async () => {
  for (let turns = 0; turns < 40; turns++) {
    const one = await harness();
    const asked = one.torii.guard(
      one.request(),
      () => new Promise((resolve) => setImmediate(resolve, 'ran')),
    );
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();

    await one.torii.close();

    const outcome = await asked;
    expect(outcome.kind === 'done' ? outcome.charged : outcome).toMatchObject(
      outcome.kind === 'done' ? { units: 100_000n } : { kind: 'denied', code: 'STORE_UNAVAILABLE' },
    );
  }
});

test('closing ends although the store has stopped answering', async () => {
  const never = (): Promise<never> => new Promise(() => undefined);
  const one = await open({ wrap: (store) => ({ ...store, expire: never, close: never }) });
  await one.clock.advance(2_000);
  let closed = false;

  const closing = one.torii.close().then(() => (closed = true));
  await one.clock.advance(60_000);
  await closing;

  expect(closed).toBe(true);
});

test('closing twice is closing once, and a closed engine denies', async () => {
  const one = await harness();

  await Promise.all([one.torii.close(), one.torii.close()]);

  expect(await one.torii.guard(one.request(), () => 0)).toMatchObject({
    kind: 'denied',
    code: 'STORE_UNAVAILABLE',
  });
  expect(one.clock.pending()).toBe(0);
});
