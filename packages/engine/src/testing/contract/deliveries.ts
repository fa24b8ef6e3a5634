import assert from 'node:assert/strict';
import type { DeliveryPlace, DeliveryQuery } from '../../nouns/outbox.ts';
import type { PromisedStore } from '../../nouns/store.ts';
import { type ContractCase, promise, type Tested } from './contract-case.ts';
import { delivery, HOUR_MS, tried, tryEnded } from './samples.ts';

const [ONE, TWO] = ['https://one.test', 'https://two.test'] as const;
const DAY_MS = 24 * HOUR_MS;

async function queue({ store, clock }: Tested, endpoint: string, ...ids: string[]): Promise<void> {
  const messages = ids.map((id) => ({ ...delivery(id, clock.now()), endpoint }));
  await store.enqueue(endpoint, 1, messages);
}

async function listed(store: PromisedStore, query: Partial<DeliveryQuery> = {}): Promise<string> {
  return (await store.deliveries({ limit: 10, ...query })).map(({ id }) => id).join(' ');
}

/** Ends enough others for whatever may be forgotten to be. */
async function endOthers(tested: Tested, name: string): Promise<void> {
  const ids = Array.from({ length: 3 }, (_, index) => `${name}-${index}`);
  await queue(tested, ONE, ...ids);
  for (const id of ids) await tested.store.finish(id, tryEnded(tested.clock.now(), 'delivered'));
}

