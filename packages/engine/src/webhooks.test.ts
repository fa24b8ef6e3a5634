import { type Harness, harness as open, policy } from './engine.test-support.ts';
import type { AgentStatus, Engine } from './nouns/engine.ts';
import { verifyWebhook, type WebhookEndpoint, webhookEvents } from './webhooks/index.ts';
import {
  closeLab,
  type Received,
  receiver,
  type Receiver,
  status,
} from './webhooks/sending/lab.test-support.ts';

const ADA = 'ada@example.com';

const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
  await closeLab();
});

async function told(
  answer = status(204),
  { events, policies }: Pick<WebhookEndpoint, 'events'> & { policies?: readonly object[] } = {},
): Promise<{ one: Harness; inbox: Receiver }> {
  const inbox = await receiver(answer);
  const { url, secret } = inbox;
  const one = await open({
    webhooks: [{ url, secret, ...(events === undefined ? {} : { events }) }],
    egress: { allow: ['127.0.0.1'] },
    ...(policies === undefined ? {} : { policies }),
  });
  engines.push(one.torii);
  return { one, inbox };
}

/** Lets the workers work until the receiver has what is expected. */
async function arrived(
  { one, inbox }: { one: Harness; inbox: Receiver },
  count: number,
): Promise<readonly Received[]> {
  for (let look = 0; look < 500 && inbox.received.length < count; look++) await one.clock.advance(100);
  return inbox.received;
}

function typeOf({ body }: Received): string {
  return (JSON.parse(body) as { event: string }).event;
}

test('each step of an approval arrives signed, with what the approver needs to decide', async () => {
  const world = await told();
  const { one, inbox } = world;
  const waiting = await one.torii.guard(
    one.request({ tool: 'publish', price: '2.00 USD' }),
    () => 'published',
  );
  if (waiting.kind !== 'waiting') throw new Error('expected a waiting call');

  const [created] = await arrived(world, 1);
  const { approval } = JSON.parse(created?.body ?? '{}') as { approval: { id: string; actionHash: string } };
  await one.torii.approvals.decide({
    credential: await one.approverToken(ADA),
    approvalId: approval.id,
    verdict: 'approve',
    actionHash: approval.actionHash,
  });
  const all = await arrived(world, 3);

  expect(approval).toMatchObject({
    id: waiting.approval.id,
    status: 'pending',
    tool: 'publish',
    amount: '2.00 USD',
    agentId: 'bot',
    approvers: expect.arrayContaining([ADA]),
  });
  expect(all.map(typeOf).sort()).toEqual([
    'approval.approved',
    'approval.created',
    'approval.decision_submitted',
  ]);
  expect(
    all.every(({ headers, body }) =>
      verifyWebhook(body, headers['x-webhook-signature'] as string, inbox.secret),
    ),
  ).toBe(true);
  expect(
    await one.torii.guard(one.request({ tool: 'publish', price: '2.00 USD' }), () => 'published'),
  ).toMatchObject({ kind: 'done' });
});

test('an approval that expires is told too', async () => {
  const world = await told();
  await world.one.torii.guard(world.one.request({ tool: 'publish', price: '2.00 USD' }), () => 0);
  await arrived(world, 1);

  await world.one.clock.advance(3_601_000);

  expect((await arrived(world, 2)).map(typeOf)).toEqual(['approval.created', 'approval.expired']);
});

test('a receiver that is down is told once it is up again', async () => {
  const world = await told((response, count) => void response.writeHead(count === 1 ? 500 : 204).end());
  await world.one.torii.guard(world.one.request({ tool: 'publish', price: '2.00 USD' }), () => 0);

  await arrived(world, 2);

  const [first, second] = world.inbox.received;
  expect(second?.body).toBe(first?.body);
  expect(second?.headers['x-webhook-id']).toBe(first?.headers['x-webhook-id']);
  expect(world.one.errors).toMatchObject([{ problem: { kind: 'try-failed', tries: 1 } }]);
});

