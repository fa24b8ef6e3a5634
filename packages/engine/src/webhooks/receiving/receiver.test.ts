import { fakeClock } from '../../testing/fake-clock.ts';
import { memorySeen, signWebhook, webhookHeaders, webhookReceiver } from '../index.ts';

const secret = 'your-hmac-secret';
const atMs = Date.UTC(2026, 0, 5, 12);
const DAY_MS = 86_400_000;

function payload(id: string, changes: object = {}): string {
  const timestamp = new Date(atMs).toISOString();
  return JSON.stringify({ id, event: 'ping', type: 'ping', timestamp, sequence: 0, data: {}, ...changes });
}

function request(id: string, body = payload(id), nowMs = atMs) {
  return {
    rawBody: Buffer.from(body),
    headers: webhookHeaders({ id, event: 'ping', body, atMs: nowMs }, [secret]),
  };
}

const legacy = (body: string) => ({
  rawBody: body,
  headers: { 'x-webhook-signature': signWebhook(body, secret) },
});

function receiving(options: Partial<Parameters<typeof webhookReceiver>[0]> = {}) {
  const clock = fakeClock(atMs);
  return { clock, receive: webhookReceiver({ secrets: secret, clock, ...options }) };
}

test('a message is accepted once, and repeated after that, also when it was signed anew', async () => {
  const { receive, clock } = receiving();

  expect(await receive(request('msg_1'))).toMatchObject({
    kind: 'accepted',
    payload: { id: 'msg_1', event: 'ping' },
  });
  await clock.advance(60_000);
  expect(await receive(request('msg_1', undefined, clock.now()))).toEqual({ kind: 'repeated', id: 'msg_1' });
  expect(await receive(request('msg_2'))).toMatchObject({ kind: 'accepted' });
});

test('a message cannot be repeated by leaving the newer headers out', async () => {
  const { receive } = receiving();
  await receive(request('msg_1'));

  expect(await receive(legacy(payload('msg_1')))).toEqual({ kind: 'repeated', id: 'msg_1' });
  expect(await receive(legacy(payload('msg_2')))).toMatchObject({ kind: 'accepted' });
});

test('a message that could not be dealt with is accepted again', async () => {
  const { receive } = receiving();
  const first = await receive(request('msg_1'));
  if (first.kind === 'accepted') await first.forget();

  expect(await receive(request('msg_1'))).toMatchObject({ kind: 'accepted' });
});

test.each([
  ['nothing signed', { rawBody: payload('msg_1'), headers: {} }, 'unsigned'],
  ['half of the headers', { rawBody: payload('msg_1'), headers: { 'webhook-id': 'msg_1' } }, 'malformed'],
  ['another secret', { ...request('msg_1'), rawBody: payload('msg_2') }, 'signature'],
  ['an old one', request('msg_1', undefined, atMs - 301_000), 'too-old'],
  ['one of tomorrow', request('msg_1', undefined, atMs + DAY_MS), 'too-new'],
  ['no JSON', request('msg_1', 'hello'), 'payload'],
  ['no object', request('msg_1', '[]'), 'payload'],
  ['no id in the body', request('msg_1', '{"event":"ping"}'), 'payload'],
  ['an id in the body that is not the one of the headers', request('msg_1', payload('msg_2')), 'payload'],
])('%s is refused', async (_what, given, reason) => {
  const { receive } = receiving();

  expect(await receive(given)).toEqual({ kind: 'refused', reason });
});

test('what is refused is not remembered', async () => {
  const { receive, clock } = receiving();
  await receive(request('msg_1', undefined, atMs + 400_000));
  await clock.advance(400_000);

  expect(await receive(request('msg_1', undefined, clock.now()))).toMatchObject({ kind: 'accepted' });
});

test('a mistake in the secrets is told when the receiver is made', () => {
  expect(() => receiving({ secrets: '' })).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }));
  expect(() => receiving({ secrets: [secret, 'whsec_short'] })).toThrow(
    expect.objectContaining({ code: 'OPTIONS_INVALID' }),
  );
});

test('a memory that fails leaves the message to be sent again', async () => {
  const { receive } = receiving({
    seen: { add: () => Promise.reject(new Error('down')), remove: () => undefined },
  });

  await expect(receive(request('msg_1'))).rejects.toThrow('down');
});

test('an id is kept for seven days, and as long as it says otherwise', async () => {
  const clock = fakeClock(atMs);
  const [week, hour] = [memorySeen({ clock }), memorySeen({ clock, keptMs: 3_600_000 })];
  for (const seen of [week, hour]) expect(seen.add('a')).toBe(true);

  await clock.advance(3_599_999);
  expect([week.add('a'), hour.add('a')]).toEqual([false, false]);
  await clock.advance(1);
  expect([week.add('a'), hour.add('a')]).toEqual([false, true]);
  await clock.advance(7 * DAY_MS - 3_600_001);
  expect(week.add('a')).toBe(false);
  await clock.advance(1);
  expect(week.add('a')).toBe(true);
});

test('of more than the limit the oldest are forgotten', () => {
  const seen = memorySeen({ limit: 2, clock: fakeClock(atMs) });

  expect(['a', 'b', 'c'].map((id) => seen.add(id))).toEqual([true, true, true]);
  expect(['c', 'b', 'a'].map((id) => seen.add(id))).toEqual([false, false, true]);
});
