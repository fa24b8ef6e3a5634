import { createEgress } from '../egress/index.ts';
import { ToriiError } from '../nouns/errors.ts';
import type { Delivery } from '../nouns/outbox.ts';
import type { Store } from '../nouns/store.ts';
import { fakeRandom } from '../testing/fake-random.ts';
import { verifyWebhook } from '../webhooks/index.ts';
import {
  closeLab,
  lab,
  payloadOf,
  type Received,
  type Receiver,
  receiver,
  silence,
  status,
  until,
} from '../webhooks/sending/lab.test-support.ts';
import { webhooksOf } from './webhooks.ts';

afterEach(closeLab);

const by = { author: 'olga@example.com', note: 'because' };
const DAY_MS = 86_400_000;

async function operating(fixed: readonly Receiver[] = [], queue: { down: boolean } = { down: false }) {
  const one = await lab(fixed);
  const revived: Delivery[] = [];
  const { store, clock, courier } = one;
  const webhooks = webhooksOf({
    store,
    clock,
    courier,
    random: fakeRandom(1),
    egress: createEgress({ clock, allow: ['127.0.0.1'] }),
    revive: async (_, deliveries) => {
      if (queue.down) throw new ToriiError('STORE_UNAVAILABLE', 'the queue of jobs cannot answer');
      revived.push(...deliveries);
    },
  });
  const entries = async (...types: Parameters<Store['entries']>[0]['types'] & {}) => {
    const found = await store.entries({ afterSeq: 0, limit: 1_000, types });
    return found.map(({ type, facts }) => ({ type, ...facts }));
  };
  return { ...one, webhooks, revived, entries };
}

const seen = ({ received }: Receiver) => received.map((request) => payloadOf(request).sequence);
const genuine = (request: Received | undefined, secret: string | undefined, nowMs: number) =>
  verifyWebhook(request?.body ?? '', request?.headers ?? {}, {
    secrets: secret ?? '',
    clock: { now: () => nowMs, after: () => () => undefined },
  });

