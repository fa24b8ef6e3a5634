import { signWebhook, verifyWebhook } from '../index.ts';
import {
  closeLab,
  lab,
  payloadOf,
  receiver,
  type Reply,
  secret,
  silence,
  status,
  until,
} from './lab.test-support.ts';
import { retryDelaysMs } from './retry.ts';

afterEach(closeLab);

describe('a delivery', () => {
  test('arrives once, signed in both forms over the bytes that arrive', async () => {
    const inbox = await receiver(status(204));
    const { round, happen, states, errors, clock } = await lab([inbox]);
    await happen();

    expect(await round()).toEqual([{ kind: 'over' }]);
    expect(await round()).toEqual([]);

    const [request] = inbox.received;
    const { body, headers } = request ?? { body: '', headers: {} };
    expect(inbox.received).toHaveLength(1);
    expect(verifyWebhook(body, headers, { secrets: secret, clock })).toBe(true);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'torii-webhooks',
      'webhook-id': payloadOf(request).id,
      'webhook-timestamp': '1767614400',
      'x-webhook-event': 'approval.created',
      'x-webhook-id': payloadOf(request).id,
      'x-webhook-timestamp': '2026-01-05T12:00:00.000Z',
      'x-webhook-signature': signWebhook(body, secret),
    });
    expect(await states()).toEqual(['delivered']);
    expect(errors).toEqual([]);
  });

  test('is logged with what was answered and how long that took', async () => {
    const inbox = await receiver(silence);
    const { courier, store, happen, clock } = await lab([inbox]);
    await happen();
    const { signal } = new AbortController();
    const [queued] = await courier.fanOut(store, signal);

    const sending = courier.send(store, queued?.id ?? '', signal);
    await until(() => inbox.received.length === 1);
    await clock.advance(15_000);
    await sending;
    inbox.reply = status(202);
    await clock.advance(5_000);
    await courier.send(store, queued?.id ?? '', signal);

    const at = Date.UTC(2026, 0, 5, 12);
    expect((await store.delivery(queued?.id ?? ''))?.tries).toEqual([
      { at, durationMs: 15_000, status: undefined, reason: 'no answer in time' },
      { at: at + 20_000, durationMs: 0, status: 202, reason: undefined },
    ]);
  });
});

