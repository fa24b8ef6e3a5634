import { createServer, type Server } from 'node:http';
import { everyStore, type OnStore, tenantsOn } from './every-store.test-support.ts';
import { type Harness, harness as open } from './engine.test-support.ts';
import { signAgentToken } from './identify/index.ts';
import type { Engine } from './nouns/engine.ts';
import type { Store, StoreSource } from './nouns/store.ts';
import type { WebhookEndpoint } from './webhooks/index.ts';

const engines: Engine[] = [];
const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
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

  async function engine(options: Parameters<typeof open>[0]): Promise<Harness> {
    const egress = { allow: ['127.0.0.1'] };
    const one = await open({ ...tenantsOn(stores, kind), shares: false, egress, ...options });
    engines.push(one.torii);
    return one;
  }

  interface Inbox {
    readonly webhooks: readonly WebhookEndpoint[];

    /** Ids of the approvals that it was told of. */
    readonly told: string[];
  }

  async function inbox(): Promise<Inbox> {
    const told: string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        told.push((JSON.parse(body) as { approval: { id: string } }).approval.id);
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers.push(server);
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const url = `http://127.0.0.1:${port}/hook`;
    return { webhooks: [{ url, secret: 's'.repeat(16), events: ['approval.created'] }], told };
  }

  /** Asks a person for an agent of the tenant. Answers the id of the approval. */
  async function asks({ torii, clock, request }: Harness, tenant: string, key = 'k1'): Promise<string> {
    const who = { agent: 'bot', owner: 'olga@example.com', session: 's1', tenant };
    const credential = await signAgentToken({ ...issuer, ...who, clock, expiresInSeconds: 80_000 });
    const publish = { credential, tool: 'publish', price: '2.00 USD', idempotencyKey: key };
    const outcome = await torii.guard(request(publish), () => 'ran');
    return outcome.kind === 'waiting' ? outcome.approval.id : outcome.kind;
  }

  /** Lets tenths of a second pass until so many events have arrived, and what is sent besides arrive too. */
  async function arrive({ told }: Inbox, one: Harness, wanted: { events: number; tenths: number }) {
    for (let tenth = 0; tenth < wanted.tenths && told.length < wanted.events; tenth++) {
      await one.clock.advance(100);
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  test('webhooks tell of the approvals of every tenant, and at once of one that came later', async () => {
    const box = await inbox();
    const one = await engine({ webhooks: box.webhooks });
    const asked = [await asks(one, 'default'), await asks(one, 'acme'), await asks(one, 'globex')];

    // Tenants that nobody was woken for are looked for after a second at the earliest.
    await arrive(box, one, { events: 3, tenths: 9 });

    expect([...box.told].sort()).toEqual([...asked].sort());
  });

  test('what a new tenant asked just before the engine died is told by the next one', async () => {
    const box = await inbox();
    const left = tenantsOn(stores, kind);
    const dead = await engine({ webhooks: box.webhooks, ...left });
    const asked = await asks(dead, 'acme');

    const next = await engine({ webhooks: box.webhooks, ...left.again() });
    await arrive(box, next, { events: 1, tenths: 20 });

    expect(box.told).toEqual([asked]);
  });

  test('an endpoint that was never there begins with its engine, whatever tenants asked before', async () => {
    const box = await inbox();
    const left = tenantsOn(stores, kind);
    const before = await engine(left);
    for (const tenant of ['default', 'acme']) await asks(before, tenant);

    const one = await engine({ webhooks: box.webhooks, ...left.again() });
    const asked = await asks(one, 'acme', 'k2');
    await arrive(box, one, { events: 2, tenths: 20 });

    expect(box.told).toEqual([asked]);
  });

  /** Stores of tenants of which that of `acme` cannot say where webhooks are while it is `down`. */
  function failing(state: { down: boolean }): OnStore {
    const { store: source, ...on } = tenantsOn(stores, kind);
    const failingSource: StoreSource = {
      async open(context) {
        const store = await source.open(context);
        const acme = store.of('acme');
        const cursor: Store['cursor'] = (endpoint) =>
          state.down ? Promise.reject(new Error('not yet')) : acme.cursor(endpoint);
        const sick: Store = new Proxy(acme, {
          get: (target, name): unknown => (name === 'cursor' ? cursor : Reflect.get(target, name)),
        });
        const shown = (each: Store): Store => (each === acme ? sick : each);
        const all = async (): Promise<readonly Store[]> => (await store.all()).map(shown);
        return { ...store, of: (tenant) => shown(store.of(tenant)), all };
      },
    };
    return { ...on, store: failingSource };
  }

  test('a tenant whose store failed at first is told of once it answers', async () => {
    const box = await inbox();
    const state = { down: true };
    const one = await engine({ webhooks: box.webhooks, ...failing(state) });
    const asked = await asks(one, 'acme');
    await arrive(box, one, { events: 1, tenths: 15 });
    const early = [...box.told];
    state.down = false;

    await arrive(box, one, { events: 1, tenths: 20 });

    expect([early, box.told]).toEqual([[], [asked]]);
    expect(one.errors.map(({ message }) => message)).toContain('not yet');
  });

  test('an engine begins without a tenant whose store does not answer, and tells of it', async () => {
    const { webhooks } = await inbox();
    const state = { down: false };
    const { clock, store: source } = failing(state);
    const store = await source.open({ clock });
    await store.of('acme').append([]);
    state.down = true;

    const one = await engine({ clock, webhooks, store: { open: () => Promise.resolve(store) } });

    expect(await asks(one, 'globex')).toMatch(/^apr_/);
    expect(one.errors.map(({ message }) => message)).toContain('not yet');
  });

  test('an engine that cannot begin leaves nothing behind that goes on', async () => {
    const { webhooks } = await inbox();
    const { clock, store: source } = tenantsOn(stores, kind);
    const opened = await source.open({ clock });
    const cursor: Store['cursor'] = () => Promise.reject(new Error('not yet'));
    const store: Store = { ...opened, cursor };

    const beginning = engine({ clock, webhooks, store: { open: () => Promise.resolve(store) } });

    await expect(beginning).rejects.toThrow('not yet');
    expect(clock.pending()).toBe(0);
  });
});
