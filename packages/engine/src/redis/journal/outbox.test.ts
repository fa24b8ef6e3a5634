import { isDeepStrictEqual } from 'node:util';
import { firstDifference } from '../holds/differential.test-support.ts';
import { FieldNames, PARTS } from '../keys.ts';
import { randomOutboxRun } from '../../testing/contract/random-outbox.ts';
import { delivery, tryEnded } from '../../testing/contract/samples.ts';
import { outboxOf } from './outbox.ts';
import { planting, type SlotLab, slotLab } from '../slot.test-support.ts';

const NOON = 1_767_614_400_000;
const DAY_MS = 86_400_000;
const ENDPOINT = 'https://hook.test';

let lab: SlotLab;
beforeAll(async () => {
  lab = await slotLab();
});
afterAll(() => lab.close());

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);
const played = { steps: 80, isSame: isDeepStrictEqual, plays: randomOutboxRun };

test('tells of deliveries and endpoints what memory tells, and forgets the same, in 80 random runs', async () => {
  const difference = await firstDifference(lab, { ...played, seeds: upTo(80) });

  expect(difference?.redis).toStrictEqual(difference?.memory);
  expect(difference).toBeUndefined();
}, 300_000);

test.each`
  bug                                            | find                                                                                | replace
  ${'a known delivery that is queued again'}     | ${"command('HEXISTS', DELIVERIES, 'd' .. id) == 0"}                                 | ${'true'}
  ${'a cursor that goes back'}                   | ${"if tonumber(ARGV[5]) > tonumber(command('HGET', DELIVERIES, cursor) or 0) then"} | ${'if true then'}
  ${'an end that is no try'}                     | ${'delivery.tries = delivery.tries + 1'}                                            | ${''}
  ${'an end of what has ended'}                  | ${"if delivery and delivery.state == 'queued' then"}                                | ${'if delivery then'}
  ${'a log without end'}                         | ${'table.remove(delivery.log, 1)'}                                                  | ${''}
  ${'a queued delivery that is queued again'}    | ${"if delivery and delivery.state ~= 'queued' then"}                                | ${'if delivery then'}
  ${'tries that go on after a replay'}           | ${'due = tonumber(ARGV[4]), tries = 0 }'}                                           | ${'due = tonumber(ARGV[4]) }'}
  ${'a list that something over stays in'}       | ${"command('ZREM', INDEX, member)\n  end\n  local _, member"}                       | ${'end\n  local _, member'}
  ${'a dead letter that is forgotten too early'} | ${"delivery.state == 'delivered' and DELIVERED_KEPT_MS or GIVEN_UP_KEPT_MS"}        | ${'DELIVERED_KEPT_MS'}
  ${'a delivery that is kept for ever'}          | ${'forgetLapsed()\nreturn'}                                                         | ${'return'}
  ${'an endpoint that whoever comes changes'}    | ${'if revision ~= (known and known.revision or 0) + 1 then'}                        | ${'if false then'}
  ${'a change that is not written down'}         | ${'for at = 7, #ARGV, 4 do'}                                                        | ${'for at = 7, 0 do'}
`(
  'random runs find $bug',
  async ({ find, replace }: { readonly find: string; readonly replace: string }) => {
    let planted = 0;
    const through = planting(lab.client, { find, replace, done: () => planted++ });

    const difference = await firstDifference(lab, { ...played, seeds: upTo(60), through });

    expect(planted).toBeGreaterThan(0);
    expect(difference).toBeDefined();
  },
  120_000,
);

test('forgets a few at once, so that no end waits for thousands, and leaves nothing of them', async () => {
  let now = NOON;
  const slot = await lab.slot(() => now);
  const outbox = outboxOf(slot, new FieldNames());
  const key = (part: (typeof PARTS)[number]): string => slot.keys[PARTS.indexOf(part)] ?? '';
  const kept = async (): Promise<readonly number[]> => [
    await lab.client.hlen(key('deliveries')),
    await lab.client.zcard(key('queue')),
    await lab.client.zcard(key('index')),
  ];
  const ids = Array.from({ length: 25 }, (_, index) => `d${index}`);
  await outbox.enqueue(
    ENDPOINT,
    1,
    ids.map((id) => delivery(id, now)),
  );
  for (const id of ids) await outbox.finish(id, tryEnded(now, 'gave-up'));
  now += 31 * DAY_MS;

  const left = [await kept()];
  for (let step = 0; step < 3; step++) {
    await outbox.enqueue(ENDPOINT, 1, []);
    left.push(await kept());
  }

  // Of the deliveries stay the cursor of the endpoint and the counter of places.
  expect(left).toEqual([
    [52, 25, 100],
    [32, 15, 60],
    [12, 5, 20],
    [2, 0, 0],
  ]);
});

test('lists more than one page of large messages', async () => {
  const outbox = outboxOf(await lab.slot(() => NOON), new FieldNames());
  const ids = Array.from({ length: 120 }, (_, index) => `d${1_000 + index}`);
  await outbox.enqueue(
    ENDPOINT,
    1,
    ids.map((id) => ({ ...delivery(id, NOON), body: 'x'.repeat(10_000) })),
  );

  const all = await outbox.deliveries({ endpoint: ENDPOINT, state: 'queued', limit: 1_000 });
  const some = await outbox.deliveries({ limit: 101 });

  expect(all.map(({ id }) => id)).toEqual(ids.toReversed());
  expect(some.map(({ id }) => id)).toEqual(ids.toReversed().slice(0, 101));
});

test('keeps ids and messages with any characters apart', async () => {
  const outbox = outboxOf(await lab.slot(() => NOON), new FieldNames());
  const ids = ['d1', 'c1', 'x1', 'last', '', '0000000000000001', 'é "\n\u0000'];

  await outbox.enqueue(
    ENDPOINT,
    1,
    ids.map((id) => ({ ...delivery(id, NOON), body: `${id}\ud800` })),
  );
  await outbox.finish('last', tryEnded(NOON, 'delivered'));

  const due = await outbox.due(10);
  expect(due.map(({ id, body }) => [id, body])).toEqual(
    ids.filter((id) => id !== 'last').map((id) => [id, `${id}\ud800`]),
  );
  expect(await outbox.cursor(ENDPOINT)).toBe(1);
});