describe('an endpoint that is made at run time', () => {
  test('hears of what happens from then on, signed with the secret that its maker was told once', async () => {
    const inbox = await receiver(status(200));
    const { webhooks, happen, round, clock, entries } = await operating();
    await happen();

    const { endpoint, secret } = await webhooks.endpoints.save({ url: inbox.url }, by);
    const seq = await happen();
    await round();

    expect(seen(inbox)).toEqual([seq]);
    expect(secret).toMatch(/^whsec_/);
    expect(genuine(inbox.received[0], secret, clock.now())).toBe(true);
    expect(endpoint).toEqual({
      id: expect.stringMatching(/^endpoint_/),
      url: inbox.url,
      host: new URL(inbox.url).host,
      events: expect.arrayContaining(['approval.created']),
      fixed: false,
      state: 'active',
    });
    expect(await webhooks.endpoints.list()).toEqual([endpoint]);
    const saved = await entries('webhook.endpoint_saved');
    expect(saved).toMatchObject([{ ...by, endpoint: endpoint.id, host: endpoint.host, change: 'created' }]);
    expect(JSON.stringify(saved)).not.toMatch(/whsec_|hook"/);
  });

  test('is changed under its id, and keeps its secret and its place', async () => {
    const [old, moved] = [await receiver(status(200)), await receiver(status(200))];
    const { webhooks, happen, round, clock } = await operating();
    const { secret } = await webhooks.endpoints.save({ id: 'inbox', url: old.url }, by);

    const changed = await webhooks.endpoints.save(
      { id: 'inbox', url: moved.url, events: ['approval.denied'] },
      by,
    );
    await happen('approval.created');
    const seq = await happen('approval.denied', 'denied');
    await round();

    expect(changed).toMatchObject({
      secret: undefined,
      endpoint: { id: 'inbox', events: ['approval.denied'] },
    });
    expect([seen(old), seen(moved)]).toEqual([[], [seq]]);
    expect(genuine(moved.received[0], secret, clock.now())).toBe(true);
  });

  test('is heard of by another process within three seconds', async () => {
    const inbox = await receiver(status(200));
    const { webhooks, clock, happen, ...on } = await operating();
    const other = await lab([], { on: { ...on, happen }, clock });
    await other.round();
    await webhooks.endpoints.save({ url: inbox.url }, by);
    await happen();

    await other.round();
    expect(seen(inbox)).toEqual([]);
    await clock.advance(3_000);
    await other.round();

    expect(seen(inbox)).toHaveLength(1);
  });

  test('signs with two secrets for a day after it was given another', async () => {
    const inbox = await receiver(status(200));
    const { webhooks, happen, round, clock, entries } = await operating();
    const made = await webhooks.endpoints.save({ id: 'inbox', url: inbox.url }, by);
    const rotated = await webhooks.endpoints.rotate({ id: 'inbox' }, by);

    await happen();
    await round();
    const early = inbox.received.at(-1);
    expect([made, rotated].map((each) => genuine(early, each?.secret, clock.now()))).toEqual([true, true]);
    expect(rotated?.endpoint.previousSecretUntil).toBe(clock.now() + DAY_MS);
    await clock.advance(DAY_MS);
    await happen();
    await round();
    const late = inbox.received.at(-1);

    expect([made, rotated].map((each) => genuine(late, each?.secret, clock.now()))).toEqual([false, true]);
    expect(await entries('webhook.endpoint_saved')).toMatchObject([
      { change: 'created' },
      { change: 'rotated', overlapMs: DAY_MS },
    ]);
    expect(await webhooks.endpoints.rotate({ id: 'nobody' }, by)).toBeUndefined();
    await expect(webhooks.endpoints.rotate({ id: 'inbox', overlapMs: -1 }, by)).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
    });
  });

  test('is removed with its URL and secret; what is queued for it is given up, and a new one hears nothing old', async () => {
    const inbox = await receiver(status(500));
    const { webhooks, happen, round, clock, store, states, entries } = await operating();
    await webhooks.endpoints.save({ id: 'inbox', url: inbox.url }, by);
    await happen();
    await round();

    expect(await webhooks.endpoints.remove({ id: 'inbox' }, by)).toBe(true);
    expect(await webhooks.endpoints.remove({ id: 'inbox' }, by)).toBe(false);
    await happen();
    await clock.advance(5_000);
    await round();
    expect(await store.endpoints()).toEqual([
      { id: 'inbox', state: 'removed', revision: expect.any(Number) },
    ]);
    expect([await states(), inbox.received.length]).toEqual([['gave-up'], 1]);
    inbox.reply = status(200);
    await webhooks.endpoints.save({ id: 'inbox', url: inbox.url }, by);
    const seq = await happen();
    await round();

    expect(seen(inbox)).toEqual([2, seq]);
    expect(await entries('webhook.endpoint_removed')).toMatchObject([{ ...by, endpoint: 'inbox' }]);
  });

  test.each`
    settings                                                 | expected
    ${{ url: 'http://api.example.com' }}                     | ${'endpoint.url'}
    ${{ url: 'https://10.0.0.1/' }}                          | ${'the address is not public'}
    ${{ url: 'https://a.example', id: 'my inbox' }}          | ${'endpoint.id'}
    ${{ url: 'https://a.example', events: ['call.denied'] }} | ${'endpoint.events.0'}
    ${{ url: 'https://a.example', id: 'fixed' }}             | ${'an endpoint of the options'}
    ${{ url: 'https://a.example', tenant: '' }}              | ${'endpoint.tenant'}
  `('that is none is a mistake: $expected', async ({ settings, expected }) => {
    const { webhooks, store } = await operating([await receiver(status(200), { id: 'fixed' })]);

    await expect(webhooks.endpoints.save(settings as { url: string }, by)).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
      message: expect.stringContaining(String(expected)),
    });
    expect(await store.endpoints()).toEqual([]);
  });
});

