import { everyStore, tenantsOn } from './every-store.test-support.ts';
import { type Harness, harness as open, policy } from './engine.test-support.ts';
import { signAgentToken } from './identify/index.ts';
import type { Engine } from './nouns/engine.ts';
import type { Outcome } from './nouns/outcome.ts';
import type { Store } from './nouns/store.ts';

const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

const stores = await everyStore();
afterAll(() => stores.stop());

describe.each(['memory', 'redis'] as const)('tenants on the %s store', (kind) => {
  const issuer = {
    issuer: 'https://issuer.example',
    audience: 'torii',
    algorithm: 'HS256',
    key: 'k'.repeat(32),
  } as const;
  const owner = 'olga@example.com';

  interface World extends Harness {
    readonly token: (tenant: string) => Promise<string>;
    readonly call: (tenant: string, changes?: object) => Promise<Outcome<string>>;
  }

  async function world(options: Parameters<typeof open>[0] = {}): Promise<World> {
    let tenants: Store | undefined;
    const { store: source, clock } = tenantsOn(stores, kind);
    const one = await open({
      clock,
      shares: false,
      ...options,
      store: { open: async (context) => (tenants = await source.open(context)) },
    });
    engines.push(one.torii);
    if (tenants === undefined) throw new Error('the store was not opened');
    const token = (tenant: string): Promise<string> =>
      signAgentToken({
        ...issuer,
        agent: 'bot',
        owner,
        session: 's1',
        tenant,
        clock: one.clock,
        expiresInSeconds: 80_000,
      });
    return {
      ...one,
      store: tenants,
      token,
      call: async (tenant, changes = {}) =>
        one.torii.guard(one.request({ credential: await token(tenant), ...changes }), () => 'ran'),
    };
  }

  async function types(store: Store): Promise<readonly string[]> {
    return (await store.entries({ afterSeq: 0, limit: 100 })).map(({ type }) => type);
  }

  test('each tenant has its money, its journal and its calls in a store of its own', async () => {
    const one = await world();

    const outcome = await one.call('acme', { idempotencyKey: 'k1' });
    const callId = outcome.kind === 'done' ? outcome.callId : '';

    expect(await types(one.store)).not.toContain('call.reserved');
    expect(await types(one.store.of('acme'))).toContain('call.reserved');
    expect(await one.torii.calls.get(callId)).toBeUndefined();
    expect(await one.torii.calls.get({ callId, tenant: 'acme' })).toMatchObject({ state: 'settled' });
    expect(await one.torii.journal.entries({ types: ['call.settled'] })).toEqual([]);
    expect(await one.torii.journal.entries({ types: ['call.settled'], tenant: 'acme' })).toHaveLength(1);
    expect(await one.torii.agents.status(await one.token('acme'))).toMatchObject({
      budgets: [{ spent: 100_000n }, {}],
    });
    expect(await one.torii.agents.status(await one.token('other'))).toMatchObject({
      budgets: [{ spent: 0n }, {}],
    });
  });

  test('every journal is verified, or the one that is asked for', async () => {
    const one = await world();
    await one.call('acme');
    await one.call('globex');

    const all = await one.torii.journal.verify();
    const acme = await one.torii.journal.verify({ tenant: 'acme' });

    const counts = await Promise.all(
      (await one.store.all()).map(async (store) => (await types(store)).length),
    );
    expect(counts).toHaveLength(3);
    expect(all).toMatchObject({ kind: 'intact', entries: counts.reduce((sum, count) => sum + count, 0) });
    expect(acme).toMatchObject({ kind: 'intact', entries: (await types(one.store.of('acme'))).length });
  });

  test('people decide for every tenant, and name one where they know it', async () => {
    const one = await world();
    const publish = { tool: 'publish', price: '2.00 USD', idempotencyKey: 'k1' };
    const credential = await one.approverToken('ada@example.com');
    for (const tenant of ['acme', 'globex']) await one.call(tenant, publish);

    const open = await one.torii.approvals.list({ credential, status: 'pending' });
    if (open.kind === 'denied') throw new Error(open.message);
    for (const { id: approvalId, actionHash, action } of open.approvals) {
      const tenant = action.tenant === 'acme' ? { tenant: 'acme' } : {};
      expect(await one.torii.approvals.get({ credential, approvalId })).toMatchObject({ id: approvalId });
      await one.torii.approvals.decide({ credential, approvalId, verdict: 'approve', actionHash, ...tenant });
    }

    expect(open.approvals).toHaveLength(2);
    expect(await one.torii.approvals.list({ credential, tenant: 'acme' })).toMatchObject({
      approvals: [{ action: { tenant: 'acme' } }],
    });
    expect(await one.call('acme', publish)).toMatchObject({ kind: 'done' });
    expect(await one.call('globex', publish)).toMatchObject({ kind: 'done' });
    const unknown = { credential, approvalId: 'apr_unknown', verdict: 'approve', actionHash: '' } as const;
    expect(await one.torii.approvals.decide(unknown)).toMatchObject({ code: 'APPROVAL_NOT_FOUND' });
  });

  test('the workers end what is due in every store, and operators see all of it', async () => {
    const one = await world({ holdTtlMs: 1_000 });
    const started = async (tenant: string): Promise<void> => {
      await one.torii.authorize(one.request({ credential: await one.token(tenant) }));
    };
    for (const tenant of ['acme', 'globex']) await started(tenant);

    await one.clock.advance(3_000);

    expect(await one.torii.calls.unresolved()).toMatchObject([{ tenant: 'acme' }, { tenant: 'globex' }]);
    expect(await one.torii.calls.unresolved({ tenant: 'globex' })).toMatchObject([{ tenant: 'globex' }]);
    const [call] = await one.torii.calls.unresolved({ tenant: 'acme' });
    const name = { callId: call?.id ?? '', tenant: 'acme' };
    expect(await one.torii.calls.settle(name, '0.05 USD', 'seen')).toMatchObject({ first: true });
    expect(await one.torii.calls.release(name, 'too late')).toMatchObject({ first: false });
  });

  test('revocations and wallets are of a tenant', async () => {
    const one = await world({ policies: [{ id: 'p', wallet: { currency: 'USD' } }] });
    const by = { author: 'ops' };
    for (const tenant of ['acme', 'globex'])
      await one.torii.wallets.credit(
        { id: 'm1', agent: { agent: 'bot', owner, tenant }, amount: '1 USD' },
        by,
      );
    await one.torii.revocations.revoke(
      { kind: 'agent', agent: 'bot', owner, tenant: 'acme' },
      { ...by, reason: 'odd' },
    );

    expect(await one.call('acme')).toMatchObject({ kind: 'denied', code: 'REVOKED' });
    expect(await one.call('globex')).toMatchObject({ kind: 'done' });
    expect(await one.call('default')).toMatchObject({ kind: 'denied', code: 'WALLET_INSUFFICIENT' });
    expect(await one.torii.revocations.list({ tenant: 'acme' })).toHaveLength(1);
    expect(await one.torii.revocations.list()).toEqual([]);
  });

  test('a new version of the policies decides for every tenant', async () => {
    let documents: object[] = [policy];
    const one = await world({ policies: { name: 'test', load: () => Promise.resolve(documents) } });
    const before = await one.call('acme', { idempotencyKey: 'a' });
    documents = [{ ...policy, tools: { deny: ['search'] } }];
    await one.torii.policies.reload();

    expect(before).toMatchObject({ kind: 'done' });
    for (const tenant of ['acme', 'new'])
      expect(await one.call(tenant, { idempotencyKey: 'b' })).toMatchObject({ code: 'TOOL_DENIED' });
  });

  test('a tenant that nobody ever came of is asked for nothing, and is none afterwards', async () => {
    const one = await world();
    const { torii } = one;
    const tenant = 'mistyped';
    const name = { callId: 'call_1', tenant };
    const credential = await one.approverToken('ada@example.com');
    const known = await one.store.all();

    expect(await torii.calls.get(name)).toBeUndefined();
    expect(await torii.calls.settle(name, '1 USD', 'x')).toBeUndefined();
    expect(await torii.calls.release(name, 'x')).toBeUndefined();
    expect(await torii.calls.unresolved({ tenant })).toEqual([]);
    expect(await torii.carveOuts.status(name)).toBeUndefined();
    expect(await torii.carveOuts.close(name)).toBeUndefined();
    expect(await torii.budgets.unfreeze({ key: 'b', tenant }, 'x')).toBe(false);
    expect(await torii.revocations.list({ tenant })).toEqual([]);
    expect(await torii.journal.entries({ tenant })).toEqual([]);
    expect(await torii.journal.verify({ tenant })).toMatchObject({ kind: 'intact', entries: 0 });
    expect(await torii.approvals.list({ credential, tenant })).toEqual({ kind: 'page', approvals: [] });
    expect(await torii.approvals.get({ credential, approvalId: 'apr_1', tenant })).toBeUndefined();
    expect(await one.store.all()).toEqual(known);
  });
});
