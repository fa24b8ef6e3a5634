import { embeddedJobs } from './jobs/embedded-jobs.ts';
import { type Harness, harness as open } from './engine.test-support.ts';
import { signAgentToken } from './identify/index.ts';
import type { Engine } from './nouns/engine.ts';
import type { Jobs, JobsSource } from './nouns/jobs.ts';
import type { Store, StoreSource } from './nouns/store.ts';
import { memoryStore } from './stores/memory/memory-store.ts';
import { tenantStores } from './tenant-stores.test-support.ts';
import { fakeClock } from './testing/fake-clock.ts';
import { closeLab, receiver, silence, status } from './webhooks/sending/lab.test-support.ts';

const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
  await closeLab();
});

async function engine(options: Parameters<typeof open>[0]): Promise<Harness> {
  const one = await open({ egress: { allow: ['127.0.0.1'] }, ...options });
  engines.push(one.torii);
  return one;
}

/** Lets real requests come and go while a little time passes. */
async function until(one: Harness, condition: () => boolean): Promise<void> {
  for (let look = 0; look < 500 && !condition(); look++) await one.clock.advance(100);
}

/** A queue of which everything can be lost, as that of a server which was emptied. */
function losable(): JobsSource & { readonly lose: () => Promise<void> } {
  const source = embeddedJobs();
  let lose = (): Promise<void> => Promise.resolve();
  return {
    lose: () => lose(),
    async open(context) {
      let jobs: Jobs = await source.open(context);
      let handler: Parameters<Jobs['work']>[0] | undefined;
      lose = async () => {
        await jobs.close();
        jobs = await source.open(context);
        if (handler !== undefined) await jobs.work(handler);
      };
      return {
        put: (all) => jobs.put(all),
        revive: (all) => jobs.revive(all),
        work: (given) => jobs.work((handler = given)),
        close: () => jobs.close(),
      };
    },
  };
}

/** Stores of tenants of which some methods are those of the test. */
function changed(change: (store: Store) => Partial<Store>): StoreSource {
  const source = tenantStores();
  return {
    async open(context) {
      const store = await source.open(context);
      const known = new Map<Store, Store>();
      const shown = (each: Store): Store => {
        const made = known.get(each) ?? proxied(each, change(each));
        known.set(each, made);
        return made;
      };
      const all = async (): Promise<readonly Store[]> => (await store.all()).map(shown);
      return { ...store, ...change(store), of: (tenant) => shown(store.of(tenant)), all };
    },
  };
}

function proxied(store: Store, changes: Partial<Store>): Store {
  const methods: ReadonlyMap<string | symbol, unknown> = new Map(Object.entries(changes));
  return new Proxy(store, {
    get: (target, name): unknown => (methods.has(name) ? methods.get(name) : Reflect.get(target, name)),
  });
}

async function startsIn(one: Harness, tenant: string): Promise<void> {
  const credential = await signAgentToken({
    issuer: 'https://issuer.example',
    audience: 'torii',
    algorithm: 'HS256',
    key: 'k'.repeat(32),
    agent: 'bot',
    owner: 'olga@example.com',
    session: 's1',
    tenant,
    clock: one.clock,
    expiresInSeconds: 80_000,
  });
  await one.torii.authorize(one.request({ credential }));
}

test('a tenant whose store does not expire is told of again and again, and holds up no other', async () => {
  const store = changed(({ tenant }) =>
    tenant === 'acme' ? { expire: () => Promise.reject(new Error('acme is gone')) } : {},
  );
  const one = await engine({ store, shares: false, holdTtlMs: 1_000 });
  for (const tenant of ['acme', 'globex']) await startsIn(one, tenant);

  await one.clock.advance(5_000);

  expect(await one.torii.calls.unresolved()).toMatchObject([{ tenant: 'globex' }]);
  expect(one.errors.filter(({ message }) => message === 'acme is gone').length).toBeGreaterThan(1);
});

test('a queue that lost everything is whole again a minute later', async () => {
  const jobs = losable();
  const one = await engine({ jobs, holdTtlMs: 300_000 });
  await one.clock.advance(1_000);
  await jobs.lose();
  await one.torii.authorize(one.request());

  await one.clock.advance(300_000 + 60_000);

  expect(await one.torii.calls.unresolved()).toHaveLength(1);
});

test('what an engine did not get round to sending, the next one sends, though it had its jobs in memory', async () => {
  const inbox = await receiver(status(500));
  const webhooks = [{ url: inbox.url, secret: inbox.secret }];
  const clock = fakeClock();
  const kept = await memoryStore().open({ clock });
  const store: StoreSource = { open: () => Promise.resolve({ ...kept, close: () => Promise.resolve() }) };
  const before = await engine({ webhooks, clock, store });
  await before.torii.guard(before.request({ tool: 'publish', price: '2.00 USD' }), () => 0);
  await until(before, () => before.errors.length > 0);
  await before.torii.close();
  inbox.reply = status(204);

  const next = await engine({ webhooks, clock, store });
  const from = clock.now();
  await until(next, () => inbox.received.length > 1);

  expect(inbox.received).toHaveLength(2);
  expect(inbox.received[1]?.body).toBe(inbox.received[0]?.body);
  expect(clock.now() - from).toBeLessThan(10_000);
});

test('an engine that closes does not wait for an endpoint that does not answer', async () => {
  const inbox = await receiver(silence);
  const one = await engine({ webhooks: [{ url: inbox.url, secret: inbox.secret }] });
  await one.torii.guard(one.request({ tool: 'publish', price: '2.00 USD' }), () => 0);
  await until(one, () => inbox.received.length === 1);

  await one.torii.close();

  expect(one.errors).toEqual([]);
  expect(one.clock.pending()).toBe(0);
});

test('every process drains the stores into its own ledger, whoever does the jobs', async () => {
  let drained = 0;
  const nobodyWorks: JobsSource = {
    open: async (context) => ({
      ...(await embeddedJobs().open(context)),
      put: () => Promise.resolve(),
      revive: () => Promise.resolve(),
      work: () => Promise.resolve(),
      close: () => Promise.resolve(),
    }),
  };
  const wrap = (store: Store): Store => ({ ...store, drain: async () => void (drained += 1) });
  const one = await engine({ jobs: nobodyWorks, wrap });

  await one.clock.advance(20_000);

  expect(drained).toBe(5);
});
