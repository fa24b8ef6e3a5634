import { MOST_ATTEMPTS, ATTEMPTED_WITHIN_MS } from './attempts.ts';
import { type Harness, harness as open, policy } from './engine.test-support.ts';
import { everyStore } from './every-store.test-support.ts';
import type { CallRequest } from './nouns/call.ts';
import type { Engine } from './nouns/engine.ts';
import type { Entry } from './nouns/entry.ts';
import { OutcomeUnknownError } from './nouns/errors.ts';
import type { Outcome } from './nouns/outcome.ts';
import type { Store } from './nouns/store.ts';

const ADA = 'ada@example.com';
const named = { idempotencyKey: 'k1' };
const dear = { tool: 'publish', price: '2.00 USD', ...named };

const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

const stores = await everyStore();
afterAll(() => stores.stop());

async function harness(options: Parameters<typeof open>[0] = {}): Promise<Harness> {
  const one = await open(options);
  engines.push(one.torii);
  return one;
}

const fail = (): never => {
  throw new Error('upstream is down');
};

/** The call, made to fail. Answers its id. */
async function failed({ torii, request }: Harness, changes: Partial<CallRequest> = named): Promise<string> {
  const outcome = await torii.guard(request(changes), fail);
  if (outcome.kind !== 'failed') throw new Error(`expected a failure, got ${told(outcome)}`);
  return outcome.callId;
}

function told(outcome: Outcome<unknown>): string {
  return outcome.kind === 'denied' ? outcome.code : outcome.kind;
}

async function entriesOf({ torii }: Harness, callId: string): Promise<readonly Entry[]> {
  const entries = await torii.journal.entries({ limit: 500 });
  return entries.filter((entry) => entry.callId === callId);
}

async function vote(one: Harness, verdict: 'approve' | 'deny'): Promise<void> {
  const credential = await one.approverToken(ADA);
  const page = await one.torii.approvals.list({ credential, status: 'pending' });
  if (page.kind !== 'page') throw new Error(page.message);
  for (const { id: approvalId, actionHash } of page.approvals)
    await one.torii.approvals.decide({ credential, approvalId, verdict, actionHash });
}

/** What became of two repeats of one failed call that were under way together, each tool running until both had begun or one was denied. */
async function together(
  one: Harness,
): Promise<{ readonly runs: number; readonly answers: readonly string[] }> {
  let runs = 0;
  let decided = (): void => undefined;
  const both = new Promise<void>((resolve) => (decided = resolve));
  const call = async (): Promise<string> => {
    const outcome = await one.torii.guard(one.request(named), async () => {
      if (++runs > 1) decided();
      await both;
    });
    if (outcome.kind === 'denied') decided();
    return told(outcome);
  };
  const answers = await Promise.all([call(), call()]);
  return { runs, answers: answers.sort() };
}

/** A store that does not know a further attempt again. */
function forgetful(store: Store): Store {
  let asked = 0;
  return new Proxy(store, {
    get: (target, name, receiver) =>
      name === 'reserve'
        ? (reservation: Parameters<Store['reserve']>[0]) => {
            const { call } = reservation;
            const id = call.id.endsWith('.2') ? `${call.id}-${++asked}` : call.id;
            return target.reserve({ ...reservation, call: { ...call, id } });
          }
        : Reflect.get(target, name, receiver),
  });
}

