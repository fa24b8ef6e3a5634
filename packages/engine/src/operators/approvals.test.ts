import { type Harness, harness as open, policy } from '../engine.test-support.ts';
import type { CallRequest } from '../nouns/call.ts';
import type { Engine } from '../nouns/engine.ts';
import type { Outcome } from '../nouns/outcome.ts';
import { storedPolicies } from '../nouns/policy-source.ts';
import { memoryStore } from '../stores/memory/memory-store.ts';
import type { StoreSource } from '../nouns/store.ts';

const ADA = 'ada@example.com';
const BOB = 'bob@example.com';
const HOUR = 3_600_000;

const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

async function harness(options: Parameters<typeof open>[0] = {}): Promise<Harness> {
  const opened = await open(options);
  engines.push(opened.torii);
  return opened;
}

function publish(one: Harness, changes: Partial<CallRequest> = {}): Promise<Outcome<string>> {
  return one.torii.guard(one.request({ tool: 'publish', price: '2.00 USD', ...changes }), () => 'published');
}

async function approvalOf(outcome: Outcome<unknown>) {
  if (outcome.kind !== 'waiting')
    throw new Error(
      `expected a waiting call, got ${JSON.stringify(outcome, (_, value: unknown) => String(value))}`,
    );
  return outcome.approval;
}

async function vote(
  one: Harness,
  approval: { id: string; actionHash: string },
  { by = ADA, verdict = 'approve' as 'approve' | 'deny', actionHash = approval.actionHash } = {},
) {
  return one.torii.approvals.decide({
    credential: await one.approverToken(by),
    approvalId: approval.id,
    verdict,
    actionHash,
  });
}

async function held(one: Harness): Promise<readonly bigint[]> {
  const status = await one.torii.agents.status(one.agentToken);
  return status.kind === 'denied' ? [] : status.budgets.map((budget) => budget.held);
}

test('a call above the threshold waits with its money held, and runs once a person approved it', async () => {
  const one = await harness();

  const waiting = await publish(one);
  const approval = await approvalOf(waiting);
  const whileWaiting = await held(one);
  const still = await publish(one);
  const counted = await vote(one, approval);
  const done = await publish(one);
  const again = await publish(one);

  expect(approval).toMatchObject({
    status: 'pending',
    action: { tool: 'publish', price: '2.00 USD', arguments: '{"query":"x"}' },
  });
  expect(whileWaiting).toEqual([2_000_000n, 2_000_000n]);
  expect(still).toMatchObject({ kind: 'waiting', approval: { id: approval.id } });
  expect(counted).toMatchObject({ kind: 'counted', approval: { status: 'approved' } });
  expect(done).toMatchObject({ kind: 'done', value: 'published', charged: { units: 2_000_000n } });
  expect(await approvalOf(again)).not.toMatchObject({ id: approval.id });
});

test('an approval is used up by the call it was given for', async () => {
  const one = await harness();
  const approval = await approvalOf(await publish(one, { idempotencyKey: 'k1' }));
  await vote(one, approval);
  let runs = 0;
  const run = (): Promise<Outcome<number>> =>
    one.torii.guard(one.request({ tool: 'publish', price: '2.00 USD', idempotencyKey: 'k1' }), () => ++runs);

  const outcomes = await Promise.all([run(), run(), run(), run()]);

  expect(runs).toBe(1);
  expect(outcomes.filter(({ kind }) => kind === 'done')).toHaveLength(1);
});

test.each`
  change                            | why
  ${{ arguments: { query: 'y' } }}  | ${'other arguments'}
  ${{ price: '2.000001 USD' }}      | ${'another price'}
  ${{ definition: 'a'.repeat(64) }} | ${'another definition of the tool'}
  ${{ tool: 'shop/buy' }}           | ${'another tool'}
`('an approval says nothing about $why', async ({ change }) => {
  const one = await harness();
  await vote(one, await approvalOf(await publish(one)));

  const outcome = await publish(one, change);

  expect(outcome).toMatchObject({ kind: 'waiting', approval: { status: 'pending' } });
});

test('a denial by one person ends the call and returns its money', async () => {
  const one = await harness();
  const approval = await approvalOf(await publish(one, { idempotencyKey: 'k1' }));

  await vote(one, approval, { verdict: 'deny' });

  expect(await held(one)).toEqual([0n, 0n]);
  expect(await publish(one, { idempotencyKey: 'k1' })).toMatchObject({
    kind: 'denied',
    code: 'APPROVAL_DENIED',
  });
});

