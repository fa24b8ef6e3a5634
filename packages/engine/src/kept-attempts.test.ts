import { type Harness, harness as open, policy } from './engine.test-support.ts';
import { everyStore, type OnStore } from './every-store.test-support.ts';
import { attemptId } from './nouns/attempt.ts';
import type { Engine } from './nouns/engine.ts';
import { OutcomeUnknownError } from './nouns/errors.ts';
import type { Store } from './nouns/store.ts';
import { HOUR_MS, refusing, reservation } from './testing/contract/samples.ts';

const KEPT_MS = 72 * HOUR_MS;
const ADA = 'ada@example.com';
const named = { idempotencyKey: 'k1' };
const dear = { tool: 'publish', price: '2.00 USD', ...named };
const lasting = {
  ...policy,
  approvals: [{ when: { above: '1.00 USD' }, approvers: [ADA], expiresIn: '300h' }],
};

const stores = await everyStore();
const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});
afterAll(() => stores.stop());

async function harness(options: Parameters<typeof open>[0]): Promise<Harness> {
  const one = await open({ policies: [lasting], ...options });
  engines.push(one.torii);
  return one;
}

const fail = (): never => {
  throw new Error('upstream is down');
};
const unknown = (): never => {
  throw new OutcomeUnknownError('the line broke');
};

/** The call made once more by a token of now: what it was told, the attempt that it was told of, and whether its tool ran. */
async function made(one: Harness, tool: () => unknown, call = named): Promise<readonly unknown[]> {
  let ran = false;
  const credential = await one.agentTokenOf({});
  const outcome = await one.torii.guard(one.request({ ...call, credential }), () => {
    ran = true;
    return tool();
  });
  const attempt = outcome.kind === 'unresolved' ? undefined : outcome.callId?.split('.')[1];
  return [outcome.kind === 'denied' ? outcome.code : outcome.kind, attempt ?? '1', ran];
}

/** Time passes, and whoever sweeps has swept. */
async function pass({ clock, store }: Harness, ms: number): Promise<void> {
  clock.set(clock.now() + ms);
  await store.expire(100);
}

async function approve(one: Harness): Promise<void> {
  const credential = await one.approverToken(ADA, { expiresInSeconds: 80_000 });
  const page = await one.torii.approvals.list({ credential, status: 'pending' });
  if (page.kind !== 'page') throw new Error(page.message);
  for (const { id: approvalId, actionHash } of page.approvals)
    await one.torii.approvals.decide({ credential, approvalId, verdict: 'approve', actionHash });
}

async function opened({ store, clock }: OnStore): Promise<Store> {
  return store.open({ clock });
}

