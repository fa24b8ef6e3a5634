import { delivery } from '../../testing/contract/samples.ts';
import { outboxOf } from './outbox.ts';
import { type SlotLab, slotLab } from '../slot.test-support.ts';

const NOON = 1_767_614_400_000;
const DAY_MS = 86_400_000;
const ENDPOINT = 'https://hook.test';
const DELIVERIES = 10;

let lab: SlotLab;
beforeAll(async () => {
  lab = await slotLab();
});
afterAll(() => lab.close());

test('knows a delivery for 30 days after its end, and forgets it with those that end later', async () => {
  let now = NOON;
  const slot = await lab.slot(() => now);
  const outbox = outboxOf(slot);
  const queue = (id: string): Promise<void> => outbox.enqueue(ENDPOINT, 1, [delivery(id, now)]);
  for (const id of ['old', 'other']) await queue(id);
  await outbox.finish('old', { kind: 'delivered' });

  now += 30 * DAY_MS - 1;
  await outbox.finish('other', { kind: 'gave-up' });
  await queue('old');
  const before = await outbox.due(10);
  now += 1;
  await queue('next');
  await outbox.finish('next', { kind: 'delivered' });
  await queue('old');

  expect(before).toEqual([]);
  expect((await outbox.due(10)).map(({ id }) => id)).toEqual(['old']);
  expect(await outbox.nextDue()).toBe(now);
});

test('forgets a few at once, so that no end waits for thousands', async () => {
  let now = NOON;
  const slot = await lab.slot(() => now);
  const outbox = outboxOf(slot);
  const kept = (): Promise<number> => lab.client.hlen(slot.keys[DELIVERIES] ?? '');
  const ids = Array.from({ length: 25 }, (_, index) => `d${index}`);
  await outbox.enqueue(
    ENDPOINT,
    1,
    ids.map((id) => delivery(id, now)),
  );
  for (const id of ids) await outbox.finish(id, { kind: 'delivered' });
  const before = await kept();
  now += 31 * DAY_MS;

  const left: number[] = [];
  for (const id of ['a', 'b', 'c']) {
    await outbox.enqueue(ENDPOINT, 1, [delivery(id, now)]);
    await outbox.finish(id, { kind: 'delivered' });
    left.push(before - (await kept()));
  }

  expect(left).toEqual([9, 18, 22]);
});

test('keeps ids and messages with any characters apart', async () => {
  const outbox = outboxOf(await lab.slot(() => NOON));
  const ids = ['d1', 'c1', 'x1', 'last', '', '0000000000000001', 'é "\n\u0000'];

  await outbox.enqueue(
    ENDPOINT,
    1,
    ids.map((id) => ({ ...delivery(id, NOON), body: `${id}\ud800` })),
  );
  await outbox.finish('last', { kind: 'delivered' });

  const due = await outbox.due(10);
  expect(due.map(({ id, body }) => [id, body])).toEqual(
    ids.filter((id) => id !== 'last').map((id) => [id, `${id}\ud800`]),
  );
  expect(await outbox.cursor(ENDPOINT)).toBe(1);
});
