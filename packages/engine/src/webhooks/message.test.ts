import type { Entry } from '../nouns/entry.ts';
import { alertDelivery, approvalDelivery, type ApprovalFacts, approvalFacts, pingBody } from './message.ts';
import { approvalOf } from './sending/lab.test-support.ts';

const at = Date.UTC(2026, 0, 5, 12);

function entryOf(type: Entry['type'], facts: Entry['facts']): Entry {
  return { type, facts, seq: 7, at, previous: '0'.repeat(64), hash: 'b'.repeat(64) };
}

function told(
  type: 'approval.created' | 'approval.decision_submitted' | 'approval.approved' | 'approval.escalated',
  facts: Partial<ApprovalFacts> = {},
  approval = approvalOf('apr_1', at),
) {
  const known: ApprovalFacts = { approval: 'apr_1', status: 'pending', ...facts };
  const entry = entryOf(type, { approval: 'apr_1', status: known.status });
  const { body, ...delivery } = approvalDelivery({ endpoint: 'inbox', event: type, entry }, approval, known);
  return { ...delivery, body, payload: JSON.parse(body) as Record<string, unknown> };
}

test('a message says what the approval was at the event, also when it has changed since', () => {
  const { payload, body: _, ...delivery } = told('approval.created');

  expect(delivery).toEqual({
    id: payload['id'],
    endpoint: 'inbox',
    event: 'approval.created',
    attempts: 0,
    dueAt: at,
  });
  expect(payload).toEqual({
    id: expect.stringMatching(/^msg_[0-9a-f]{32}$/),
    event: 'approval.created',
    type: 'approval.created',
    timestamp: '2026-01-05T12:00:00.000Z',
    sequence: 7,
    tenant: 'acme',
    approval: {
      id: 'apr_1',
      agentId: 'bot',
      ownerId: 'ann',
      status: 'pending',
      tool: 'trade',
      amount: '500.00 USD',
      amountRaw: '500000000',
      recipient: '0x1234',
      network: 'eip155:8453',
      category: null,
      memo: 'large; trade',
      callId: 'call_1',
      reservationId: 'call_1',
      actionHash: 'a'.repeat(64),
      requiredApprovers: 2,
      approvers: ['ann@a.example', 'bob@a.example', 'cy@a.example'],
      currentApprovalCount: 1,
      createdAt: '2026-01-05T12:00:00.000Z',
      expiresAt: '2026-01-05T13:00:00.000Z',
      resolvedAt: null,
    },
  });
});

test('a vote is told with who cast it, and an end with how it ended', () => {
  const vote = {
    approver: 'ann@a.example',
    decision: 'approve',
    comment: 'fine',
    timestamp: '2026-01-05T12:00:00.000Z',
  };

  expect(told('approval.decision_submitted', { approver: 'ann@a.example' }).payload).toMatchObject({
    decision: vote,
  });
  expect(told('approval.decision_submitted', { approver: 'ann@a.example' }).payload).not.toHaveProperty(
    'result',
  );
  expect(told('approval.approved', { status: 'approved' }).payload).toMatchObject({
    decision: vote,
    result: { approved: true, status: 'approved' },
    approval: { status: 'approved', resolvedAt: '2026-01-05T13:00:00.000Z' },
  });
});

test('an escalation says whom it is for', () => {
  const { payload } = told('approval.escalated', { approvers: ['boss@a.example'] });

  expect(payload).toMatchObject({ notice: { approvers: ['boss@a.example'] } });
});

test('equal input gives the same id and bytes, and another endpoint another id', () => {
  const entry = entryOf('budget.frozen', { budget: 'b1' });
  const to = (endpoint: string) => alertDelivery({ endpoint, event: 'budget.frozen', entry }, 'acme');

  expect(to('inbox')).toEqual(to('inbox'));
  expect(to('inbox').id).not.toBe(to('other').id);
});

test('journals of two tenants that began alike do not make messages of the same id', () => {
  const entry = entryOf('policies.activated', {});
  const ids = ['acme', 'globex', undefined].map(
    (tenant) => alertDelivery({ endpoint: 'inbox', event: 'policies.activated', entry }, tenant).id,
  );

  expect(new Set(ids).size).toBe(3);
});

test.each`
  named        | store        | tenant
  ${'globex'}  | ${'acme'}    | ${'globex'}
  ${undefined} | ${'acme'}    | ${'acme'}
  ${undefined} | ${undefined} | ${undefined}
`('an alert of $named in the store of $store is about $tenant', ({ named, store, tenant }) => {
  const facts = named === undefined ? { budget: 'b1' } : { budget: 'b1', tenant: String(named) };
  const entry = entryOf('budget.frozen', facts);

  const { body } = alertDelivery(
    { endpoint: 'inbox', event: 'budget.frozen', entry },
    store as string | undefined,
  );

  expect(JSON.parse(body)).toMatchObject({ event: 'budget.frozen', sequence: 7, data: facts });
  expect((JSON.parse(body) as { tenant?: string }).tenant).toBe(tenant);
});

test('more than 64 KiB is cut, and says so', () => {
  const many = Array.from({ length: 3_000 }, (_, index) => `approver-${index}@a.example`);
  const approval = approvalOf('apr_1', at);
  const crowded = {
    ...approval,
    quorums: approval.quorums.map((quorum) => ({ ...quorum, approvers: many })),
  };
  const { body, payload } = told('approval.approved', { status: 'approved' }, crowded);
  const entry = entryOf('policies.activated', { text: 'é'.repeat(40_000) });
  const alert = alertDelivery({ endpoint: 'inbox', event: 'policies.activated', entry });

  expect(Buffer.byteLength(body)).toBeLessThan(65_536);
  expect(payload).toMatchObject({
    truncated: true,
    approval: { id: 'apr_1', approvers: [], actionHash: 'a'.repeat(64) },
  });
  expect(JSON.parse(alert.body)).toMatchObject({ truncated: true, data: {}, sequence: 7 });
});

test('a ping says what it is', () => {
  expect(JSON.parse(pingBody('msg_1', at, undefined))).toEqual({
    id: 'msg_1',
    event: 'ping',
    type: 'ping',
    timestamp: '2026-01-05T12:00:00.000Z',
    sequence: 0,
    data: {},
  });
});

test.each([
  [{ status: 'pending' }],
  [{ approval: 'apr_1' }],
  [{ approval: 'apr_1', status: 'undecided' }],
  [{ approval: 7, status: 'pending' }],
])('facts %j do not name an approval', (facts) => {
  expect(approvalFacts({ facts })).toBeUndefined();
});