describe.each(stores.kinds)('a call that failed, on the %s store', (kind) => {
  test('is attempted again under its id: as a call of its own, which the journal names after the first', async () => {
    const one = await harness(stores.on(kind));
    const first = await failed(one);

    const again = await one.torii.guard(one.request(named), (permit) => permit.call.id);
    const later = await one.torii.guard(one.request(named), () => 'never');

    expect(again).toMatchObject({ kind: 'done', callId: `${first}.2`, value: `${first}.2` });
    expect(later).toMatchObject({ code: 'CALL_ENDED', callId: `${first}.2`, ended: 'settled' });
    expect(await one.torii.calls.get(first)).toMatchObject({ state: 'released' });
    expect(await entriesOf(one, `${first}.2`)).toMatchObject([
      { type: 'call.reserved', facts: { attempt: 2, attemptOf: first } },
      { type: 'call.settled' },
      { type: 'call.denied', facts: { code: 'CALL_ENDED' } },
    ]);
    expect((await entriesOf(one, first))[0]?.facts).not.toHaveProperty('attempt');
    expect(again).toMatchObject({ budgets: [{ spent: 100_000n, held: 0n }, {}] });
    expect(await one.torii.journal.verify()).toMatchObject({ kind: 'intact' });
  });

  test('runs once when two repeat it together', async () => {
    const one = await harness(stores.on(kind));
    await failed(one);

    const { runs, answers } = await together(one);

    expect([runs, ...answers]).toEqual([1, 'CALL_IN_PROGRESS', 'done']);
  });

  test('would run twice if the attempt had no id that both share', async () => {
    const one = await harness({ ...stores.on(kind), wrap: forgetful });
    await failed(one);

    expect((await together(one)).runs).toBe(2);
  });

  test('asks people anew for the attempt, and uses that answer up', async () => {
    const one = await harness(stores.on(kind));
    await one.torii.guard(one.request(dear), fail);
    await vote(one, 'approve');
    const first = await failed(one, dear);

    const waiting = await one.torii.guard(one.request(dear), () => 'never');
    const ready = await one.torii.prepare(one.request(dear));
    await vote(one, 'approve');
    const approved = await one.torii.prepare(one.request(dear));
    const done = await one.torii.guard(one.request(dear), () => 'published');

    expect([waiting, ready]).toMatchObject(Array(2).fill({ kind: 'waiting', callId: `${first}.2` }));
    expect(approved).toMatchObject({ kind: 'ready', callId: `${first}.2` });
    expect(done).toMatchObject({ kind: 'done', callId: `${first}.2` });
    expect(await one.torii.journal.entries({ types: ['approval.created'] })).toHaveLength(2);
  });

  test('is denied by policy as an attempt, which is kept under its id', async () => {
    const { store, clock } = stores.on(kind);
    const at = (ms: number): string => new Date(clock.now() + ms).toISOString();
    const schedule = {
      timezone: 'UTC',
      block: [{ from: at(10_000), to: at(20_000), reason: 'the books are closed' }],
    };
    const one = await harness({ store, clock, policies: [{ ...policy, schedule }] });
    const first = await failed(one);
    await clock.advance(15_000);

    const denied = await one.torii.guard(one.request(named), () => 'never');
    await clock.advance(10_000);
    const later = await one.torii.guard(one.request(named), () => 'never');

    expect(denied).toMatchObject({ code: 'SCHEDULE_BLOCKED', callId: `${first}.2` });
    expect(later).toEqual(denied);
    expect(await entriesOf(one, `${first}.2`)).toMatchObject([
      { type: 'call.denied', facts: { code: 'SCHEDULE_BLOCKED', attempt: 2, attemptOf: first } },
      { type: 'call.denied', facts: { code: 'SCHEDULE_BLOCKED' } },
    ]);
    expect((await entriesOf(one, first)).map(({ type }) => type)).toEqual(['call.reserved', 'call.released']);
  });

  test('is attempted again by the next process, and also what an operator released', async () => {
    const on = stores.on(kind);
    const one = await harness(on);
    const first = await failed(one);
    const other = await harness(on.again());

    const open = await other.torii.guard(other.request(named), () => {
      throw new OutcomeUnknownError('the line broke');
    });
    const waits = await other.torii.guard(other.request(named), () => 'never');
    await other.torii.calls.release(`${first}.2`, 'the provider has never heard of it');
    const third = await one.torii.guard(one.request(named), () => 'found');

    expect([told(open), told(waits)]).toEqual(['unresolved', 'CALL_IN_PROGRESS']);
    expect(third).toMatchObject({ kind: 'done', callId: `${first}.3` });
  });
});

test.each`
  ended                                  | changes                                                 | answer
  ${'with another request under its id'} | ${{ ...named, price: '0.11 USD' }}                      | ${'IDEMPOTENCY_CONFLICT'}
  ${'without a name'}                    | ${{ idempotencyKey: undefined }}                        | ${'done'}
  ${'by the id of the framework'}        | ${{ frameworkCallId: 'c1', idempotencyKey: undefined }} | ${'done'}
`('a failed call repeated $ended is $answer', async ({ changes, answer }) => {
  const one = await harness();
  await failed(one);

  expect(told(await one.torii.guard(one.request({ ...named, ...changes }), () => 'ran'))).toBe(answer);
});

