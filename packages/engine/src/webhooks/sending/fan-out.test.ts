import { approvalEvents, webhookEvents } from '../events.ts';
import type { WebhookPayload } from '../message.ts';
import { closeLab, lab, payloadOf, type Receiver, receiver, status } from './lab.test-support.ts';

afterEach(closeLab);

const none = new Set<string>();

/** The places in the journal of what arrived, in their order. */
function told({ received }: Receiver): readonly number[] {
  return received.map((request) => payloadOf(request).sequence).sort((a, b) => a - b);
}

function inOrder({ received }: Receiver): readonly WebhookPayload[] {
  return received.map((request) => payloadOf(request)).sort((a, b) => a.sequence - b.sequence);
}

test('an endpoint hears of everything about approvals and of nothing else, unless it says so', async () => {
  const inbox = await receiver(status(200));
  const { happen, record, round, courier, store } = await lab([inbox]);
  await record('engine.started');
  await courier.enroll(store, none);
  await record('call.reserved');
  for (const event of approvalEvents) await happen(event);
  for (const event of webhookEvents) if (!event.startsWith('approval.')) await record(event);
  await record('call.released');

  await round();

  expect(inOrder(inbox).map(({ event }) => event)).toEqual([...approvalEvents]);
  expect(new Set(inOrder(inbox).map(({ id }) => id)).size).toBe(approvalEvents.length);
});

test('an endpoint that asks for alerts hears the facts of each', async () => {
  const alerts = webhookEvents.filter((event) => !event.startsWith('approval.'));
  const inbox = await receiver(status(200), { events: alerts });
  const { happen, record, round, courier, store } = await lab([inbox]);
  await record('engine.started');
  await courier.enroll(store, none);
  await happen();
  for (const event of alerts) await record(event, { of: event, tenant: 'acme' });

  await round();

  expect(inOrder(inbox)).toMatchObject(
    alerts.map((event, index) => ({
      event,
      type: event,
      sequence: index + 3,
      tenant: 'acme',
      data: { of: event },
    })),
  );
});

test('that it does not take messages is told to others, and not to the endpoint itself', async () => {
  const events = ['webhook.endpoint_disabled', 'webhook.gave_up', 'circuit.opened'] as const;
  const one = await receiver(status(200), { id: 'one', events });
  const two = await receiver(status(200), { id: 'two', events });
  const { record, round } = await lab([one, two]);
  for (const event of events) await record(event, { endpoint: 'one' });

  await round();

  expect([told(one), told(two)]).toEqual([[], [1, 2, 3]]);
});

test('an event that an endpoint did not ask for is not sent once it asks for more', async () => {
  const inbox = await receiver(status(200), { id: 'inbox', events: ['approval.denied'] });
  const { happen, round, clock, ...on } = await lab([inbox]);
  await happen('approval.created');
  await happen('approval.denied', 'denied');
  await happen('approval.created');
  await round();

  const curious = await lab([{ ...inbox, events: [...approvalEvents] }], { on: { ...on, happen }, clock });
  await happen('approval.created');
  await curious.round();

  expect(told(inbox)).toEqual([2, 4]);
});

test('an endpoint added to an old journal begins with this engine, and misses nothing before the first look', async () => {
  const inbox = await receiver(status(200));
  const { happen, record, round } = await lab([inbox]);
  for (let start = 0; start < 250; start++) await record('engine.started');
  await happen();
  await record('engine.started');
  const seq = await happen();

  await round();

  expect(told(inbox)).toEqual([seq]);
});

test('a crash before the first look loses nothing once the endpoint is enrolled', async () => {
  const inbox = await receiver(status(200));
  const { courier, store, happen, record, clock, ...on } = await lab([inbox]);
  await record('engine.started');
  await courier.enroll(store, none);
  const seq = await happen();

  await record('engine.started');
  const next = await lab([inbox], { on: { ...on, store, happen, record }, clock });
  await next.courier.enroll(store, none);
  await next.round();

  expect(told(inbox)).toEqual([seq]);
});

test('an endpoint that was there before the journal hears of it from its beginning', async () => {
  const inbox = await receiver(status(200), { id: 'inbox' });
  const { courier, store, happen, record, round } = await lab([inbox]);
  await record('engine.started');
  await happen();
  await record('engine.started');

  await courier.enroll(store, new Set(['inbox']));
  await round();

  expect(told(inbox)).toEqual([2]);
});

test('an endpoint that was there before the journal hears of its very first entry', async () => {
  const inbox = await receiver(status(200), { id: 'inbox', events: ['access.revoked'] });
  const one = await lab([inbox]);
  await one.courier.enroll(one.store, new Set(['inbox']));
  await one.record('access.revoked');
  await one.round();
  await one.record('access.revoked');
  await one.round();

  expect(told(inbox)).toEqual([1, 2]);
});

