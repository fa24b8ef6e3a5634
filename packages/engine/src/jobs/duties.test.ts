import type { Job, JobHandler } from '../nouns/jobs.ts';
import type { Delivery, DeliveryRecord } from '../nouns/outbox.ts';
import type { Store } from '../nouns/store.ts';
import { memoryStore } from '../stores/memory/memory-store.ts';
import { type FakeClock, fakeClock } from '../testing/fake-clock.ts';
import { type DutyParts, dutiesOf } from './duties.ts';
import { deliveryJob } from './pointing.ts';
import { recallDeliveries } from './recall.ts';

interface Doing {
  readonly clock: FakeClock;
  readonly put: Job[];
  readonly revived: Job[];
  readonly woken: Store[];
  readonly handler: JobHandler;
  readonly store: Store;
}

async function doing(changes: Partial<Store>, parts: Partial<DutyParts> = {}): Promise<Doing> {
  const clock = fakeClock();
  const store: Store = { ...(await memoryStore().open({ clock })), ...changes };
  const [put, revived, woken]: [Job[], Job[], Store[]] = [[], [], []];
  const handler = dutiesOf({
    store,
    clock,
    holdTtlMs: 600_000,
    jobs: {
      put: async (jobs) => void put.push(...jobs),
      revive: async (jobs) => void revived.push(...jobs),
    },
    courier: { fanOut: async () => [], send: async () => ({ kind: 'over' }) },
    begin: async () => undefined,
    recall: async () => undefined,
    settleIdle: async () => false,
    wake: (each) => void woken.push(each),
    ...parts,
  });
  return { clock, put, revived, woken, handler, store };
}

const never = new AbortController().signal;
const job = (kind: Job['kind'], subject = ''): Job => ({ kind, tenant: '', subject, dueAt: 0 });
const delivery = (changes: Partial<Delivery> = {}): Delivery => ({
  id: 'msg_1',
  endpoint: 'e',
  event: 'approval.created',
  body: '{}',
  attempts: 0,
  dueAt: 0,
  ...changes,
});
const record = (changes: Partial<DeliveryRecord> = {}): DeliveryRecord => ({
  ...delivery(),
  state: 'queued',
  queuedAt: 0,
  tries: [],
  ...changes,
});

describe.each(['expiry', 'notices'] as const)('%s', (kind) => {
  const method = kind === 'expiry' ? 'expire' : 'announce';

  test.each`
    what                             | next         | holdTtlMs  | waitsMs
    ${'nothing is left to do'}       | ${undefined} | ${600_000} | ${30_000}
    ${'something is due in a while'} | ${7_000}     | ${600_000} | ${7_000}
    ${'something is due much later'} | ${90_000}    | ${600_000} | ${30_000}
    ${'something is overdue'}        | ${-5_000}    | ${600_000} | ${1_000}
    ${'calls are short'}             | ${undefined} | ${4_000}   | ${4_000}
    ${'calls are over at once'}      | ${undefined} | ${1}       | ${1_000}
  `('comes again in $waitsMs milliseconds where $what', async ({ next, holdTtlMs, waitsMs }) => {
    const now = fakeClock().now();
    const nextDeadline = async (): Promise<number | undefined> =>
      next === undefined ? undefined : now + Number(next);
    const one = await doing({ [method]: async () => 0, nextDeadline }, { holdTtlMs: Number(holdTtlMs) });

    expect(await one.handler(job(kind), never)).toEqual({ kind: 'again', dueAt: now + Number(waitsMs) });
    expect(one.woken).toEqual([]);
  });

  test('comes again at once where a whole page was due, and has webhooks tell of it', async () => {
    const one = await doing({ [method]: async () => 200 });

    expect(await one.handler(job(kind), never)).toEqual({ kind: 'again', dueAt: one.clock.now() });
    expect(one.woken).toEqual([one.store]);
  });

  test('rejects where the store does not answer, so that it is done again', async () => {
    const one = await doing({ [method]: () => Promise.reject(new Error('gone')) });

    await expect(one.handler(job(kind), never)).rejects.toThrow('gone');
  });
});

test('carve-outs that are over and in use are looked at again in some seconds', async () => {
  const one = await doing({}, { settleIdle: async () => true });

  expect(await one.handler(job('expiry'), never)).toEqual({ kind: 'again', dueAt: one.clock.now() + 5_000 });
});