/** What it promises about the log of deliveries, and about those that are queued again. */
export const deliveries: readonly ContractCase[] = [
  promise('tells of a delivery how it stands, since when, and every try', async ({ store, clock }) => {
    const start = clock.now();
    const message = { ...delivery('d1', start + 7), body: '{"é":"\\u0000"}\n', event: 'ping' } as const;
    await store.enqueue(ONE, 1, [message]);
    const queued = { ...message, state: 'queued', queuedAt: start, tries: [] };
    assert.deepEqual([await store.delivery('d1'), await store.delivery('d2')], [queued, undefined]);

    clock.set(start + 20);
    const failed = tried(start + 9, { status: 503, durationMs: 4, reason: 'the endpoint answered 503' });
    await store.finish('d1', { kind: 'retry', dueAt: start + 30, tried: failed });
    const once = { ...queued, attempts: 1, dueAt: start + 30, tries: [failed] };
    assert.deepEqual(await store.delivery('d1'), once);

    await store.finish('d1', { kind: 'delivered', tried: tried(start + 30) });
    const tries = [failed, tried(start + 30)];
    assert.deepEqual(await store.delivery('d1'), { ...once, state: 'delivered', attempts: 2, tries });
  }),

  promise('keeps the last twelve tries, the newest last', async ({ store, clock }) => {
    await store.enqueue(ONE, 1, [delivery('d1', clock.now())]);

    for (let at = 1; at <= 14; at++) await store.finish('d1', tryEnded(at, { retryAt: clock.now() }));
    await store.finish('d1', tryEnded(15, 'gave-up'));

    const { attempts, tries } = (await store.delivery('d1')) ?? assert.fail('expected a delivery');
    assert.deepEqual([attempts, tries.map(({ at }) => at)], [15, [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]]);
  }),

  promise('knows what was delivered for 72 hours after it, and a dead letter for 30 days', async (tested) => {
    const { store, clock } = tested;
    const start = clock.now();
    await queue(tested, ONE, 'yes', 'no');
    clock.set(start + HOUR_MS);
    await store.finish('yes', tryEnded(clock.now(), 'delivered'));
    await store.finish('no', tryEnded(clock.now(), 'gave-up'));

    clock.set(start + 73 * HOUR_MS - 1);
    await endOthers(tested, 'early');
    const both = [(await store.delivery('yes'))?.state, await listed(store, { untilMs: start + 1 })];
    clock.set(start + HOUR_MS + 30 * DAY_MS - 1);
    await endOthers(tested, 'late');

    assert.deepEqual(both, ['delivered', 'yes no']);
    assert.equal((await store.delivery('no'))?.state, 'gave-up');
    assert.deepEqual(
      (await store.requeue(['no'], clock.now())).map(({ id }) => id),
      ['no'],
    );
  }),

  promise('knows what is queued for as long as it is', async (tested) => {
    const { store, clock } = tested;
    await queue(tested, ONE, 'd1', 'd2');
    await store.finish('d2', tryEnded(clock.now(), 'delivered'));
    await store.requeue(['d2'], clock.now());

    clock.set(clock.now() + 365 * DAY_MS);
    await endOthers(tested, 'other');

    assert.deepEqual(
      (await store.due(10)).map(({ id }) => id),
      ['d1', 'd2'],
    );
    assert.equal(await listed(store, { state: 'queued' }), 'd2 d1');
  }),

  promise('lists the latest first, by when they were queued first and then by id', async (tested) => {
    const { store, clock } = tested;
    await queue(tested, ONE, 'b', 'a\uffee', 'a\ud83d\ude00', 'a');
    clock.set(clock.now() + 1);
    await queue(tested, TWO, 'c', 'A');

    await store.finish('a', tryEnded(clock.now(), 'gave-up'));
    await store.requeue(['a'], clock.now() + 5);

    assert.equal(await listed(store), 'c A b a\ud83d\ude00 a\uffee a');
    assert.equal(await listed(store, { limit: 2 }), 'c A');
    assert.equal(await listed(store, { limit: 0 }), '');
  }),

  promise('lists those of an endpoint, of a state and of a time, and every mixture', async (tested) => {
    const { store, clock } = tested;
    const start = clock.now();
    for (const [index, endpoint] of [ONE, TWO, ONE].entries()) {
      clock.set(start + index * 10);
      await queue(tested, endpoint, ...['q', 'd', 'g'].map((name) => `${name}${index}`));
      await store.finish(`d${index}`, tryEnded(clock.now(), 'delivered'));
      await store.finish(`g${index}`, tryEnded(clock.now(), 'gave-up'));
    }
    const asked: readonly (readonly [Partial<DeliveryQuery>, string])[] = [
      [{ endpoint: ONE }, 'q2 g2 d2 q0 g0 d0'],
      [{ endpoint: 'https://nobody.test' }, ''],
      [{ state: 'queued' }, 'q2 q1 q0'],
      [{ state: 'delivered' }, 'd2 d1 d0'],
      [{ state: 'gave-up' }, 'g2 g1 g0'],
      [{ endpoint: ONE, state: 'gave-up' }, 'g2 g0'],
      [{ fromMs: start + 10 }, 'q2 g2 d2 q1 g1 d1'],
      [{ untilMs: start + 10 }, 'q0 g0 d0'],
      [{ fromMs: start + 1, untilMs: start + 20 }, 'q1 g1 d1'],
      [{ fromMs: start + 20, untilMs: start + 20 }, ''],
      [{ endpoint: ONE, state: 'queued', fromMs: start, untilMs: start + 20 }, 'q0'],
    ];

    for (const [query, ids] of asked) assert.equal(await listed(store, query), ids, JSON.stringify(query));
    await store.requeue(['g1'], clock.now());
    assert.equal(await listed(store, { endpoint: TWO, state: 'queued' }), 'q1 g1');
  }),

  promise('lists page by page all that is there, each once, whatever comes and goes', async (tested) => {
    const { store, clock } = tested;
    const ids = Array.from({ length: 7 }, (_, index) => `d${index}`);
    await queue(tested, ONE, ...ids.slice(0, 5));
    clock.set(clock.now() + 1);
    await queue(tested, ONE, ...ids.slice(5));
    const found: string[] = [];
    let after: DeliveryPlace | undefined;

    for (let page = 0; page < 4; page++) {
      const query = { endpoint: ONE, untilMs: clock.now() + 1, limit: 2 };
      const told = await store.deliveries(after === undefined ? query : { ...query, after });
      found.push(...told.map(({ id }) => id));
      after = told.at(-1);
      await queue(tested, ONE, `e${page}`);
      clock.set(clock.now() + 1);
      await store.finish(`d${page}`, tryEnded(clock.now(), 'delivered'));
    }

    assert.deepEqual(found, ['d6', 'd5', 'd4', 'd3', 'd2', 'd1', 'd0']);
    const unknown = { queuedAt: clock.now() - 5, id: 'd2a' };
    assert.equal(await listed(store, { after: unknown, limit: 2 }), 'd2 d1');
  }),

  promise('queues again what is over, as it was, with its log', async (tested) => {
    const { store, clock } = tested;
    const start = clock.now();
    await queue(tested, ONE, 'yes', 'no', 'queued');
    await store.finish('yes', tryEnded(start, 'delivered'));
    await store.finish('no', tryEnded(start, { retryAt: start }));
    await store.finish('no', tryEnded(start, 'gave-up'));
    const before = await store.delivery('no');
    clock.set(start + 50);

    const answered = await store.requeue(['no', 'queued', 'unknown', 'yes', 'no'], start + 60);

    const again = ['no', 'yes'].map((id) => ({ ...delivery(id, start + 60), endpoint: ONE }));
    assert.deepEqual(answered, again);
    assert.deepEqual(await store.delivery('no'), { ...before, ...again[0], state: 'queued' });
    assert.equal((await store.delivery('queued'))?.dueAt, start);
    clock.set(start + 60);
    assert.deepEqual((await store.due(10)).slice(1).sort(byId), again);
    assert.deepEqual(await store.requeue(['no', 'yes'], start), []);
    await store.finish('no', tryEnded(clock.now(), 'delivered'));
    const { state, attempts, tries } = (await store.delivery('no')) ?? assert.fail('expected a delivery');
    assert.deepEqual([state, attempts, tries.length], ['delivered', 1, 3]);
  }),

  promise('queues each of many once that two ask to queue again', async (tested) => {
    const { store, clock } = tested;
    const ids = Array.from({ length: 20 }, (_, index) => `d${index}`);
    await queue(tested, ONE, ...ids);
    for (const id of ids) await store.finish(id, tryEnded(clock.now(), 'gave-up'));

    const answers = await Promise.all([store.requeue(ids, 1), store.requeue(ids.toReversed(), 2)]);

    assert.deepEqual(answers.flatMap((queued) => queued.map(({ id }) => id)).sort(), ids.toSorted());
  }),
];

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}