test('an endpoint whose place was lost goes on where the store was rebuilt, and hears nothing twice', async () => {
  const events = ['approval.created', 'store.rebuilt'] as const;
  const inbox = await receiver(status(200), { id: 'inbox', events });
  const { courier, store, happen, record, round, forget } = await lab([inbox]);
  await courier.enroll(store, new Set(['inbox']));
  await record('call.reserved');
  for (let event = 0; event < 3; event++) await happen();
  await round();
  const before = told(inbox);
  forget();
  const rebuilt = await record('store.rebuilt');
  const seq = await happen();

  await round();

  expect([before, told(inbox)]).toEqual([
    [2, 3, 4],
    [2, 3, 4, rebuilt, seq],
  ]);
});

test('an endpoint keeps its place when it moves to another address', async () => {
  const old = await receiver(status(500), { id: 'inbox' });
  const { happen, round, clock, ...on } = await lab([old]);
  await happen();
  await round();

  const moved = await receiver(status(200), { id: 'inbox' });
  const next = await lab([moved], { on: { ...on, happen }, clock });
  await happen();
  await clock.advance(5_000);
  await next.round();

  expect([told(old), told(moved)]).toEqual([[1], [1, 2]]);
});

test('an endpoint that this process does not know is left to one that does, and costs no try', async () => {
  const inbox = await receiver(status(500));
  const other = await receiver(status(200), { id: 'other', events: ['approval.denied'] });
  const { happen, round, clock, ...on } = await lab([inbox]);
  await happen();
  await round();
  await clock.advance(5_000);

  const without = await lab([other], { on: { ...on, happen }, clock });
  await without.round();
  inbox.reply = status(200);
  await round();

  expect(without.problems()).toEqual([]);
  expect(inbox.received).toHaveLength(2);
  expect(await on.states()).toEqual(['delivered']);
});

test('a message to an endpoint that nobody knows any more is a dead letter 76 hours after it was due', async () => {
  const inbox = await receiver(status(410));
  const other = await receiver(status(200), { id: 'other', events: ['approval.denied'] });
  const { happen, round, clock, ...on } = await lab([inbox]);
  await happen();
  await round();
  // Replayed a week after it was queued first, it has its whole time again.
  await clock.advance(7 * 24 * 3_600_000);
  const [dead] = await on.store.deliveries({ limit: 1 });
  await on.store.requeue([dead?.id ?? ''], clock.now());
  const without = await lab([other], { on: { ...on, happen }, clock });

  await clock.advance(76 * 3_600_000 - 1);
  await without.round();
  const before = await on.states();
  await clock.advance(1);
  await without.round();

  expect([before, await on.states()]).toEqual([['queued'], ['gave-up']]);
  expect(without.problems()).toMatchObject([
    { kind: 'gave-up', tries: 0, reason: 'the endpoint is not configured' },
  ]);
});

test('an entry without an approval is left out and told, and the next one is sent', async () => {
  const inbox = await receiver(status(200));
  const { happen, record, round, problems } = await lab([inbox]);
  await record('approval.created', { approval: 'apr_lost', status: 'pending' });
  await record('approval.created', { status: 'pending' });
  await record('approval.created', { approval: 'apr_1', status: 'undecided' });
  await happen();

  await round();
  await round();

  expect(told(inbox)).toEqual([4]);
  expect(problems()).toMatchObject([
    { kind: 'event-skipped', sequence: 1, reason: 'the store does not have the approval' },
    { kind: 'event-skipped', sequence: 2, reason: 'the entry does not name an approval and its status' },
    { kind: 'event-skipped', sequence: 3 },
  ]);
});

test('a long journal becomes deliveries at once, and asking twice at a time queues none twice', async () => {
  const inbox = await receiver(status(200));
  const { courier, store, happen } = await lab([inbox]);
  for (let count = 0; count < 250; count++) await happen();
  const { signal } = new AbortController();

  const [first, second] = await Promise.all([courier.fanOut(store, signal), courier.fanOut(store, signal)]);

  expect([first.length, second.length]).toEqual([250, 0]);
  expect(await store.due(1_000)).toHaveLength(250);
});

test('without endpoints nothing is asked of a store but its endpoints', async () => {
  const { courier, store, down, happen, clock } = await lab([]);
  await happen();
  for (const method of ['cursor', 'entries', 'enqueue', 'due'] as const) down.add(method);

  await courier.enroll(store, none);

  expect(await courier.fanOut(store, new AbortController().signal)).toEqual([]);
  expect(clock.pending()).toBe(0);
});