test('the kill switch, and budgets that fill or freeze, are told within a second', async () => {
  const budgets = [{ scope: 'agent', window: 'day', limit: '1.00 USD', alerts: ['50%'] }];
  const bots = { ...policy, budgets, approvals: [] };
  const world = await told(status(204), { events: webhookEvents, policies: [bots] });
  const { torii, request, clock } = world.one;
  const spend = (id: string, charged: string) =>
    torii.guard(request({ idempotencyKey: id, price: '0.50 USD' }), () => 0, { charged: () => charged });
  const seen: string[][] = [];
  const until = async (count: number): Promise<void> => {
    const from = clock.now();
    const all = await arrived(world, count);
    expect(clock.now() - from).toBeLessThanOrEqual(1_000);
    seen.push(all.map(typeOf).slice(seen.flat().length).sort());
  };

  await until(1);
  await spend('c1', '0.50 USD');
  await until(2);
  await spend('c2', '0.60 USD');
  await until(3);
  const key = (await torii.agents.status(world.one.agentToken)) as AgentStatus;
  await torii.budgets.unfreeze(key.budgets[0]?.key ?? '', 'looked at it');
  await until(4);
  const bot = { kind: 'agent', agent: 'bot', owner: 'olga@example.com' } as const;
  await torii.revocations.revoke(bot, { author: 'ada', reason: 'test' });
  await until(5);

  expect(seen).toEqual([
    ['policies.activated'],
    ['budget.threshold_reached'],
    ['budget.frozen'],
    ['budget.unfrozen'],
    ['access.revoked'],
  ]);
});

test('calls that need nobody tell nobody', async () => {
  const world = await told();
  await world.one.torii.guard(world.one.request(), () => 0);

  await world.one.clock.advance(120_000);

  expect(world.inbox.received).toEqual([]);
});

test('an endpoint that an operator makes is told of the next approval, and a dead letter is sent again', async () => {
  const inbox = await receiver(status(410));
  const one = await open({ egress: { allow: ['127.0.0.1'] } });
  engines.push(one.torii);
  const by = { author: 'olga@example.com' };
  const { endpoint, secret } = await one.torii.webhooks.endpoints.save({ url: inbox.url }, by);
  const clock = { ...one.clock, now: () => one.clock.now() };

  await one.torii.guard(one.request({ tool: 'publish', price: '2.00 USD' }), () => 0);
  await arrived({ one, inbox }, 1);
  await one.clock.advance(1_000);
  const [dead] = await one.torii.webhooks.deliveries({ state: 'gave-up' });
  inbox.reply = status(204);
  await one.torii.webhooks.endpoints.enable(endpoint, by);
  expect(await one.torii.webhooks.replay({ ids: [dead?.id ?? ''] }, by)).toEqual([dead?.id]);
  const [first, again] = await arrived({ one, inbox }, 2);
  await one.clock.advance(1_000);

  expect([first?.body, again?.body]).toEqual([dead?.body, dead?.body]);
  expect(verifyWebhook(again?.body ?? '', again?.headers ?? {}, { secrets: secret ?? '', clock })).toBe(true);
  expect((await one.torii.webhooks.delivery({ id: dead?.id ?? '' }))?.state).toBe('delivered');
});

test('an endpoint inside the own network is a mistake, unless it is named', async () => {
  const webhooks = [{ url: 'http://127.0.0.1:3000/hook', secret: 's'.repeat(16) }];

  await expect(open({ webhooks })).rejects.toMatchObject({
    code: 'OPTIONS_INVALID',
    message: expect.stringContaining('`webhooks.0.url`'),
  });
  await expect(open({ egress: { allow: ['http://127.0.0.1'] } })).rejects.toMatchObject({
    code: 'OPTIONS_INVALID',
    message: expect.stringContaining('`egress.allow.0`'),
  });
});