test('an attempt that fails is followed by the next, up to a limit that the denial names', async () => {
  const one = await harness();
  const ids = [];
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) ids.push(await failed(one));

  const denied = await one.torii.guard(one.request(named), () => 'never');

  expect(new Set(ids).size).toBe(16);
  expect(ids.at(-1)).toBe(`${ids[0]}.16`);
  expect(denied).toMatchObject({
    code: 'CALL_ENDED',
    callId: `${ids[0]}.16`,
    ended: 'released',
    message: 'this call failed, and it was attempted 16 times; ask with a new call',
  });
});

test.each`
  agoMs                      | answer
  ${ATTEMPTED_WITHIN_MS - 1} | ${'done'}
  ${ATTEMPTED_WITHIN_MS}     | ${'CALL_ENDED'}
`('$agoMs milliseconds after it failed, a call attempted again is $answer', async ({ agoMs, answer }) => {
  const one = await harness();
  await failed(one);
  one.clock.set(one.clock.now() + agoMs);
  const credential = await one.agentTokenOf({});

  expect(told(await one.torii.guard(one.request({ ...named, credential }), () => 'ran'))).toBe(answer);
});

test('each attempt asks the store once about those before it, and a first one asks no more than ever', async () => {
  let asked = 0;
  const wrap = (store: Store): Store => ({
    ...store,
    reserve: (reservation) => {
      asked += 1;
      return store.reserve(reservation);
    },
  });
  const one = await harness({ wrap });
  const rounds = [];
  for (let attempt = 1; attempt <= 4; attempt++) {
    asked = 0;
    await failed(one);
    rounds.push(asked);
  }

  expect(rounds).toEqual([1, 2, 3, 4]);
});

describe('a call is not attempted again', () => {
  test.each`
    ended                           | tool                                                 | answer
    ${'that succeeded'}             | ${() => 'ran'}                                       | ${'CALL_ENDED'}
    ${'whose outcome nobody knows'} | ${() => Promise.reject(new OutcomeUnknownError(''))} | ${'CALL_IN_PROGRESS'}
  `('$ended', async ({ tool, answer }) => {
    const one = await harness();
    await one.torii.guard(one.request(named), tool);

    expect(told(await one.torii.guard(one.request(named), () => 'never'))).toBe(answer);
  });

  test('that a person denied, or that nobody answered in time', async () => {
    const one = await harness();
    const late = { ...dear, idempotencyKey: 'late' };
    await one.torii.guard(one.request(dear), () => 'never');
    await vote(one, 'deny');
    await one.torii.guard(one.request(late), () => 'never');
    await one.clock.advance(3_700_000);

    const answers = [dear, late].map((call) => one.torii.guard(one.request(call), () => 'never'));

    expect((await Promise.all(answers)).map(told)).toEqual(['APPROVAL_DENIED', 'APPROVAL_EXPIRED']);
  });

  test('while the end of the last attempt is not written', async () => {
    const one = await harness({
      wrap: (store) => ({ ...store, release: () => new Promise(() => undefined) }),
    });
    const outcome = one.torii.guard(one.request(named), fail);
    await one.clock.advance(1_000);

    expect(await outcome).toMatchObject({ kind: 'failed', released: false });
    expect(told(await one.torii.guard(one.request(named), () => 'never'))).toBe('CALL_IN_PROGRESS');
  });
});

test('what was set aside and closed is not set aside again under its key', async () => {
  const one = await harness({ policies: [{ id: 'p' }] });
  const asked = { credential: one.agentToken, amount: '1.00 USD', forMs: 60_000, idempotencyKey: 'c1' };
  const opened = await one.torii.carveOuts.open(asked);
  if (opened.kind === 'denied') throw new Error(opened.message);
  await one.store.closeCarveOut(opened.id, {});
  await one.torii.calls.release(opened.id, 'nobody needs it');

  const again = await one.torii.carveOuts.open(asked);

  expect(await one.torii.calls.get(opened.id)).toMatchObject({ state: 'released' });
  expect(again).toMatchObject({ kind: 'denied', code: 'CALL_ENDED', callId: opened.id });
});