describe('a try that fails', () => {
  const failures: readonly (readonly [string, Reply, string])[] = [
    ['a 500', status(500), 'answered 500'],
    ['a 404', status(404), 'answered 404'],
    ['a 429', status(429), 'answered 429'],
    ['a redirect', status(302, { location: '/elsewhere' }), 'answered 302'],
    ['a 304', status(304), 'answered 304'],
    ['a cut connection', (response) => void response.destroy(), 'could not be reached: ECONNRESET'],
  ];

  test.each(failures)('after %s is repeated on schedule', async (_name, reply, reason) => {
    const inbox = await receiver(reply);
    const { happen, clock, round, problems } = await lab([inbox]);
    await happen();

    expect(await round()).toEqual([{ kind: 'later', dueAt: clock.now() + 5_000, counted: true }]);
    await clock.advance(4_999);
    expect(await round()).toEqual([]);
    await clock.advance(1);
    expect(await round()).toHaveLength(1);

    expect(inbox.received).toHaveLength(2);
    expect(problems()).toMatchObject([
      { kind: 'try-failed', tries: 1, reason },
      { kind: 'try-failed', tries: 2, reason },
    ]);
  });

  test('because nobody listens is repeated', async () => {
    const inbox = await receiver(status(200));
    const { happen, clock, round, problems } = await lab([inbox]);
    inbox.server.close();
    await happen();

    await round();
    await clock.advance(5_000);

    expect(problems()).toMatchObject([{ kind: 'try-failed', reason: 'could not be reached: ECONNREFUSED' }]);
    expect(await round()).toHaveLength(1);
  });

  test('because no answer came for 15 seconds is repeated 5 seconds later', async () => {
    const inbox = await receiver(silence);
    const { happen, clock, round, problems } = await lab([inbox]);
    await happen();

    const sending = round();
    await until(() => inbox.received.length === 1);
    await clock.advance(14_999);
    expect(problems()).toEqual([]);
    await clock.advance(1);
    await sending;

    expect(problems()).toMatchObject([{ reason: 'no answer in time', nextTryAt: clock.now() + 5_000 }]);
    expect(clock.pending()).toBe(0);
  });

  test('with a redirect is not followed', async () => {
    const elsewhere = await receiver(status(200));
    const inbox = await receiver(status(307, { location: elsewhere.url }));
    const { happen, round, states } = await lab([inbox]);
    await happen();

    await round();

    expect(elsewhere.received).toHaveLength(0);
    expect(await states()).toEqual(['queued']);
  });

  test('ten times is given up and recorded; every try had the same id and the same bytes', async () => {
    const inbox = await receiver(status(500));
    const { happen, clock, round, problems, states, store } = await lab([inbox]);
    await happen();

    await round();
    for (const delay of retryDelaysMs) {
      await clock.advance(delay - 1);
      expect(await round()).toEqual([]);
      await clock.advance(1);
      expect(await round()).toHaveLength(1);
    }
    await clock.advance(29 * 86_400_000);

    expect(await round()).toEqual([]);
    expect(inbox.received).toHaveLength(10);
    expect(new Set(inbox.received.map(({ body }) => body)).size).toBe(1);
    expect(new Set(inbox.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(inbox.received.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(10);
    expect(new Set(inbox.received.map(({ headers }) => headers['webhook-signature'])).size).toBe(10);
    expect(problems().at(-1)).toMatchObject({ kind: 'gave-up', tries: 10, reason: 'answered 500' });
    expect(await states()).toEqual(['gave-up']);
    const [entry] = await store.entries({ afterSeq: 0, limit: 9, types: ['webhook.gave_up'] });
    expect(entry?.facts).toEqual({
      endpoint: expect.stringMatching(/^endpoint_/),
      delivery: payloadOf(inbox.received[0]).id,
      event: 'approval.created',
      tries: 10,
      reason: 'answered 500',
    });
  });

  test.each`
    retryAfter                         | waitsMs
    ${'1'}                             | ${5_000}
    ${'600'}                           | ${600_000}
    ${'999999'}                        | ${86_400_000}
    ${'-5'}                            | ${5_000}
    ${'Mon, 05 Jan 2026 12:10:00 GMT'} | ${600_000}
    ${'Tue, 06 Jan 2026 12:00:00 GMT'} | ${86_400_000}
    ${'Thu, 08 Jan 2026 12:00:00 GMT'} | ${86_400_000}
    ${'Mon, 05 Jan 2026 11:00:00 GMT'} | ${5_000}
    ${'2026-01-06'}                    | ${5_000}
    ${'soon'}                          | ${5_000}
  `('with `Retry-After: $retryAfter` waits $waitsMs milliseconds', async ({ retryAfter, waitsMs }) => {
    const inbox = await receiver(status(503, { 'retry-after': String(retryAfter) }));
    const { happen, clock, round, problems } = await lab([inbox]);
    await happen();

    await round();

    expect(problems()).toMatchObject([{ kind: 'try-failed', nextTryAt: clock.now() + Number(waitsMs) }]);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('listener');
      },
    ],
    ['rejects', () => Promise.reject(new Error('listener')) as never],
  ])('is repeated although a listener %s', async (_how, onError) => {
    const inbox = await receiver(status(500));
    const { happen, round, clock, states } = await lab([inbox], { onError });
    await happen();

    await round();
    inbox.reply = status(200);
    await clock.advance(5_000);
    await round();

    expect(await states()).toEqual(['delivered']);
  });
});

describe('a crash', () => {
  test('between the answer and its record repeats the same bytes', async () => {
    const inbox = await receiver(status(200));
    const before = await lab([inbox]);
    await before.happen();
    before.down.add('finish');

    await expect(before.round()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    before.down.clear();
    const restarted = await lab([inbox], { on: before, clock: before.clock });
    expect(await restarted.round()).toEqual([{ kind: 'over' }]);

    expect(inbox.received).toHaveLength(2);
    expect(inbox.received[1]?.body).toBe(inbox.received[0]?.body);
    expect(await before.states()).toEqual(['delivered']);
  });

  test.each([200, 500])(
    'of the record alone does not repeat a request that was answered %d',
    async (code) => {
      const inbox = await receiver(status(code));
      const { happen, down, round, states, store } = await lab([inbox]);
      await happen();
      down.add('finish');
      for (let count = 0; count < 3; count++)
        await expect(round()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });

      down.clear();
      await round();

      expect(inbox.received).toHaveLength(1);
      expect(await states()).toEqual([code === 200 ? 'delivered' : 'queued']);
      expect(await store.deliveries({ limit: 1 })).toMatchObject([
        { attempts: 1, tries: [{ status: code }] },
      ]);
    },
  );

  test('of the record is not mistaken for an answer to what is sent again from the start', async () => {
    const inbox = await receiver(status(410));
    const { happen, down, round, store, clock, courier } = await lab([inbox]);
    await happen();
    down.add('finish');
    await expect(round()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    down.clear();
    // Another process made that try too, and somebody mended what was wrong.
    const [{ id } = { id: '' }] = await store.deliveries({ limit: 1 });
    const tried = { at: clock.now(), durationMs: 1, status: 410, reason: 'answered 410' };
    await store.finish(id, { kind: 'gave-up', tried });
    await clock.advance(1);
    await store.requeue([id], clock.now());
    inbox.reply = status(200);

    await courier.send(store, id, new AbortController().signal);

    expect(inbox.received).toHaveLength(2);
    expect(await store.delivery(id)).toMatchObject({ state: 'delivered' });
  });

  test('between building and queueing makes the same messages again', async () => {
    const inbox = await receiver(status(200));
    const { happen, down, courier, store, round, record } = await lab([inbox]);
    await record('engine.started');
    await courier.enroll(store, new Set());
    await happen();
    down.add('enqueue');

    await expect(round()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    down.clear();
    await round();

    expect(inbox.received).toHaveLength(1);
  });

  test.each(['endpoints', 'cursor', 'entries', 'approval', 'enqueue', 'delivery', 'finish'] as const)(
    'of `%s` is told, and nothing is lost once the store answers',
    async (method) => {
      const inbox = await receiver(status(200));
      const { happen, down, round, states } = await lab([inbox]);
      await happen();
      down.add(method);

      await expect(round()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      down.clear();
      await round();

      expect(await states()).toEqual(['delivered']);
    },
  );

  test('of the journal alone does not keep an answer from being recorded', async () => {
    const inbox = await receiver(status(503));
    const { happen, down, round, states, clock, errors } = await lab([inbox]);
    for (let count = 0; count < 5; count++) await happen();
    down.add('append');

    await round();
    inbox.reply = status(200);
    await clock.advance(30_000);
    await round();
    await clock.advance(2_000);
    await round();

    expect(await states()).toEqual(Array.from({ length: 5 }, () => 'delivered'));
    expect(errors).toContainEqual(expect.objectContaining({ code: 'STORE_UNAVAILABLE' }));
  });
});

describe('closing', () => {
  test('aborts what is under way; it stays queued as it was and goes out after a restart', async () => {
    const inbox = await receiver(silence);
    const before = await lab([inbox]);
    for (let count = 0; count < 10; count++) await before.happen();
    const sending = before.round();
    await until(() => inbox.received.length === 8);

    await before.courier.close();
    await sending;

    expect(before.clock.pending()).toBe(0);
    expect(before.errors).toEqual([]);
    const queued = await before.store.deliveries({ limit: 100 });
    expect(queued.map(({ attempts, state }) => [attempts, state])).toEqual(
      Array.from({ length: 10 }, () => [0, 'queued']),
    );
    inbox.reply = status(200);
    const next = await lab([inbox], { on: before, clock: before.clock });
    expect(await next.round()).toEqual(Array.from({ length: 10 }, () => ({ kind: 'over' })));
  });

  test('is final and may be repeated', async () => {
    const inbox = await receiver(status(200));
    const { courier, happen, round, clock } = await lab([inbox]);
    await happen();
    await round();

    await Promise.all([courier.close(), courier.close()]);
    await happen();

    expect(await round()).toEqual([]);
    expect(clock.pending()).toBe(0);
    expect(inbox.received).toHaveLength(1);
  });

  test('by the signal of one job stops that try alone', async () => {
    const inbox = await receiver(silence);
    const { courier, store, happen, errors } = await lab([inbox]);
    await happen();
    const job = new AbortController();
    const [queued] = await courier.fanOut(store, job.signal);

    const sending = courier.send(store, queued?.id ?? '', job.signal);
    await until(() => inbox.received.length === 1);
    job.abort();

    expect(await sending).toEqual({ kind: 'later', dueAt: queued?.dueAt, counted: false });
    expect(await store.delivery(queued?.id ?? '')).toMatchObject({ state: 'queued', attempts: 0, tries: [] });
    expect(errors).toEqual([]);
  });
});
