import { everyStore } from '../every-store.test-support.ts';
import { type Harness, harness as open, policy } from '../engine.test-support.ts';
import { ToriiError } from '../nouns/errors.ts';
import type { Engine } from '../nouns/engine.ts';
import type { SubjectName } from '../nouns/operator.ts';

const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

const stores = await everyStore();
afterAll(() => stores.stop());

describe.each(stores.kinds)('on the %s store', (kind) => {
  const why = { author: 'ops@example.com', note: 'ticket 7', reason: 'odd purchases' };

  async function harness(options: Parameters<typeof open>[0] = {}): Promise<Harness> {
    const opened = await open({ ...stores.on(kind), ...options });
    engines.push(opened.torii);
    return opened;
  }

  const owner = 'olga@example.com';
  const subjects: readonly SubjectName[] = [
    { kind: 'tenant', tenant: 'default' },
    { kind: 'owner', owner },
    { kind: 'agent', agent: 'bot', owner },
    { kind: 'session', session: 's1', agent: 'bot', owner },
  ];

  test.each(subjects)(
    'a revoked $kind is denied from the next call on, and may spend once restored',
    async (subject) => {
      const one = await harness();

      const revoked = await one.torii.revocations.revoke(subject, why);
      const again = await one.torii.revocations.revoke(subject, why);
      const denied = await one.torii.guard(one.request({ idempotencyKey: 'a' }), () => 'ran');
      const listed = await one.torii.revocations.list();
      const restored = await one.torii.revocations.restore(subject, why);
      const free = await one.torii.guard(one.request({ idempotencyKey: 'b' }), () => 'ran');

      expect([revoked, again, restored]).toEqual([true, false, true]);
      expect(denied).toMatchObject({ kind: 'denied', code: 'REVOKED' });
      expect(listed).toMatchObject([{ subject: { kind: subject.kind }, reason: 'odd purchases' }]);
      expect(free).toMatchObject({ kind: 'done' });
      expect(await one.torii.journal.entries({ types: ['access.revoked', 'access.restored'] })).toMatchObject(
        [
          {
            facts: {
              author: why.author,
              note: why.note,
              reason: why.reason,
              subject: { kind: subject.kind },
            },
          },
          { facts: { author: why.author, subject: { kind: subject.kind } } },
        ],
      );
    },
  );

  const others: readonly SubjectName[] = [
    { kind: 'tenant', tenant: 'acme' },
    { kind: 'owner', owner: 'eve@example.com' },
    { kind: 'agent', agent: 'bot', owner, tenant: 'acme' },
    { kind: 'session', session: 's2', agent: 'bot', owner },
  ];

  test.each(others)('another $kind that is revoked is somebody else', async (subject) => {
    const one = await harness();
    await one.torii.revocations.revoke(subject, why);

    expect(await one.torii.guard(one.request(), () => 'ran')).toMatchObject({ kind: 'done' });
  });

  test('a call that waits ends with its caller, also once a person has approved it', async () => {
    const one = await harness();
    const request = one.request({ tool: 'publish', price: '2.00 USD', idempotencyKey: 'k1' });
    const waiting = await one.torii.guard(request, () => 'ran');
    if (waiting.kind !== 'waiting') throw new Error('expected a waiting call');
    await one.torii.approvals.decide({
      credential: await one.approverToken('ada@example.com'),
      approvalId: waiting.approval.id,
      verdict: 'approve',
      actionHash: waiting.approval.actionHash,
    });
    await one.torii.revocations.revoke({ kind: 'agent', agent: 'bot', owner }, why);

    expect(await one.torii.guard(request, () => 'ran')).toMatchObject({ kind: 'denied', code: 'REVOKED' });
    expect(await one.torii.agents.status(one.agentToken)).toMatchObject({
      budgets: [{ held: 0n }, { held: 0n }],
    });
  });

  test.each<SubjectName>([
    { kind: 'tenant', tenant: 'default' },
    { kind: 'owner', owner },
    { kind: 'agent', agent: 'bot', owner },
    { kind: 'session', session: 's1', agent: 'bot', owner },
  ])('nothing is ready that a person approved before its $kind was revoked', async (subject) => {
    const one = await harness();
    const request = one.request({ tool: 'publish', price: '2.00 USD', idempotencyKey: 'k1' });
    const waiting = await one.torii.prepare(request);
    if (waiting.kind !== 'waiting') throw new Error('expected a waiting call');
    await one.torii.approvals.decide({
      credential: await one.approverToken('ada@example.com'),
      approvalId: waiting.approval.id,
      verdict: 'approve',
      actionHash: waiting.approval.actionHash,
    });
    const before = await one.torii.prepare(request);
    await one.torii.revocations.revoke({ kind: 'agent', agent: 'another', owner }, why);
    await one.torii.revocations.revoke(subject, why);

    expect(before).toMatchObject({ kind: 'ready' });
    expect(await one.torii.prepare(request)).toMatchObject({ kind: 'denied', code: 'REVOKED' });
    expect(await one.torii.prepare(request)).toMatchObject({ kind: 'denied', code: 'REVOKED' });
    expect(await one.torii.agents.status(one.agentToken)).toMatchObject({
      budgets: [{ held: 0n }, { held: 0n }],
    });
  });

  test('what runs is left to end, and gets no more', async () => {
    const one = await harness({ policies: [policy] });

    const outcome = await one.torii.guard(one.request(), async (permit) => {
      await one.torii.revocations.revoke({ kind: 'owner', owner }, why);
      return permit.extend({ price: '0.20 USD' });
    });

    expect(outcome).toMatchObject({
      kind: 'done',
      value: { kind: 'denied', code: 'REVOKED' },
      charged: { units: 100_000n },
    });
  });

  test.each`
    subject                                       | where
    ${undefined}                                  | ${'`subject`'}
    ${{ kind: 'everybody' }}                      | ${'`subject.kind`'}
    ${{ kind: 'tenant' }}                         | ${'`subject.tenant`'}
    ${{ kind: 'owner', owner: '' }}               | ${'`subject.owner`'}
    ${{ kind: 'agent', owner }}                   | ${'`subject.agent`'}
    ${{ kind: 'session', owner, agent: 'bot' }}   | ${'`subject.session`'}
    ${{ kind: 'owner', owner, issuer: 'nobody' }} | ${'`subject.issuer`'}
  `('nobody is $subject, and that is said', async ({ subject, where }) => {
    const one = await harness();

    const error: unknown = await one.torii.revocations
      .revoke(subject as SubjectName, why)
      .catch((reason: unknown) => reason);

    expect(ToriiError.is(error) && error.code).toBe('OPTIONS_INVALID');
    expect(String(error)).toContain(where as string);
  });
});
