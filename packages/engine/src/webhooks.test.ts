import { type Harness, harness as open } from './engine.test-support.ts';
import type { Engine } from './nouns/engine.ts';
import { verifyWebhook } from './webhooks/index.ts';
import {
  closeReceivers,
  type Received,
  receiver,
  type Receiver,
  status,
} from './webhooks/lab.test-support.ts';

const ADA = 'ada@example.com';

const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
  closeReceivers();
});

async function told(answer = status(204)): Promise<{ one: Harness; inbox: Receiver }> {
  const inbox = await receiver(answer);
  const one = await open({ webhooks: [{ url: inbox.url, secret: inbox.secret }] });
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

test('calls that need nobody tell nobody', async () => {
  const world = await told();
  await world.one.torii.guard(world.one.request(), () => 0);

  await world.one.clock.advance(120_000);

  expect(world.inbox.received).toEqual([]);
});