test('a fan-out begins with the store, and puts a job for every delivery', async () => {
  const begun: Store[] = [];
  const one = await doing(
    {},
    {
      begin: async (store) => void begun.push(store),
      courier: { fanOut: async () => [delivery()], send: async () => ({ kind: 'over' }) },
    },
  );

  expect(await one.handler(job('fan-out', 'wake_1'), never)).toEqual({ kind: 'done' });
  expect(begun).toEqual([one.store]);
  expect(one.put).toEqual([deliveryJob(one.store, delivery())]);
});

describe('a delivery', () => {
  const sending = (sent: Awaited<ReturnType<DutyParts['courier']['send']>>): Partial<DutyParts> => ({
    courier: { fanOut: async () => [], send: async () => sent },
  });

  test('that is over is done', async () => {
    const one = await doing({ delivery: async () => record() }, sending({ kind: 'over' }));

    expect(await one.handler(job('delivery', 'msg_1.0'), never)).toEqual({ kind: 'done' });
    expect(one.revived).toEqual([]);
  });

  test('whose try failed has a job for the next try', async () => {
    const later = { kind: 'later', dueAt: 5_000, counted: true } as const;
    const one = await doing({ delivery: async () => record({ attempts: 2 }) }, sending(later));

    expect(await one.handler(job('delivery', 'msg_1.2'), never)).toEqual({ kind: 'done' });
    expect(one.revived).toEqual([{ kind: 'delivery', tenant: '', subject: 'msg_1.3', dueAt: 5_000 }]);
    expect(one.woken).toEqual([one.store]);
  });

  test('that nobody tried waits on as the same job', async () => {
    const later = { kind: 'later', dueAt: 5_000, counted: false } as const;
    const one = await doing({ delivery: async () => record() }, sending(later));

    expect(await one.handler(job('delivery', 'msg_1.0'), never)).toEqual({ kind: 'again', dueAt: 5_000 });
    expect(one.revived).toEqual([]);
  });

  test.each<[string, DeliveryRecord | undefined]>([
    ['that is not known any more', undefined],
    ['that was delivered', record({ state: 'delivered' })],
    ['of which another try is next', record({ attempts: 1 })],
  ])('%s is not sent', async (_what, kept) => {
    const send = (): never => {
      throw new Error('expected that nothing is sent');
    };
    const one = await doing({ delivery: async () => kept }, { courier: { fanOut: async () => [], send } });

    expect(await one.handler(job('delivery', 'msg_1.0'), never)).toEqual({ kind: 'done' });
  });
});

test('reconciliation revives the jobs of deliveries that should have been sent a minute ago', async () => {
  const now = fakeClock().now();
  const due = [delivery({ id: 'a.b', dueAt: now - 60_000 }), delivery({ id: 'c', dueAt: now - 59_999 })];
  const one = await doing({ due: async () => due });

  expect(await one.handler(job('reconciliation'), never)).toEqual({ kind: 'again', dueAt: now + 60_000 });
  expect(one.revived.map(({ subject }) => subject)).toEqual(['a.b.0']);
});

test('reconciliation looks behind those that wait for an endpoint that is down, each time a little further', async () => {
  const now = fakeClock().now();
  const stuck = Array.from({ length: 500 }, (_, index) => delivery({ id: `stuck_${index}`, dueAt: 0 }));
  const later = Array.from({ length: 5_001 }, (_, index) => record({ id: `msg_${index}`, dueAt: 1 }));
  later.push(record({ id: 'soon', dueAt: now }));
  const deliveries: Store['deliveries'] = async ({ limit, after }) => {
    const from = after === undefined ? 0 : later.findIndex(({ id }) => id === after.id) + 1;
    return later.slice(from, from + limit);
  };
  const one = await doing({ due: async () => stuck, deliveries });
  const round = async (): Promise<readonly string[]> => {
    one.revived.length = 0;
    await one.handler(job('reconciliation'), never);
    return one.revived.slice(500).map(({ subject }) => subject);
  };

  const wanted = later.slice(0, 5_001).map(({ id }) => `${id}.0`);
  expect(await round()).toEqual(wanted.slice(0, 5_000));
  expect(await round()).toEqual(wanted.slice(5_000));
  expect(await round()).toEqual(wanted.slice(0, 5_000));
});

test('every delivery that is queued is recalled, page by page', async () => {
  const all = Array.from({ length: 501 }, (_, index) =>
    record({ id: `msg_${index}`, queuedAt: 600 - index }),
  );
  const deliveries: Store['deliveries'] = async ({ limit, after }) => {
    const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after.id) + 1;
    return all.slice(from, from + limit);
  };
  const { store, put } = await doing({ deliveries });

  await recallDeliveries(store, { put: async (jobs) => void put.push(...jobs) });

  expect(put.map(({ subject }) => subject)).toEqual(all.map(({ id }) => `${id}.0`));
});