describe('an endpoint of the options', () => {
  test('is listed, and can be disabled and enabled, not removed or given another secret', async () => {
    const inbox = await receiver(status(200), { id: 'fixed' });
    const { webhooks, happen, round, states, entries } = await operating([inbox]);

    expect(await webhooks.endpoints.disable({ id: 'fixed' }, by)).toBe(true);
    expect(await webhooks.endpoints.disable({ id: 'fixed' }, by)).toBe(false);
    expect(await webhooks.endpoints.remove({ id: 'fixed' }, by)).toBe(false);
    expect(await webhooks.endpoints.rotate({ id: 'fixed' }, by)).toBeUndefined();
    expect(await webhooks.endpoints.list()).toMatchObject([
      { id: 'fixed', fixed: true, state: 'disabled', reason: 'an operator disabled it' },
    ]);
    await happen();
    await round();
    expect([await states(), seen(inbox)]).toEqual([['gave-up'], []]);
    expect(await webhooks.endpoints.enable({ id: 'fixed' }, by)).toBe(true);
    expect(await webhooks.endpoints.enable({ id: 'fixed' }, by)).toBe(false);
    const seq = await happen();
    await round();

    expect(seen(inbox)).toEqual([seq]);
    expect(await entries('webhook.endpoint_disabled', 'webhook.endpoint_enabled')).toMatchObject([
      { type: 'webhook.endpoint_disabled', ...by, endpoint: 'fixed' },
      { type: 'webhook.endpoint_enabled', ...by, endpoint: 'fixed' },
    ]);
  });

  test('that there is not cannot be changed', async () => {
    const { webhooks } = await operating();

    for (const change of ['enable', 'disable', 'remove'] as const)
      expect(await webhooks.endpoints[change]({ id: 'nobody' }, by)).toBe(false);
  });
});

test.each(['save', 'rotate', 'enable', 'disable', 'remove', 'replay'] as const)(
  'nobody can %s without saying who they are',
  async (method) => {
    const { webhooks, seq } = await operating();
    const given = { id: 'a', url: 'https://a.example', ids: [] };
    const doing =
      method === 'replay'
        ? webhooks.replay(given, {} as never)
        : webhooks.endpoints[method](given, {} as never);

    await expect(doing).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
    expect(await seq()).toBe(0);
  },
);

describe('a ping', () => {
  test('is a signed request that is not queued, and says what was answered', async () => {
    const inbox = await receiver(status(200));
    const { webhooks, states, clock, seq } = await operating();
    const { endpoint, secret } = await webhooks.endpoints.save({ url: inbox.url }, by);
    await webhooks.endpoints.disable(endpoint, by);
    const before = await seq();

    const answer = await webhooks.ping(endpoint);

    expect(answer).toEqual({ ok: true, status: 200, reason: undefined, durationMs: 0 });
    expect(genuine(inbox.received[0], secret, clock.now())).toBe(true);
    expect(payloadOf(inbox.received[0])).toMatchObject({ event: 'ping', type: 'ping', data: {} });
    expect([await states(), await seq()]).toEqual([[], before]);
  });

  test('of an endpoint that fails or hangs says so, without its body', async () => {
    const inbox = await receiver(
      (response) => void response.writeHead(500).end('the secrets of the network'),
    );
    const { webhooks, clock } = await operating();
    const { endpoint } = await webhooks.endpoints.save({ url: inbox.url }, by);

    expect(await webhooks.ping(endpoint)).toEqual({
      ok: false,
      status: 500,
      reason: 'answered 500',
      durationMs: 0,
    });
    inbox.reply = silence;
    const pinging = webhooks.ping(endpoint);
    await until(() => inbox.received.length === 2);
    await clock.advance(15_000);

    expect(await pinging).toEqual({
      ok: false,
      status: undefined,
      reason: 'no answer in time',
      durationMs: 15_000,
    });
    expect(await webhooks.ping({ id: 'nobody' })).toBeUndefined();
  });
});

