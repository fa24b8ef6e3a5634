import { harness as open, policy } from '../engine.test-support.ts';
import { everyStore } from '../every-store.test-support.ts';
import type { Engine } from '../nouns/engine.ts';

const ADA = 'ada@example.com';

const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

const stores = await everyStore();
afterAll(() => stores.stop());

describe.each(stores.kinds)('on the %s store', (kind) => {
  async function world() {
    const one = await open({
      ...stores.on(kind),
      approvalLinks: { secret: 'l'.repeat(32), url: 'https://torii.example/approve' },
      policies: [{ ...policy, budgets: policy.budgets.slice(2) }],
    });
    engines.push(one.torii);
    const ask = async (n: number) => {
      const call = { tool: 'publish', price: '2.00 USD', arguments: { n }, idempotencyKey: `k${n}` };
      const answer = await one.torii.prepare(one.request(call));
      if (answer.kind !== 'waiting') throw new Error(`expected a waiting call, got ${answer.kind}`);
      return answer.approval;
    };
    return { ...one, ask };
  }

  test('approvals are listed page by page, each once', async () => {
    const one = await world();
    for (let n = 0; n < 7; n++) await one.ask(n);
    const credential = await one.approverToken(ADA, { roles: ['approver', 'owner'] });
    const auditor = await one.approverToken('eve', { roles: ['auditor'] });
    const listed: string[] = [];
    let cursor: string | undefined;
    do {
      const query = { credential, limit: 3, ...(cursor === undefined ? {} : { cursor }) };
      const page = await one.torii.approvals.list(query);
      if (page.kind === 'denied') throw new Error(page.message);
      listed.push(...page.approvals.map(({ id }) => id));
      cursor = page.next;
    } while (cursor !== undefined);

    const all = await one.torii.approvals.list({ credential: auditor, agent: 'bot', tool: 'publish' });

    expect(new Set(listed).size).toBe(7);
    expect(all.kind === 'page' && all.approvals.map(({ id }) => id)).toEqual(listed);
  });

  test('an agent withdraws what it asked, and is told so', async () => {
    const one = await world();
    const { id: approvalId } = await one.ask(1);

    const cancelled = await one.torii.approvals.cancel({ credential: one.agentToken, approvalId });

    expect(cancelled).toMatchObject({ kind: 'cancelled', approval: { status: 'cancelled' } });
    await expect(one.ask(1)).rejects.toThrow('got denied');
    expect(await one.torii.agents.status(one.agentToken)).toMatchObject({ budgets: [{ held: 0n }] });
  });

  test('a person approves by link, and the call that waits for them runs', async () => {
    const one = await world();
    const { id: approvalId, actionHash } = await one.ask(1);
    const [link] = await one.torii.approvals.links({ approvalId });
    const credential = new URL(link?.url ?? '').searchParams.get('token') ?? undefined;
    const call = { tool: 'publish', price: '2.00 USD', arguments: { n: 1 }, idempotencyKey: 'k1' };
    const running = one.torii.guard(one.request(call), () => 'ran', { waitMs: 60_000 });
    await one.clock.advance(1_000);

    const vote = { credential, approvalId, actionHash, verdict: 'approve' } as const;
    const counted = await one.torii.approvals.decide(vote);
    await one.clock.advance(2_000);

    expect(counted).toMatchObject({ kind: 'counted', approval: { votes: [{ via: 'link' }] } });
    expect(await running).toMatchObject({ kind: 'done', value: 'ran' });
  });

  test('nothing is ready that was approved before its agent was revoked', async () => {
    const one = await world();
    const { id: approvalId, actionHash } = await one.ask(1);
    const credential = await one.approverToken(ADA);
    await one.torii.approvals.decide({ credential, approvalId, actionHash, verdict: 'approve' });
    const agent = { kind: 'agent', agent: 'bot', owner: 'olga@example.com' } as const;
    await one.torii.revocations.revoke(agent, { author: 'ops', reason: 'odd' });
    const call = { tool: 'publish', price: '2.00 USD', arguments: { n: 1 }, idempotencyKey: 'k1' };

    expect(await one.torii.prepare(one.request(call))).toMatchObject({ kind: 'denied', code: 'REVOKED' });
    expect(await one.torii.agents.status(one.agentToken)).toMatchObject({ budgets: [{ held: 0n }] });
  });
});
