import { type FakeClock, fakeClock } from '../testing/fake-clock.ts';
import { createDispatcher, type Dispatcher, type DispatcherOptions } from './dispatcher.ts';
import type { WebhookEndpoint } from './endpoint.ts';
import type { WebhookPayload } from './payload.ts';
import { WebhookError, type WebhookProblem } from './problem.ts';
import { retryDelaysMs } from './retry.ts';
import { verifyWebhook } from './signature.ts';
import {
  closeReceivers,
  FakeStore,
  type Received,
  receiver,
  type Reply,
  secret,
  silence,
  status,
} from './lab.test-support.ts';

/** Always the middle: the schedule without jitter. */
const random = { id: (prefix: string) => `${prefix}_1`, below: (below: number) => (below - 1) / 2 };

const dispatchers: Dispatcher[] = [];

function setUp(endpoints: readonly WebhookEndpoint[], options: Partial<DispatcherOptions> = {}) {
  const clock = (options.clock as FakeClock | undefined) ?? fakeClock();
  const store = (options.store as FakeStore | undefined) ?? new FakeStore(clock);
  const errors: Error[] = [];
  const known = endpoints.map(({ url, secret: key, events, id }) => ({
    url,
    secret: key,
    ...(events === undefined ? {} : { events }),
    ...(id === undefined ? {} : { id }),
  }));
  const onError = (error: Error) => void errors.push(error);
  const dispatcher = createDispatcher({ store, clock, random, onError, endpoints: known, ...options });
  dispatchers.push(dispatcher);
  const problems = (): readonly (WebhookProblem | undefined)[] =>
    errors.map((error) => (error instanceof WebhookError ? error.problem : undefined));
  return { clock, store, dispatcher, errors, problems };
}