describe('deliveries', () => {
  async function deadLetters(count: number) {
    const inbox = await receiver(status(410), { id: 'fixed' });
    const world = await operating([inbox]);
    for (let event = 0; event < count; event++) {
      await world.happen();
      await world.clock.advance(1_000);
    }
    while ((await world.round()).length > 0);
    inbox.reply = status(200);
    await world.webhooks.endpoints.enable({ id: 'fixed' }, by);
    return { ...world, inbox };
  }

  test('are listed with their log, a page at a time', async () => {
    const { webhooks } = await deadLetters(3);

    const [first, ...more] = await webhooks.deliveries({ limit: 2, state: 'gave-up' });
    const rest = await webhooks.deliveries({
      limit: 2,
      ...(more[0] === undefined ? {} : { after: more[0] }),
    });

    expect([more.length, rest.length]).toEqual([1, 1]);
    expect(first?.tries).toHaveLength(1);
    expect(await webhooks.delivery({ id: first?.id ?? '' })).toEqual(first);
    expect(await webhooks.deliveries({ endpoint: 'other' })).toEqual([]);
  });

  test('that were queued again are in the journal also where the queue of jobs does not answer', async () => {
    const queue = { down: true };
    const inbox = await receiver(status(410), { id: 'inbox' });
    const { webhooks, happen, round, entries, states } = await operating([inbox], queue);
    await happen();
    await round();
    const [{ id } = { id: '' }] = await webhooks.deliveries();

    await expect(webhooks.replay({ ids: [id] }, by)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });

    expect(await states()).toEqual(['queued']);
    expect(await entries('webhook.replayed')).toMatchObject([{ ...by, deliveries: [id], count: 1 }]);
  });

  test('that are dead letters are sent again by id: same id, same bytes', async () => {
    const { webhooks, round, store, revived, entries, states, inbox } = await deadLetters(2);
    const [one] = await webhooks.deliveries();
    const ids = [one?.id ?? '', 'msg_unknown'];

    const sentAgain = await webhooks.replay({ ids }, by);
    expect(sentAgain).toEqual([one?.id]);
    expect(await webhooks.replay({ ids }, by)).toEqual([]);
    // The list is the caller's: what becomes of it does not reach the journal.
    (sentAgain as string[]).length = 0;
    expect(revived.map(({ id, attempts }) => [id, attempts])).toEqual([[one?.id, 0]]);
    await round();

    const again = inbox.received.at(-1);
    expect([again?.headers['webhook-id'], again?.body]).toEqual([one?.id, one?.body]);
    expect([...(await states())].sort()).toEqual(['delivered', 'gave-up']);
    expect((await store.delivery(one?.id ?? ''))?.tries.map(({ status: code }) => code).at(-1)).toBe(200);
    expect(await entries('webhook.replayed')).toMatchObject([{ ...by, deliveries: [one?.id], count: 1 }]);
  });

  test('of a range are sent again, however many, and what was delivered only where that is asked for', async () => {
    const { webhooks, clock, round, states, entries } = await deadLetters(230);
    const range = { endpoint: 'fixed', fromMs: clock.now() - DAY_MS, untilMs: clock.now() + 1 };

    expect(await webhooks.replay({ ...range, untilMs: range.fromMs + 1 }, by)).toEqual([]);
    expect(await webhooks.replay(range, by)).toHaveLength(230);
    while ((await round()).length > 0);
    expect(new Set(await states())).toEqual(new Set(['delivered']));
    expect(await webhooks.replay(range, by)).toEqual([]);
    expect(await webhooks.replay({ ...range, states: ['delivered'] }, by)).toHaveLength(230);

    expect(await entries('webhook.replayed')).toMatchObject([
      { endpoint: 'fixed', count: 230 },
      { endpoint: 'fixed', count: 230 },
    ]);
  });

  test.each([
    [{ endpoint: 'fixed', fromMs: 5, untilMs: 5 }],
    [{ endpoint: 'fixed', fromMs: Number.NaN, untilMs: 5 }],
    [{ ids: Array.from({ length: 101 }, () => 'msg_1') }],
    [{ ids: [7 as unknown as string] }],
  ])('of %j are a mistake', async (which) => {
    const { webhooks } = await operating();

    await expect(webhooks.replay(which, by)).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  });
});
