import { getEventListeners } from 'node:events';
import { type Harness, harness as open, policy } from './engine.test-support.ts';
import type { Approval } from './nouns/approval.ts';
import type { CallRequest } from './nouns/call.ts';
import type { Engine, WaitOptions } from './nouns/engine.ts';
import type { Store, StoreSource } from './nouns/store.ts';
import { memoryStore } from './stores/memory/memory-store.ts';

const ADA = 'ada@example.com';
const BOB = 'bob@example.com';
const MINUTE = 60_000;

const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

async function harness(options: Parameters<typeof open>[0] = {}): Promise<Harness> {
  const one = await open(options);
  engines.push(one.torii);
  return one;
}

/** A call that waits, and what became of it: undefined as long as it waits. */
interface Watched {
  readonly answer: () => string | undefined;
  readonly runs: () => number;
}

function wait(one: Harness, options: WaitOptions, changes: Partial<CallRequest> = {}): Watched {
  const request = one.request({ tool: 'publish', price: '2.00 USD', ...changes });
  let answer: string | undefined;
  let runs = 0;
  one.torii
    .guard(request, () => ++runs, options)
    .then(
      (outcome) => (answer = outcome.kind === 'denied' ? outcome.code : outcome.kind),
      (error: unknown) => (answer = `threw ${String(error)}`),
    );
  return { answer: () => answer, runs: () => runs };
}

async function pending(one: Harness): Promise<Approval> {
  await one.clock.advance(0);
  const [approval] = await one.store.approvals({ status: 'pending', limit: 1 });
  if (approval === undefined) throw new Error('expected an approval');
  return approval;
}

async function vote(
  one: Harness,
  { id: approvalId, actionHash }: Approval,
  { by = ADA, verdict = 'approve' }: { by?: string; verdict?: 'approve' | 'deny' } = {},
): Promise<void> {
  const credential = await one.approverToken(by);
  const answer = await one.torii.approvals.decide({ credential, approvalId, verdict, actionHash });
  if (answer.kind !== 'counted') throw new Error('expected a vote that counts');
}

test('a call that waits runs as soon as a person of this process agrees, once', async () => {
  const one = await harness();
  const call = wait(one, { waitMs: 10 * MINUTE });
  const approval = await pending(one);
  await one.clock.advance(5 * MINUTE);
  const before = call.answer();

  await vote(one, approval);
  await one.clock.advance(0);

  expect(before).toBeUndefined();
  expect(call.answer()).toBe('done');
  expect(call.runs()).toBe(1);
});

test.each([
  [
    'denies',
    (one: Harness, approval: Approval) => vote(one, approval, { verdict: 'deny' }),
    'APPROVAL_DENIED',
  ],
  [
    'withdraws it',
    (one: Harness, { id: approvalId }: Approval) =>
      one.torii.approvals.cancel({ credential: one.agentToken, approvalId }),
    'APPROVAL_CANCELLED',
  ],
] as const)(
  'a call that nobody named is told when somebody %s, and asks nobody anew',
  async (_title, act, code) => {
    const one = await harness();
    const call = wait(one, { waitMs: 10 * MINUTE });

    await act(one, await pending(one));
    await one.clock.advance(0);

    expect(call.answer()).toBe(code);
    expect(await one.store.approvals({ limit: 10 })).toHaveLength(1);
  },
);

test('one of two votes does not end the waiting', async () => {
  const both = { ...policy, approvals: [{ when: 'always', require: 2, approvers: [ADA, BOB] }] };
  const one = await harness({ policies: [both] });
  const call = wait(one, { waitMs: 10 * MINUTE });
  const approval = await pending(one);

  await vote(one, approval);
  await one.clock.advance(1_000);
  const between = call.answer();
  await vote(one, approval, { by: BOB });
  await one.clock.advance(0);

  expect([between, call.answer()]).toEqual([undefined, 'done']);
});

