import { type Harness, harness as open, policy } from '../engine.test-support.ts';
import type { Approval } from '../nouns/approval.ts';
import type { Engine } from '../nouns/engine.ts';
import { ToriiError } from '../nouns/errors.ts';

const ADA = 'ada@example.com';
const BOB = 'bob@example.com';
const MINUTE = 60_000;
const approvalLinks = { secret: 'l'.repeat(32), url: 'https://torii.example/approve' };

const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

async function harness(options: Parameters<typeof open>[0] = {}): Promise<Harness> {
  const one = await open({ approvalLinks, ...options });
  engines.push(one.torii);
  return one;
}

async function ask(one: Harness, query = 'x'): Promise<Approval> {
  const call = { tool: 'publish', price: '2.00 USD', arguments: { query } };
  const waiting = await one.torii.guard(one.request(call), () => 'ran');
  if (waiting.kind !== 'waiting') throw new Error(`expected a waiting call, got ${waiting.kind}`);
  return waiting.approval;
}

/** The token in the link of a person. */
async function linkOf(one: Harness, { id: approvalId }: Approval, person = ADA): Promise<string> {
  const links = await one.torii.approvals.links({ approvalId });
  const link = links.find(({ approver }) => approver === person);
  if (link === undefined) throw new Error(`expected a link for ${person}`);
  return new URL(link.url).searchParams.get('token') ?? '';
}

const vote = (one: Harness, approval: Approval, credential: string, changes: object = {}) =>
  one.torii.approvals.decide({
    credential,
    approvalId: approval.id,
    verdict: 'approve',
    actionHash: approval.actionHash,
    ...changes,
  });

test('each person who may decide gets a link, and decides by it', async () => {
  const one = await harness();
  const approval = await ask(one);

  const links = await one.torii.approvals.links({ approvalId: approval.id });
  const credential = await linkOf(one, approval);
  const seen = await one.torii.approvals.get({ credential, approvalId: approval.id });
  const counted = await vote(one, approval, credential, { comment: 'fine' });

  expect(links.map(({ approver }) => approver)).toEqual([ADA, BOB]);
  expect(links.every(({ url }) => url.startsWith('https://torii.example/approve?token='))).toBe(true);
  expect(links.map(({ expiresAt }) => expiresAt)).toEqual(Array(2).fill(one.clock.now() + 60 * MINUTE));
  expect(seen).toMatchObject({ id: approval.id, status: 'pending' });
  expect(counted).toMatchObject({
    kind: 'counted',
    approval: { status: 'approved', votes: [{ approver: ADA, via: 'link', comment: 'fine' }] },
  });
});

test('looking at an approval by a link decides nothing, however often a scanner does', async () => {
  const one = await harness();
  const approval = await ask(one);
  const credential = await linkOf(one, approval);

  for (let times = 0; times < 5; times++)
    await one.torii.approvals.get({ credential, approvalId: approval.id });

  expect(await one.store.approval(approval.id)).toMatchObject({ status: 'pending', votes: [] });
});

test('a link is for one approval of one action, of one person', async () => {
  const one = await harness();
  const [first, second] = [await ask(one, 'a'), await ask(one, 'b')];
  const credential = await linkOf(one, first);

  const answers = [
    await vote(one, second, credential),
    await vote(one, second, credential, { actionHash: first.actionHash }),
    await vote(one, first, credential, { approvalId: second.id }),
    await vote(one, first, credential, { actionHash: second.actionHash }),
    await vote(one, first, credential, { tenant: 'acme' }),
    await vote(one, first, credential, { approver: BOB }),
  ];

  expect(answers).toMatchObject([
    { code: 'APPROVAL_NOT_FOUND' },
    { code: 'APPROVAL_NOT_FOUND' },
    { code: 'APPROVAL_NOT_FOUND' },
    { code: 'ACTION_CHANGED' },
    { code: 'APPROVAL_NOT_FOUND' },
    { kind: 'counted', approval: { votes: [{ approver: ADA }] } },
  ]);
  expect(await one.torii.approvals.get({ credential, approvalId: second.id })).toBeUndefined();
});

test('a link neither lists nor cancels, nor calls a tool', async () => {
  const one = await harness();
  const approval = await ask(one);
  const credential = await linkOf(one, approval);

  const answers = [
    await one.torii.approvals.list({ credential }),
    await one.torii.approvals.cancel({ credential, approvalId: approval.id }),
    await one.torii.guard(one.request({ credential }), () => 'ran'),
    await one.torii.agents.status(credential),
  ];

  expect(answers).toMatchObject(Array(4).fill({ kind: 'denied', code: 'IDENTITY_INVALID' }));
  expect(await one.store.approval(approval.id)).toMatchObject({ status: 'pending' });
});