test('an approval that nobody gave in time returns the money and is not a denial by a person', async () => {
  const one = await harness();
  const approval = await approvalOf(await publish(one, { idempotencyKey: 'k1' }));

  await one.clock.advance(HOUR + 1_000);

  expect(await held(one)).toEqual([0n, 0n]);
  expect(await vote(one, approval)).toMatchObject({ kind: 'refused', code: 'APPROVAL_RESOLVED' });
  expect(await publish(one, { idempotencyKey: 'k1' })).toMatchObject({
    kind: 'denied',
    code: 'APPROVAL_EXPIRED',
  });
});

test('an approval given too long ago does not run the call', async () => {
  const one = await harness();
  await vote(one, await approvalOf(await publish(one, { idempotencyKey: 'k1' })));

  await one.clock.advance(HOUR + 1_000);

  expect(await publish(one, { idempotencyKey: 'k1' })).toMatchObject({
    kind: 'denied',
    code: 'APPROVAL_EXPIRED',
  });
});

test('two of two have to approve when the policy says so, and one of them twice is one', async () => {
  const both = { ...policy, approvals: [{ when: 'always', require: 2, approvers: [ADA, BOB] }] };
  const one = await harness({ policies: [both] });
  const approval = await approvalOf(await publish(one));

  const first = await vote(one, approval);
  const twice = await vote(one, approval);
  const changed = await vote(one, approval, { verdict: 'deny' });
  const waiting = await publish(one);
  const second = await vote(one, approval, { by: BOB });

  expect(first).toMatchObject({ kind: 'counted', approval: { status: 'pending' } });
  expect(twice).toEqual(first);
  expect(changed).toMatchObject({ kind: 'refused', code: 'ALREADY_VOTED' });
  expect(waiting).toMatchObject({ kind: 'waiting' });
  expect(second).toMatchObject({ kind: 'counted', approval: { status: 'approved' } });
  expect(await publish(one)).toMatchObject({ kind: 'done' });
});

test('neither an agent, nor a stranger, nor somebody who saw another action can approve', async () => {
  const one = await harness();
  const approval = await approvalOf(await publish(one));
  const { id: approvalId, actionHash } = approval;

  const answers = [
    await one.torii.approvals.decide({
      credential: one.agentToken,
      approvalId,
      verdict: 'approve',
      actionHash,
    }),
    await one.torii.approvals.decide({ credential: undefined, approvalId, verdict: 'approve', actionHash }),
    await vote(one, approval, { by: 'mallory@example.com' }),
    await vote(one, approval, { actionHash: 'f'.repeat(64) }),
    await vote(one, { id: 'apr_none', actionHash }),
  ];

  expect(answers.map((answer) => ('code' in answer ? answer.code : answer.kind))).toEqual([
    'IDENTITY_INVALID',
    'IDENTITY_MISSING',
    'NOT_AN_APPROVER',
    'ACTION_CHANGED',
    'APPROVAL_NOT_FOUND',
  ]);
  expect(await publish(one)).toMatchObject({ kind: 'waiting' });
});

test('three approvals of 4 USD against 10 USD: two are held, the third is denied before anybody is asked', async () => {
  const one = await harness();

  const outcomes = await Promise.all(
    [1, 2, 3].map((index) => publish(one, { price: '4.00 USD', arguments: { index } })),
  );

  const kinds = outcomes.map((outcome) => (outcome.kind === 'denied' ? outcome.code : outcome.kind));
  expect(kinds.sort()).toEqual(['BUDGET_EXCEEDED', 'waiting', 'waiting']);
});

test('the asking agent and the approvers see an approval, nobody else', async () => {
  const one = await harness();
  const { id: approvalId } = await approvalOf(await publish(one));
  const credentials = [
    one.agentToken,
    await one.approverToken(ADA),
    await one.agentTokenOf({ agent: 'other' }),
    await one.approverToken('mallory@example.com'),
  ];

  const seen = await Promise.all(
    credentials.map((credential) => one.torii.approvals.get({ credential, approvalId })),
  );
  const lists = await Promise.all(
    credentials.slice(1).map((credential) => one.torii.approvals.list({ credential })),
  );

  expect(seen.map((answer) => answer !== undefined && 'id' in answer)).toEqual([true, true, false, false]);
  expect(lists).toMatchObject([{ approvals: [{ id: approvalId }] }, { kind: 'denied' }, { approvals: [] }]);
});