/** Lets I/O run until the condition holds; the timeout of the test is the limit. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

const payload = (received: Received | undefined) => JSON.parse(received?.body ?? '{}') as WebhookPayload;

afterEach(async () => {
  await Promise.all(dispatchers.splice(0).map((dispatcher) => dispatcher.close()));
  closeReceivers();
});

describe('a delivery', () => {
  test('arrives once, signed over the bytes that arrive', async () => {
    const inbox = await receiver(status(204));
    const { store, dispatcher, errors } = setUp([inbox]);
    store.happen();

    expect(await dispatcher.tick()).toBe(1);
    expect(await dispatcher.tick()).toBe(0);

    const [request] = inbox.received;
    expect(inbox.received).toHaveLength(1);
    expect(verifyWebhook(request?.body ?? '', String(request?.headers['x-webhook-signature']), secret)).toBe(
      true,
    );
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'torii-webhooks',
      'x-webhook-event': 'approval.created',
      'x-webhook-id': payload(request).id,
      'x-webhook-timestamp': '2026-01-05T12:00:00.000Z',
    });
    expect(store.states()).toEqual(['delivered']);
    expect(errors).toEqual([]);
  });

  test('says what the approval was at the event, also when it has changed since', async () => {
    const inbox = await receiver(status(200));
    const { store, dispatcher } = setUp([inbox]);
    store.happen();

    await dispatcher.tick();

    expect(payload(inbox.received[0])).toEqual({
      id: expect.stringMatching(/^msg_[0-9a-f]{32}$/),
      event: 'approval.created',
      type: 'approval.created',
      timestamp: '2026-01-05T12:00:00.000Z',
      sequence: 1,
      approval: {
        id: 'apr_1',
        agentId: 'bot',
        ownerId: 'ann',
        status: 'pending',
        tool: 'trade',
        amount: '500.00 USD',
        callId: 'call_1',
        actionHash: 'a'.repeat(64),
        requiredApprovers: 2,
        approvers: ['ann@example.com', 'bob@example.com', 'cy@example.com'],
        approvals: 1,
        createdAt: '2026-01-05T12:00:00.000Z',
        expiresAt: '2026-01-05T13:00:00.000Z',
      },
    });
  });

  test('goes out for every event of an approval, and for nothing else', async () => {
    const inbox = await receiver(status(200));
    const { store, dispatcher } = setUp([inbox]);
    store.record('call.reserved');
    store.happen('approval.created', 'pending');
    store.happen('approval.decision_submitted', 'pending');
    store.happen('approval.approved', 'approved');
    store.happen('approval.denied', 'denied');
    store.happen('approval.expired', 'expired');
    store.happen('approval.cancelled', 'cancelled');
    store.record('call.released');

    await dispatcher.tick();

    const told = inbox.received.map((request) => payload(request));
    told.sort((one, other) => one.sequence - other.sequence);
    expect(told.map(({ sequence, event, approval }) => [sequence, event, approval.status])).toEqual([
      [2, 'approval.created', 'pending'],
      [3, 'approval.decision_submitted', 'pending'],
      [4, 'approval.approved', 'approved'],
      [5, 'approval.denied', 'denied'],
      [6, 'approval.expired', 'expired'],
      [7, 'approval.cancelled', 'cancelled'],
    ]);
    expect(new Set(told.map(({ id }) => id)).size).toBe(6);
  });

  test('is done when the status arrives: an endless body is not read', async () => {
    let closed = false;
    const inbox = await receiver((response) => {
      response.on('close', () => (closed = true));
      response.writeHead(200).write('a'.repeat(100_000));
    });
    const { store, dispatcher } = setUp([inbox]);
    store.happen();

    await dispatcher.tick();
    await until(() => closed);

    expect(store.states()).toEqual(['delivered']);
  });
});

describe('a try that fails', () => {
  const failures: readonly (readonly [string, Reply, string])[] = [
    ['a 500', status(500), 'answered 500'],
    ['a 404', status(404), 'answered 404'],
    ['a redirect', status(302, { location: '/elsewhere' }), 'answered 302'],
    ['a 304', status(304), 'answered 304'],
    ['a cut connection', (response) => void response.destroy(), 'could not be reached: UND_ERR_SOCKET'],
  ];

  test.each(failures)('after %s is repeated on schedule', async (_name, reply, reason) => {
    const inbox = await receiver(reply);
    const { store, clock, dispatcher, problems } = setUp([inbox]);
    store.happen();

    expect(await dispatcher.tick()).toBe(1);
    await clock.advance(4_999);
    expect(await dispatcher.tick()).toBe(0);
    await clock.advance(1);
    expect(await dispatcher.tick()).toBe(1);

    expect(inbox.received).toHaveLength(2);
    expect(problems()).toMatchObject([
      { kind: 'try-failed', tries: 1, reason },
      { kind: 'try-failed', tries: 2, reason },
    ]);
  });

  test('because nobody listens is repeated', async () => {
    const inbox = await receiver(status(200));
    const { store, clock, dispatcher, problems } = setUp([inbox]);
    inbox.server.close();
    store.happen();

    await dispatcher.tick();
    await clock.advance(5_000);

    expect(problems()).toMatchObject([{ kind: 'try-failed', reason: 'could not be reached: ECONNREFUSED' }]);
    expect(await dispatcher.tick()).toBe(1);
  });

  test('because no answer came for 15 seconds is repeated 5 seconds later', async () => {
    const inbox = await receiver(silence);
    const { store, clock, dispatcher, problems } = setUp([inbox]);
    store.happen();

    const ticking = dispatcher.tick();
    await until(() => inbox.received.length === 1);
    await clock.advance(14_999);
    expect(problems()).toEqual([]);
    await clock.advance(1);
    await ticking;

    expect(problems()).toMatchObject([{ reason: 'no answer in time', nextTryAt: clock.now() + 5_000 }]);
    expect(clock.pending()).toBe(0);
  });

  test('with a redirect is not followed', async () => {
    const elsewhere = await receiver(status(200));
    const inbox = await receiver(status(307, { location: elsewhere.url }));
    const { store, dispatcher } = setUp([inbox]);
    store.happen();

    await dispatcher.tick();

    expect(elsewhere.received).toHaveLength(0);
    expect(store.states()).toEqual(['queued']);
  });

  test('ten times is given up; every try had the same id and the same bytes', async () => {
    const inbox = await receiver(status(500));
    const { store, clock, dispatcher, problems } = setUp([inbox]);
    store.happen();

    await dispatcher.tick();
    for (const delay of retryDelaysMs) {
      await clock.advance(delay - 1);
      expect(await dispatcher.tick()).toBe(0);
      await clock.advance(1);
      expect(await dispatcher.tick()).toBe(1);
    }
    await clock.advance(30 * 86_400_000);

    expect(await dispatcher.tick()).toBe(0);
    expect(inbox.received).toHaveLength(10);
    expect(new Set(inbox.received.map(({ body }) => body)).size).toBe(1);
    expect(new Set(inbox.received.map(({ headers }) => headers['x-webhook-id'])).size).toBe(1);
    expect(new Set(inbox.received.map(({ headers }) => headers['x-webhook-timestamp'])).size).toBe(10);
    expect(problems().at(-1)).toMatchObject({ kind: 'gave-up', tries: 10, reason: 'answered 500' });
    expect(store.states()).toEqual(['gave-up']);
  });

  test('with 410 is the last', async () => {
    const inbox = await receiver(status(410));
    const { store, dispatcher, problems } = setUp([inbox]);
    store.happen();

    await dispatcher.tick();

    expect(store.states()).toEqual(['gave-up']);
    expect(problems()).toMatchObject([{ kind: 'gave-up', tries: 1, reason: 'answered 410' }]);
  });

  test.each`
    retryAfter                         | waitsMs
    ${'1'}                             | ${5_000}
    ${'600'}                           | ${600_000}
    ${'999999'}                        | ${86_400_000}
    ${'-5'}                            | ${5_000}
    ${'Tue, 06 Jan 2026 12:00:00 GMT'} | ${5_000}
  `('with `Retry-After: $retryAfter` waits $waitsMs milliseconds', async ({ retryAfter, waitsMs }) => {
    const inbox = await receiver(status(503, { 'retry-after': String(retryAfter) }));
    const { store, clock, dispatcher, problems } = setUp([inbox]);
    store.happen();

    await dispatcher.tick();

    expect(problems()).toMatchObject([{ kind: 'try-failed', nextTryAt: clock.now() + Number(waitsMs) }]);
  });
});

describe('a crash', () => {
  test('between the answer and its record repeats the same bytes', async () => {
    const inbox = await receiver(status(200));
    const { store, clock, dispatcher } = setUp([inbox]);
    store.happen();
    store.down.add('finish');

    await expect(dispatcher.tick()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    store.down.clear();
    const restarted = setUp([inbox], { store, clock });
    expect(await restarted.dispatcher.tick()).toBe(1);

    expect(inbox.received).toHaveLength(2);
    expect(inbox.received[1]?.body).toBe(inbox.received[0]?.body);
    expect(store.states()).toEqual(['delivered']);
  });

  test('between building and queueing makes the same messages again', async () => {
    const inbox = await receiver(status(200));
    const { store, clock, dispatcher } = setUp([inbox], { startAfterSeq: 0 });
    store.happen();
    store.down.add('enqueue');

    await expect(dispatcher.tick()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    store.down.clear();
    await setUp([inbox], { store, clock }).dispatcher.tick();

    expect(inbox.received).toHaveLength(1);
  });

  test('before the first look loses nothing once the endpoint is enrolled', async () => {
    const inbox = await receiver(status(200));
    const { store, clock, dispatcher } = setUp([inbox]);
    store.record('engine.started');
    await dispatcher.enroll();
    store.happen();

    store.record('engine.started');
    await setUp([inbox], { store, clock }).dispatcher.tick();

    expect(inbox.received).toHaveLength(1);
  });
});

describe('an endpoint', () => {
  test('added to an old journal begins with this engine, and misses nothing before the first look', async () => {
    const inbox = await receiver(status(200));
    const { store, dispatcher } = setUp([inbox]);
    for (let start = 0; start < 250; start++) store.record('engine.started');
    store.happen();
    store.record('engine.started');
    const { seq } = store.happen();

    await dispatcher.tick();

    expect(inbox.received.map((request) => payload(request).sequence)).toEqual([seq]);
  });

  test('begins where it is told to', async () => {
    const inbox = await receiver(status(200));
    const { store, dispatcher } = setUp([inbox], { startAfterSeq: 1 });
    store.happen();
    store.happen();
    store.record('engine.started');

    await dispatcher.tick();

    expect(inbox.received.map((request) => payload(request).sequence)).toEqual([2]);
  });

  test('hears of the events it asked for, and not of old ones when it asks for more', async () => {
    const inbox = await receiver(status(200));
    const { store, clock, dispatcher } = setUp([{ ...inbox, events: ['approval.denied'] }]);
    store.happen('approval.created');
    store.happen('approval.denied', 'denied');
    store.happen('approval.created');
    await dispatcher.tick();

    const curious = setUp([inbox], { store, clock });
    store.happen('approval.created');
    await curious.dispatcher.tick();

    expect(inbox.received.map((request) => payload(request).sequence)).toEqual([2, 4]);
  });

  test('that hangs with a long queue does not stop another', async () => {
    const stuck = await receiver(silence);
    const inbox = await receiver(status(200), { events: ['approval.denied'] });
    const { store, clock, dispatcher } = setUp([stuck, inbox]);
    for (let count = 0; count < 700; count++) store.happen('approval.created');
    store.happen('approval.denied', 'denied');

    dispatcher.start();
    await clock.advance(0);
    await until(() => inbox.received.length === 1);
    store.happen('approval.denied', 'denied');
    dispatcher.wake();
    await clock.advance(50);
    await until(() => inbox.received.length === 2);

    expect(stuck.received).toHaveLength(4);
    await dispatcher.close();
    expect(clock.pending()).toBe(0);
  });

  test('that is no longer configured waits on the same schedule, and is served when it returns', async () => {
    const inbox = await receiver(status(500));
    const other = await receiver(status(200));
    const { store, clock, dispatcher } = setUp([inbox]);
    store.happen();
    await dispatcher.tick();

    await clock.advance(5_000);
    const without = setUp([other], { store, clock });
    await without.dispatcher.tick();
    inbox.reply = status(200);
    await clock.advance(300_000);
    await dispatcher.tick();

    expect(without.problems()).toMatchObject([
      { kind: 'try-failed', tries: 2, reason: 'the endpoint is not configured' },
    ]);
    expect(inbox.received).toHaveLength(2);
    expect(store.states()).toContain('delivered');
  });

  test('is not told of an entry without an approval, and hears of the next', async () => {
    const inbox = await receiver(status(200));
    const { store, dispatcher, problems } = setUp([inbox]);
    store.record('approval.created', { approval: 'apr_lost', status: 'pending' });
    store.record('approval.created', { status: 'pending' });
    store.record('approval.created', { approval: 'apr_1', status: 'undecided' });
    store.happen();

    await dispatcher.tick();
    await dispatcher.tick();

    expect(inbox.received.map((request) => payload(request).sequence)).toEqual([4]);
    expect(problems()).toMatchObject([
      { kind: 'event-skipped', sequence: 1, reason: 'the store does not have the approval' },
      { kind: 'event-skipped', sequence: 2, reason: 'the entry does not name an approval and its status' },
      { kind: 'event-skipped', sequence: 3 },
    ]);
  });
});

describe('a started dispatcher', () => {
  test('delivers what it is woken for, and repeats when that is due', async () => {
    const inbox = await receiver(status(500));
    const { store, clock, dispatcher, problems } = setUp([inbox]);
    dispatcher.start();
    await clock.advance(0);

    store.happen();
    dispatcher.wake();
    await clock.advance(50);
    await until(() => problems().length === 1);
    inbox.reply = status(200);
    await clock.advance(5_000);
    await until(() => store.states()[0] === 'delivered');

    expect(inbox.received).toHaveLength(2);
  });

  test('finds within a minute what nobody woke it for', async () => {
    const inbox = await receiver(status(200));
    const { store, clock, dispatcher } = setUp([inbox]);
    dispatcher.start();
    await clock.advance(0);

    store.happen();
    await clock.advance(60_000);

    await until(() => inbox.received.length === 1);
  });

  test('delivers a long queue without being woken again and without pauses', async () => {
    const inbox = await receiver(status(200));
    const { store, clock, dispatcher } = setUp([inbox]);
    const delivered = () => store.states().filter((state) => state === 'delivered').length;
    for (let count = 0; count < 100; count++) store.happen();

    dispatcher.start();
    while (delivered() < 100) {
      const before = delivered();
      await clock.advance(50);
      await until(() => delivered() > before);
    }

    expect(inbox.received).toHaveLength(100);
  });

  test('looks once however often it is woken', async () => {
    const inbox = await receiver(status(200));
    const { store, clock, dispatcher } = setUp([inbox]);
    dispatcher.start();
    await clock.advance(0);
    const before = store.asked;

    for (let count = 0; count < 1_000; count++) dispatcher.wake();
    expect(clock.pending()).toBe(1);
    await clock.advance(50);

    expect(store.asked - before).toBeLessThan(10);
  });

  test('without endpoints does nothing at all', async () => {
    const { store, clock, dispatcher } = setUp([]);

    dispatcher.start();
    dispatcher.wake();
    await clock.advance(120_000);

    expect(store.asked).toBe(0);
    expect(clock.pending()).toBe(0);
  });

  test.each([
    ['cursor', 'woken'],
    ['entries', 'left alone'],
    ['approval', 'woken'],
    ['enqueue', 'left alone'],
    ['due', 'woken'],
    ['nextDue', 'left alone'],
    ['finish', 'woken'],
    ['finish', 'left alone'],
  ] as const)(
    'outlives an outage of `%s` and looks again after 5 seconds, not sooner, when %s',
    async (method, how) => {
      const inbox = await receiver(status(200));
      const { store, clock, dispatcher, errors } = setUp([inbox]);
      store.happen();
      store.down.add(method);

      dispatcher.start();
      await clock.advance(0);
      await until(() => errors.length > 0);
      const before = store.asked;
      if (how === 'woken') dispatcher.wake();
      await clock.advance(4_000);
      expect(store.asked).toBe(before);
      store.down.clear();
      await clock.advance(1_000);
      await until(() => store.states()[0] === 'delivered');

      expect(errors[0]).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    },
  );

  test.each([
    [
      'throws',
      () => {
        throw new Error('listener');
      },
    ],
    ['rejects', () => Promise.reject(new Error('listener'))],
  ])('outlives a listener that %s', async (_how, onError) => {
    const inbox = await receiver(status(500));
    const { store, clock, dispatcher } = setUp([inbox], { onError });
    store.happen();

    dispatcher.start();
    await clock.advance(0);
    await until(() => [...store.queue.values()][0]?.attempts === 1);
    await clock.advance(5_000);

    await until(() => inbox.received.length === 2);
  });
});

describe('closing', () => {
  test('aborts what is under way; it stays queued as it was and goes out after a restart', async () => {
    const inbox = await receiver(silence);
    const { store, clock, dispatcher, errors } = setUp([inbox]);
    for (let count = 0; count < 10; count++) store.happen();
    dispatcher.start();
    await clock.advance(0);
    await until(() => inbox.received.length === 4);

    await dispatcher.close();

    expect(clock.pending()).toBe(0);
    expect(errors).toEqual([]);
    expect([...store.queue.values()].map(({ attempts, state }) => [attempts, state])).toEqual(
      Array.from({ length: 10 }, () => [0, 'queued']),
    );
    inbox.reply = status(200);
    expect(await setUp([inbox], { store, clock }).dispatcher.tick()).toBe(10);
    expect(inbox.received).toHaveLength(14);
  });

  test('is final and may be repeated', async () => {
    const inbox = await receiver(status(200));
    const { store, clock, dispatcher } = setUp([inbox]);
    dispatcher.start();
    await clock.advance(0);

    await Promise.all([dispatcher.close(), dispatcher.close()]);
    store.happen();
    dispatcher.wake();
    dispatcher.start();
    await clock.advance(120_000);

    expect(await dispatcher.tick()).toBe(0);
    expect(clock.pending()).toBe(0);
    expect(inbox.received).toHaveLength(0);
  });

  test('in the middle of a look leaves no timer', async () => {
    const inbox = await receiver(silence);
    const { store, clock, dispatcher } = setUp([inbox]);
    store.happen();
    dispatcher.start();
    const looking = clock.advance(0);

    await dispatcher.close();
    await looking;

    expect(clock.pending()).toBe(0);
  });
});