test('a link that is used twice is told what it did, and cannot say something else', async () => {
  const both = { ...policy, approvals: [{ when: 'always', require: 2, approvers: [ADA, BOB] }] };
  const one = await harness({ policies: [both] });
  const approval = await ask(one);
  const credential = await linkOf(one, approval);

  const first = await vote(one, approval, credential);
  const again = await vote(one, approval, credential);
  const other = await vote(one, approval, credential, { verdict: 'deny' });
  const left = await one.torii.approvals.links({ approvalId: approval.id });

  expect(again).toEqual(first);
  expect(other).toMatchObject({ code: 'ALREADY_VOTED' });
  expect(left.map(({ approver }) => approver)).toEqual([BOB]);
});

test('a link does nothing once the approval is resolved, and shows how it was', async () => {
  const one = await harness();
  const approval = await ask(one);
  const [adas, bobs] = [await linkOf(one, approval), await linkOf(one, approval, BOB)];
  await vote(one, approval, adas, { verdict: 'deny' });

  expect(await vote(one, approval, bobs)).toMatchObject({ code: 'APPROVAL_RESOLVED' });
  expect(await one.torii.approvals.get({ credential: bobs, approvalId: approval.id })).toMatchObject({
    status: 'denied',
  });
  expect(await one.torii.approvals.links({ approvalId: approval.id })).toEqual([]);
});

test('a link ends after its time, and with the approval at the latest', async () => {
  const one = await harness();
  const approval = await ask(one);
  const [short] = await one.torii.approvals.links({ approvalId: approval.id, expiresInMs: MINUTE });
  await one.clock.advance(30 * MINUTE);
  const [late] = await one.torii.approvals.links({ approvalId: approval.id });
  const credential = new URL(short?.url ?? '').searchParams.get('token') ?? '';

  expect(late?.expiresAt).toBe(approval.expiresAt);
  expect(await vote(one, approval, credential)).toMatchObject({ message: 'the token expired' });
  await one.clock.advance(30 * MINUTE);
  expect(await one.torii.approvals.links({ approvalId: approval.id })).toEqual([]);
});

test('whoever may not decide by now has a link that does nothing', async () => {
  const deputies = [
    { for: ADA, deputy: 'dan@example.com', from: '2026-01-01T00:00:00Z', until: '2026-01-05T12:10:00Z' },
  ];
  const one = await harness({ policies: [{ ...policy, people: { deputies } }] });
  const approval = await ask(one);
  const credential = await linkOf(one, approval, 'dan@example.com');
  await one.clock.advance(10 * MINUTE);

  expect(await one.torii.approvals.get({ credential, approvalId: approval.id })).toBeUndefined();
  expect(await vote(one, approval, credential)).toMatchObject({ code: 'NOT_AN_APPROVER' });
});

test('people of an escalation get a link once it has come', async () => {
  const escalate = [{ after: '10m', approvers: ['boss@example.com'] }];
  const approvals = [{ when: 'always', approvers: [ADA], escalate }];
  const one = await harness({ policies: [{ ...policy, approvals }] });
  const { id: approvalId } = await ask(one);

  const before = await one.torii.approvals.links({ approvalId });
  await one.clock.advance(10 * MINUTE);
  const after = await one.torii.approvals.links({ approvalId });

  expect(before.map(({ approver }) => approver)).toEqual([ADA]);
  expect(after.map(({ approver }) => approver)).toEqual([ADA, 'boss@example.com']);
});

test.each<[string, boolean, object]>([
  ['without the option', false, {}],
  ['for less than a second', true, { expiresInMs: 999 }],
  ['for more than an hour', true, { expiresInMs: 3_600_001 }],
  ['for no time at all', true, { expiresInMs: Number.NaN }],
])('links %s are an error of the caller', async (_title, signs, query) => {
  const one = await open(signs ? { approvalLinks } : {});
  engines.push(one.torii);
  const error: unknown = await one.torii.approvals
    .links({ approvalId: 'apr_1', ...query })
    .catch((reason: unknown) => reason);

  expect(ToriiError.is(error) && error.code).toBe('OPTIONS_INVALID');
});

test('nobody gets a link to an approval that is not there', async () => {
  const one = await harness();
  const { id: approvalId } = await ask(one);

  expect(await one.torii.approvals.links({ approvalId: 'apr_none' })).toEqual([]);
  expect(await one.torii.approvals.links({ approvalId, tenant: 'acme' })).toEqual([]);
  expect(await one.torii.approvals.links({ approvalId, tenant: 'default' })).toHaveLength(2);
});