test('prepare asks a person without starting anything, and says so the same way every time', async () => {
  const one = await harness();
  const request = one.request({ tool: 'publish', price: '2.00 USD', frameworkCallId: 'tool-1' });

  const answers = [await one.torii.prepare(request), await one.torii.prepare(request)];
  const [first] = answers;
  if (first?.kind !== 'waiting') throw new Error('expected a waiting call');
  await vote(one, first.approval);
  const ready = [await one.torii.prepare(request), await one.torii.prepare(request)];

  expect(answers).toMatchObject([{ kind: 'waiting' }, { kind: 'waiting' }]);
  expect(ready).toMatchObject(
    Array(2).fill({ kind: 'ready', callId: first.callId, approvalId: first.approval.id }),
  );
  expect(await one.torii.prepare(one.request())).toMatchObject({ kind: 'ready', approvalId: undefined });
  expect(await one.torii.prepare(one.request({ tool: 'trade' }))).toMatchObject({ kind: 'denied' });
});

const KEPT = { author: ADA };

async function change(one: Harness, documents: readonly unknown[]): Promise<void> {
  const { number } = await one.torii.policies.save(documents, KEPT);
  await one.torii.policies.activate(number, KEPT);
}

test.each`
  change                                           | code                   | why
  ${{ ...policy, tools: { deny: ['publish'] } }}   | ${'TOOL_DENIED'}       | ${'it now denies the tool'}
  ${{ ...policy, version: 3 }}                     | ${'APPROVAL_MISMATCH'} | ${'its version changed'}
  ${{ ...policy, approvals: [] }}                  | ${'APPROVAL_MISMATCH'} | ${'it no longer asks anybody'}
  ${{ ...policy, match: { agents: ['another'] } }} | ${'NO_POLICY'}         | ${'it no longer applies'}
`(
  'an approval that was given is taken back when the policy changed: $why',
  async ({ change: changed, code }) => {
    const one = await harness({ policies: storedPolicies([policy]) });
    const approval = await approvalOf(await publish(one, { idempotencyKey: 'k1' }));
    await vote(one, approval);
    await change(one, [changed]);

    const outcome = await publish(one, { idempotencyKey: 'k1' });
    await change(one, [policy]);

    expect(outcome).toMatchObject({ kind: 'denied', code });
    expect(await one.store.approval(approval.id)).toMatchObject({ status: 'cancelled' });
    expect(await held(one)).toEqual([0n, 0n]);
    expect(await publish(one, { idempotencyKey: 'k1' })).toMatchObject({ kind: 'denied' });
  },
);

test('an approval outlives a change of policies that it did not ask under', async () => {
  const one = await harness({ policies: storedPolicies([policy]) });
  await vote(one, await approvalOf(await publish(one)));
  await change(one, [policy, { id: 'others', match: { agents: ['another'] } }]);

  expect(await publish(one)).toMatchObject({ kind: 'done' });
});

test('an approval is given while a policy changes: only what was approved runs', async () => {
  const one = await harness({ policies: storedPolicies([policy]) });
  const approval = await approvalOf(await publish(one, { idempotencyKey: 'k1' }));
  await change(one, [{ ...policy, version: 2 }]);

  const counted = await vote(one, approval);

  expect(counted).toMatchObject({ kind: 'counted', approval: { status: 'approved' } });
  expect(await publish(one, { idempotencyKey: 'k1' })).toMatchObject({ code: 'APPROVAL_MISMATCH' });
  expect(await publish(one, { idempotencyKey: 'k2' })).toMatchObject({ kind: 'waiting' });
});

test('an engine that does not have the active policies neither starts nor ends a call that waits', async () => {
  const source = memoryStore();
  let shared: ReturnType<StoreSource['open']> | undefined;
  const store: StoreSource = { open: (context) => (shared ??= source.open(context)) };
  const before = await harness({ store });
  const approval = await approvalOf(await publish(before, { idempotencyKey: 'k1' }));
  await vote(before, approval);
  await harness({ store, policies: [{ ...policy, version: 2 }] });

  const stale = await publish(before, { idempotencyKey: 'k1' });

  expect(stale).toMatchObject({ kind: 'denied', code: 'POLICY_STALE', retryAfterMs: 1_000 });
  expect(await before.store.approval(approval.id)).toMatchObject({ status: 'approved' });
  expect(await held(before)).toEqual([2_000_000n, 2_000_000n]);
});