test.each`
  what                               | tool                                                                   | first           | repeat
  ${'of which nobody knows its end'} | ${() => Promise.reject(new OutcomeUnknownError('the reply was lost'))} | ${'unresolved'} | ${{ code: 'CALL_IN_PROGRESS' }}
  ${'that succeeded'}                | ${() => 'paid'}                                                        | ${'done'}       | ${{ code: 'CALL_ENDED', ended: 'settled' }}
`(
  'an attempt $what is told to repeats, however long the first one is over',
  async ({ tool, first, repeat }) => {
    const one = await harness();
    const hours = async (count: number): Promise<Partial<CallRequest>> => {
      for (let hour = 0; hour < count; hour++) {
        one.clock.set(one.clock.now() + 3_599_000);
        await one.clock.advance(1_000);
      }
      return { ...named, credential: await one.agentTokenOf({}) };
    };
    await failed(one);
    const second = await one.torii.guard(one.request(await hours(47)), tool);

    for (const later of [2, 40]) {
      const answer = await one.torii.guard(one.request(await hours(later)), () => 'never');
      expect([told(second), answer]).toMatchObject([first, repeat]);
    }
  },
);

test('a call that was aborted before its tool started can be made again', async () => {
  const one = await harness();
  const signal = AbortSignal.abort();

  const aborted = await one.torii.guard(one.request(named), () => 'never', { signal });
  const again = await one.torii.guard(one.request(named), () => 'ran');

  expect([told(aborted), told(again)]).toEqual(['failed', 'done']);
});

test('a start that was taken back frees the id of its attempt, and nothing of an earlier one is touched', async () => {
  let lost = false;
  const wrap = (store: Store): Store => ({
    ...store,
    reserve: async (reservation) => {
      const answer = await store.reserve(reservation);
      if (lost && reservation.call.id.endsWith('.2')) throw new Error('the line broke');
      return answer;
    },
  });
  const one = await harness({ wrap });
  const first = await failed(one);
  const before = await one.torii.calls.get(first);

  lost = true;
  const unavailable = await one.torii.guard(one.request(named), () => 'never');
  await one.clock.advance(10);
  lost = false;
  const again = await one.torii.guard(one.request(named), () => 'ran');

  expect(told(unavailable)).toBe('STORE_UNAVAILABLE');
  expect(again).toMatchObject({ kind: 'done', callId: `${first}.2` });
  expect(await one.torii.calls.get(first)).toEqual(before);
});

test('whoever waits for people waits for the attempt that they were asked about', async () => {
  const one = await harness();
  await one.torii.guard(one.request(dear), fail);
  await vote(one, 'approve');
  const first = await failed(one, dear);

  const outcome = one.torii.guard(one.request(dear), () => 'published', { waitMs: 60_000 });
  await one.clock.advance(0);
  await vote(one, 'approve');
  await one.clock.advance(0);

  expect(await outcome).toMatchObject({ kind: 'done', callId: `${first}.2` });
});

test('a session counts every attempt, and so does a rate', async () => {
  const rates = [{ scope: 'agent', limit: 2, per: 'minute' }];
  const one = await harness({ policies: [{ id: 'p', rates, anomaly: { after: 5, denialRate: 30 } }] });
  const record = await one.torii.calls.get(await failed(one));
  await failed(one);
  if (record === undefined) throw new Error('expected a call');

  expect(await one.store.session(record)).toMatchObject({ calls: 2, denials: 0 });
  expect(told(await one.torii.guard(one.request(named), () => 'never'))).toBe('RATE_EXCEEDED');
});

test('a delegated agent attempts again what it failed at, out of the same money that was set aside', async () => {
  const one = await harness({ policies: [{ id: 'p' }] });
  const { agentToken: credential, torii } = one;
  const opened = await torii.carveOuts.open({
    credential,
    amount: '0.15 USD',
    forMs: 60_000,
    idempotencyKey: 'c1',
  });
  if (opened.kind === 'denied') throw new Error(opened.message);
  const worker = await one.agentTokenOf({ agent: 'worker', carveOut: opened.id });
  const call = { ...named, credential: worker };
  await failed(one, call);

  const again = await torii.guard(one.request(call), () => 'ran');

  expect(again).toMatchObject({ kind: 'done', budgets: [{ spent: 100_000n, held: 0n }] });
});

test('in shadow a call that failed is attempted again as any', async () => {
  const one = await harness({ mode: 'shadow' });
  const first = await failed(one);

  expect(await one.torii.guard(one.request(named), () => 'ran')).toMatchObject({ callId: `${first}.2` });
  expect(await one.torii.journal.entries({ types: ['call.shadowed'] })).toEqual([]);
});