test('a vote in another process is seen within two seconds, and looks become rarer', async () => {
  const source = memoryStore();
  let shared: Promise<Store> | undefined;
  const store: StoreSource = { open: (context) => (shared ??= source.open(context)) };
  let looks = 0;
  const wrap = (each: Store): Store => ({
    ...each,
    approval: (id) => {
      looks++;
      return each.approval(id);
    },
  });
  const one = await harness({ store, wrap });
  const other = await harness({ store, clock: one.clock });
  const call = wait(one, { waitMs: 60 * MINUTE });
  const approval = await pending(other);
  await one.clock.advance(10 * MINUTE);
  const looked = looks;

  await vote(other, approval);
  await one.clock.advance(0);
  const atOnce = call.answer();
  await one.clock.advance(2_000);

  expect(looked).toBeGreaterThan(100);
  expect(looked).toBeLessThan(310);
  expect([atOnce, call.answer()]).toEqual([undefined, 'done']);
});

test('a call that waits for nobody any more expires as a repeat would be told', async () => {
  const one = await harness();
  const call = wait(one, { waitMs: 90 * MINUTE }, { idempotencyKey: 'k1' });

  await one.clock.advance(61 * MINUTE);

  expect(call.answer()).toBe('APPROVAL_EXPIRED');
});

test('when the time is up the call goes on waiting, with its money held', async () => {
  const one = await harness();
  const call = wait(one, { waitMs: 1_000 });

  await one.clock.advance(999);
  const before = call.answer();
  await one.clock.advance(1);

  expect([before, call.answer()]).toEqual([undefined, 'waiting']);
  expect(await pending(one)).toMatchObject({ status: 'pending' });
  expect(await one.torii.agents.status(one.agentToken)).toMatchObject({
    budgets: [{ held: 2_000_000n }, {}],
  });
});

test.each([[{}], [{ waitMs: 0 }], [{ waitMs: undefined }]])(
  'with %j the answer comes at once',
  async (options) => {
    const one = await harness();

    const answer = await one.torii.authorize(one.request({ tool: 'publish', price: '2.00 USD' }), options);

    expect(answer).toMatchObject({ kind: 'waiting' });
  },
);

test.each([-1, Number.NaN, 0.5, Infinity, 86_400_001, '5', null])(
  'waiting for %p milliseconds is refused before anything is held',
  async (waitMs) => {
    const one = await harness();
    const request = one.request({ tool: 'publish', price: '2.00 USD' });
    const options = { waitMs } as WaitOptions;

    const answers = [
      await one.torii.authorize(request, options),
      await one.torii.guard(request, () => 'ran', options),
    ];

    expect(answers).toMatchObject(Array(2).fill({ kind: 'denied', code: 'CALL_INVALID' }));
    expect(await one.store.approvals({ limit: 1 })).toEqual([]);
  },
);

test('a signal that aborts ends the waiting at once, and the call goes on waiting', async () => {
  const one = await harness();
  const controller = new AbortController();
  const aborted = AbortSignal.abort();
  const call = wait(one, { waitMs: 10 * MINUTE, signal: controller.signal });
  const never = wait(one, { waitMs: 10 * MINUTE, signal: aborted }, { arguments: { other: true } });
  const approval = await pending(one);

  controller.abort();
  await one.clock.advance(0);

  expect([call.answer(), never.answer()]).toEqual(['waiting', 'waiting']);
  expect(await one.store.approval(approval.id)).toMatchObject({ status: 'pending' });
});

test('calls that share a signal give it one listener, and none once they are over', async () => {
  const one = await harness();
  const leaving = new AbortController();
  const { signal } = leaving;
  const calls = Array.from({ length: 3 }, (_, index) =>
    wait(one, { waitMs: 10 * MINUTE, signal }, { arguments: { index } }),
  );
  await pending(one);
  const listening = getEventListeners(signal, 'abort').length;

  leaving.abort();
  await one.clock.advance(0);

  expect(calls.map(({ answer }) => answer())).toEqual(calls.map(() => 'waiting'));
  expect([listening, getEventListeners(signal, 'abort').length]).toEqual([1, 0]);
});

test('a call that was decided before it begins to wait does not wait', async () => {
  const one = await harness();
  await one.torii.authorize(one.request({ tool: 'publish', price: '2.00 USD', idempotencyKey: 'k1' }));
  await vote(one, await pending(one));

  const call = wait(one, { waitMs: 10 * MINUTE }, { idempotencyKey: 'k1' });
  await one.clock.advance(0);

  expect(call.answer()).toBe('done');
});