describe.each(stores.kinds)('long after a call failed, on the %s store', (kind) => {
  test('its next attempt is still found while nobody knows the outcome, and nothing runs again', async () => {
    const one = await harness(stores.on(kind));
    await made(one, fail);
    await made(one, unknown);

    const told = [];
    for (const ms of [47 * HOUR_MS, 2 * HOUR_MS, KEPT_MS, 1_000 * HOUR_MS]) {
      await pass(one, ms);
      told.push(await made(one, () => 'again'));
    }

    expect(told).toEqual(Array(4).fill(['CALL_IN_PROGRESS', '2', false]));
  });

  test('an attempt that waited for a person goes on, and runs once', async () => {
    const one = await harness(stores.on(kind));
    await made(one, fail, dear);
    await approve(one);
    await made(one, fail, dear);
    const waiting = await made(one, () => 'published', dear);
    await pass(one, KEPT_MS + HOUR_MS);
    await approve(one);

    const told = [await made(one, () => 'published', dear), await made(one, () => 'published', dear)];

    expect([waiting, ...told]).toEqual([
      ['waiting', '2', false],
      ['done', '2', true],
      ['CALL_ENDED', '2', false],
    ]);
  });

  test('all of its attempts are known until 72 hours after the end of the last one, and its id is new then', async () => {
    const one = await harness(stores.on(kind));
    for (let attempt = 1; attempt <= 3; attempt++) {
      await made(one, attempt < 3 ? fail : () => 'ran');
      await pass(one, 40 * HOUR_MS);
    }

    await pass(one, KEPT_MS - 40 * HOUR_MS);
    const last = await made(one, () => 'again');
    await pass(one, 1);

    expect(last).toEqual(['CALL_ENDED', '3', false]);
    expect(await made(one, () => 'anew')).toEqual(['done', '1', true]);
  });

  test('its attempts are forgotten in one sweep, and an id that is used anew not with its first use', async () => {
    const on = stores.on(kind);
    const store = await opened(on);
    const ids = Array.from({ length: 12 }, (_, before) => attemptId('c1', before + 1));
    for (const id of ids) await store.refuse(refusing(id));
    on.clock.set(on.clock.now() + KEPT_MS + 1);

    await store.expire(10);
    const left = await Promise.all(ids.map(async (id) => store.call(id)));
    await store.reserve(reservation('c1', { ttlMs: 9 * KEPT_MS }));
    on.clock.set(on.clock.now() + KEPT_MS + 1);
    await store.expire(10);

    expect(left).toEqual(ids.map(() => undefined));
    expect(await store.call('c1')).toMatchObject({ state: 'started' });
    await store.close();
  });

  test('hundreds of calls that are kept keep nobody else from being forgotten', async () => {
    const on = stores.on(kind);
    const store = await opened(on);
    for (let index = 0; index < 450; index++) {
      await store.refuse(refusing(`c${index}`));
      await store.reserve(reservation(`c${index}.2`, { ttlMs: 9 * KEPT_MS }));
    }
    on.clock.set(on.clock.now() + 1);
    await store.refuse(refusing('other'));
    on.clock.set(on.clock.now() + KEPT_MS + 1);

    for (let sweeps = 0; sweeps < 3; sweeps++) await store.expire(10);

    expect(await store.call('other')).toBeUndefined();
    expect(await store.call('c0')).toMatchObject({ state: 'denied' });
    await store.close();
  });
});

describe('more than 48 hours after a call failed', () => {
  test.each`
    attempt              | tool           | answer
    ${'succeeded'}       | ${() => 'ran'} | ${['CALL_ENDED', '2', false]}
    ${'failed'}          | ${fail}        | ${['CALL_ENDED', '2', false]}
    ${'has no outcome'}  | ${unknown}     | ${['CALL_IN_PROGRESS', '2', false]}
    ${'was never begun'} | ${undefined}   | ${['CALL_ENDED', '1', false]}
  `('one whose next attempt $attempt is told so', async ({ tool, answer }) => {
    const one = await harness({});
    await made(one, fail);
    if (tool !== undefined) await made(one, tool);
    await pass(one, 49 * HOUR_MS);

    expect(await made(one, () => 'again')).toEqual(answer);
  });

  test('one whose next attempt failed less than that ago is attempted once more', async () => {
    const one = await harness({});
    await made(one, fail);
    await pass(one, 40 * HOUR_MS);
    await made(one, fail);
    await pass(one, 40 * HOUR_MS);

    expect(await made(one, () => 'ran')).toEqual(['done', '3', true]);
  });

  test('a next attempt that ended as long ago is told of and not asked for: it may be forgotten meanwhile', async () => {
    const asked: string[] = [];
    const wrap = (store: Store): Store => ({
      ...store,
      reserve: (reservation) => {
        asked.push(attemptOf(reservation.call.id));
        return store.reserve(reservation);
      },
    });
    const one = await harness({ wrap });
    await made(one, fail);
    await made(one, () => 'ran');
    await pass(one, 49 * HOUR_MS);
    asked.length = 0;

    await made(one, () => 'again');

    expect(asked).toEqual(['1']);
  });

  test('a next attempt that was taken back is none', async () => {
    const wrap = (store: Store): Store => ({
      ...store,
      reserve: async (reservation) => {
        const answer = await store.reserve(reservation);
        if (attemptOf(reservation.call.id) === '2') throw new Error('the line broke');
        return answer;
      },
    });
    const one = await harness({ wrap });
    await made(one, fail);
    const lost = await made(one, () => 'never');
    await one.clock.advance(10);
    await pass(one, 49 * HOUR_MS);

    expect(lost).toEqual(['STORE_UNAVAILABLE', '1', false]);
    expect(await made(one, () => 'never')).toEqual(['CALL_ENDED', '1', false]);
  });
});

function attemptOf(id: string): string {
  return id.split('.')[1] ?? '1';
}