test('a vote between the answer of the path and the first look is not missed', async () => {
  let decide: (() => Promise<void>) | undefined;
  const wrap = (store: Store): Store => ({
    ...store,
    reserve: async (reservation) => {
      const answer = await store.reserve(reservation);
      const [approval] = await store.approvals({ status: 'pending', limit: 1 });
      if (approval !== undefined && decide === undefined) {
        const { id: approvalId, actionHash } = approval;
        const said = { approver: ADA, via: 'token', verdict: 'approve', comment: undefined } as const;
        decide = async () => void (await store.vote({ approvalId, actionHash, ...said }));
        queueMicrotask(() => void decide?.());
      }
      return answer;
    },
  });
  const one = await harness({ wrap });
  const call = wait(one, { waitMs: 10 * MINUTE });

  await one.clock.advance(250);

  expect(call.answer()).toBe('done');
});

test('an engine that closes ends the waiting promptly, and the call goes on waiting', async () => {
  const one = await harness();
  const request = one.request({ tool: 'publish', price: '2.00 USD' });
  let endedAt = 0;
  const answer = one.torii.authorize(request, { waitMs: 10 * MINUTE }).finally(() => {
    endedAt = one.clock.now();
  });
  await pending(one);
  await one.clock.advance(MINUTE + 1);
  const closedAt = one.clock.now();

  await one.torii.close();

  expect(await answer).toMatchObject({ kind: 'waiting', approval: { status: 'pending' } });
  expect(endedAt).toBe(closedAt);
});

test('a store that fails for a while does not end the waiting', async () => {
  let down = false;
  const wrap = (store: Store): Store => ({
    ...store,
    approval: (id) => (down ? Promise.reject(new Error('it is down')) : store.approval(id)),
  });
  const one = await harness({ wrap });
  const call = wait(one, { waitMs: 10 * MINUTE });
  const approval = await pending(one);
  down = true;
  await one.clock.advance(MINUTE);
  const meanwhile = call.answer();
  down = false;
  await vote(one, approval);
  await one.clock.advance(0);

  expect([meanwhile, call.answer()]).toEqual([undefined, 'done']);
});

test('two who wait for the same call: one runs it, and the other is told', async () => {
  const one = await harness();
  const calls = [wait(one, { waitMs: 10 * MINUTE }), wait(one, { waitMs: 10 * MINUTE })];

  await vote(one, await pending(one));
  await one.clock.advance(0);

  const answers = calls.map(({ answer }) => answer());
  expect(answers).toContain('done');
  expect(answers).toContainEqual(expect.stringMatching(/^CALL_/));
  expect(calls.reduce((sum, { runs }) => sum + runs(), 0)).toBe(1);
});

test('a request that is changed while people think is not another one afterwards', async () => {
  const one = await harness();
  const request = { ...one.request({ tool: 'publish', price: '2.00 USD', arguments: { query: 'x' } }) };
  const answer = one.torii.authorize(request, { waitMs: 10 * MINUTE });
  const approval = await pending(one);

  Object.assign(request, {
    credential: await one.agentTokenOf({ agent: 'other' }),
    price: '0.01 USD',
    tool: 'search',
  });
  await vote(one, approval);

  expect(await answer).toMatchObject({
    kind: 'allowed',
    permit: { call: { tool: 'publish', principal: { agent: 'bot' }, price: { units: 2_000_000n } } },
  });
});

test('arguments that are changed while people think do not run', async () => {
  const one = await harness();
  const args = { query: 'x' };
  const call = wait(one, { waitMs: 10 * MINUTE }, { arguments: args });
  const approval = await pending(one);

  args.query = 'y';
  await vote(one, approval);
  await one.clock.advance(0);

  expect(call.answer()).toBe('IDEMPOTENCY_CONFLICT');
  expect(call.runs()).toBe(0);
});

test('nobody waits in shadow', async () => {
  const one = await harness({ mode: 'shadow' });
  const call = wait(one, { waitMs: 10 * MINUTE });

  await one.clock.advance(0);

  expect(call.answer()).toBe('done');
});
