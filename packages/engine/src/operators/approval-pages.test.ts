import { type Harness, harness as open, policy } from '../engine.test-support.ts';
import { signAgentToken } from '../identify/index.ts';
import type { ApprovalListQuery, ApprovalPage } from '../nouns/approvals.ts';
import type { Engine } from '../nouns/engine.ts';
import type { Store } from '../nouns/store.ts';
import { tenantStores } from '../tenant-stores.test-support.ts';

const ADA = 'ada@example.com';
const issuer = {
  issuer: 'https://issuer.example',
  audience: 'torii',
  algorithm: 'HS256',
  key: 'k'.repeat(32),
} as const;

const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

interface World extends Harness {
  readonly ask: (tenant: string, count: number, more?: { agent?: string; owner?: string }) => Promise<void>;
  readonly page: (query?: Partial<ApprovalListQuery>) => Promise<ApprovalPage>;

  /** Every page of a query, as `tenant:n` of each approval. */
  readonly pages: (query: Partial<ApprovalListQuery>) => Promise<readonly (readonly string[])[]>;
}

/** Tenants with stores of their own, or all in one. */
async function world(options: Parameters<typeof open>[0] = {}): Promise<World> {
  const one = await open({
    ...(options.shares === true ? {} : { shares: false, store: tenantStores() }),
    policies: [{ ...policy, budgets: [], rates: [] }],
    ...options,
  });
  engines.push(one.torii);
  let asked = 0;
  const credential = await one.approverToken(ADA);
  const page: World['page'] = async (query = {}) => {
    const answer = await one.torii.approvals.list({ credential, ...query });
    if (answer.kind === 'denied') throw new Error(answer.message);
    return answer;
  };
  return {
    ...one,
    page,
    async ask(tenant, count, { agent = 'bot', owner = 'olga@example.com' } = {}) {
      const lasting = { ...issuer, clock: one.clock, expiresInSeconds: 80_000 };
      const token = await signAgentToken({ ...lasting, agent, owner, session: 's1', tenant });
      for (let index = 0; index < count; index++) {
        const call = { tool: 'publish', price: '2.00 USD', arguments: { n: asked++ } };
        await one.torii.guard(one.request({ credential: token, ...call }), () => 'ran');
        // Two at a time have the same moment: their ids say which comes first.
        if (asked % 2 === 0) await one.clock.advance(10);
      }
    },
    async pages(query) {
      const found: string[][] = [];
      let cursor: string | undefined;
      do {
        const { approvals, next } = await page({ ...query, ...(cursor === undefined ? {} : { cursor }) });
        found.push(approvals.map(({ action }) => `${action.tenant}:${action.arguments}`));
        cursor = next;
      } while (cursor !== undefined && found.length < 100);
      return found;
    },
  };
}

const numbers = (pages: readonly (readonly string[])[]): readonly number[] =>
  pages.flat().map((each) => Number(/\d+/.exec(each)?.[0]));

describe.each([
  ['with stores of their own', false],
  ['in one store', true],
])('the approvals of tenants %s', (_title, shares) => {
  test.each([1, 2, 3, 7, 100])('are listed once each, the latest first, in pages of %d', async (limit) => {
    const one = await world({ shares });
    for (const tenant of ['acme', 'globex', 'acme', 'default']) await one.ask(tenant, 3);

    const pages = await one.pages({ limit });

    const expected = Array.from({ length: 12 }, (_, index) => 11 - index);
    expect([...numbers(pages)].sort((a, b) => b - a)).toEqual(expected);
    expect(numbers(pages).map((n) => Math.floor(n / 2))).toEqual(expected.map((n) => Math.floor(n / 2)));
    expect(pages.slice(0, -1).every((each) => each.length === limit)).toBe(true);
  });

  test('are those of one tenant where one is named, also where others have more', async () => {
    const one = await world({ shares });
    await one.ask('acme', 1);
    await one.ask('globex', 30);
    await one.ask('acme', 1);

    expect(numbers(await one.pages({ tenant: 'acme', limit: 1 }))).toEqual([31, 0]);
    expect(numbers(await one.pages({ tenant: 'acme' }))).toEqual([31, 0]);
    expect(await one.pages({ tenant: 'nobody' })).toEqual([[]]);
  });

  test('are listed once for somebody who owns and decides', async () => {
    const one = await world({ shares });
    await one.ask('acme', 3, { owner: ADA, agent: 'own' });
    await one.ask('acme', 2);
    const credential = await one.approverToken(ADA, { roles: ['approver', 'owner'] });
    const asOwner = await one.approverToken(ADA, { roles: ['owner'] });

    expect(numbers(await one.pages({ credential, limit: 2 }))).toHaveLength(5);
    expect(numbers(await one.pages({ credential: asOwner, limit: 2 }))).toHaveLength(3);
    expect(numbers(await one.pages({ credential: asOwner, owner: 'olga@example.com' }))).toEqual([]);
    expect(numbers(await one.pages({ credential, agent: 'own' }))).toHaveLength(3);
    expect(numbers(await one.pages({ credential, tool: 'search' }))).toEqual([]);
    expect(numbers(await one.pages({ credential, status: 'denied' }))).toEqual([]);
  });
});

test('an old approval of a store that has much of other tenants is listed once, where it belongs', async () => {
  const one = await world({ shares: true });
  await one.ask('acme', 1, { owner: ADA, agent: 'own' });
  await one.ask('globex', 60);
  await one.ask('acme', 1);
  const credential = await one.approverToken(ADA, { roles: ['approver', 'owner'] });

  expect(numbers(await one.pages({ credential, tenant: 'acme', limit: 2 }))).toEqual([61, 0]);
});

describe('a cursor', () => {
  test.each<[string, (next: string) => string]>([
    ['an empty text', () => ''],
    ['no base64url', () => '*'],
    ['a long text', () => 'A'.repeat(100_000)],
    ['another JSON', () => Buffer.from('{"id":"apr_1"}').toString('base64url')],
    ['a list that is too short', () => Buffer.from('["x",1]').toString('base64url')],
    ['a nested list', () => Buffer.from(`${'['.repeat(500)}${']'.repeat(500)}`).toString('base64url')],
    ['a cut one', (next) => next.slice(0, -8)],
    ['one with a NUL', (next) => `${next}\0`],
    ['one with another time', (next) => changed(next, (place) => [place[0], -1, place[2]])],
    ['one with a fraction', (next) => changed(next, (place) => [place[0], 1.5, place[2]])],
    ['one with an object for an id', (next) => changed(next, (place) => [place[0], place[1], {}])],
  ])('that is %s is refused', async (_title, forge) => {
    const one = await world();
    await one.ask('acme', 3);
    const { next = '' } = await one.page({ limit: 1 });
    const credential = await one.approverToken(ADA);

    const answer = await one.torii.approvals.list({ credential, cursor: forge(next), limit: 1 });

    expect(answer).toMatchObject({ kind: 'denied', code: 'CALL_INVALID' });
  });

  test('of another query, or of another person, is refused', async () => {
    const one = await world();
    await one.ask('acme', 3);
    const { next: cursor = '' } = await one.page({ limit: 1 });
    const credential = await one.approverToken(ADA);
    const bob = await one.approverToken('bob@example.com');

    const answers = [
      await one.torii.approvals.list({ credential, cursor, status: 'pending' }),
      await one.torii.approvals.list({ credential, cursor, tenant: 'acme' }),
      await one.torii.approvals.list({ credential: bob, cursor }),
    ];

    expect(answers).toMatchObject(Array(3).fill({ kind: 'denied', code: 'CALL_INVALID' }));
  });

  test('that is made up shows nobody more than they may see', async () => {
    const one = await world();
    await one.ask('acme', 4);
    await one.ask('globex', 4);
    const credential = await one.approverToken(ADA, { tenant: 'acme' });
    const { next = '' } = await one.page({ credential, limit: 1 });
    const cursor = changed(next, (place) => [place[0], Number.MAX_SAFE_INTEGER, 'apr_zzz']);

    const { approvals } = await one.page({ credential, cursor });

    expect(approvals.map(({ action }) => action.tenant)).toEqual(Array(4).fill('acme'));
  });
});

function changed(cursor: string, change: (place: readonly unknown[]) => readonly unknown[]): string {
  const place = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as readonly unknown[];
  return Buffer.from(JSON.stringify(change(place))).toString('base64url');
}

test.each<[string, object]>([
  ['no number of approvals', { limit: 0 }],
  ['a negative number of approvals', { limit: -1 }],
  ['half an approval', { limit: 0.5 }],
  ['no number at all', { limit: Number.NaN }],
  ['more than a page has', { limit: 101 }],
  ['a status that is none', { status: 'open' }],
  ['an inherited status', { status: 'constructor' }],
  ['a list of tools', { tool: ['search'] }],
  ['a tenant that is none', { tenant: {} }],
])('a query for %s is refused', async (_title, query) => {
  const one = await world();
  const credential = await one.approverToken(ADA);

  expect(await one.torii.approvals.list({ credential, ...query })).toMatchObject({
    kind: 'denied',
    code: 'CALL_INVALID',
  });
});

describe('a tenant whose store does not answer', () => {
  async function broken(): Promise<World> {
    const down = new Set<Store>();
    const one = await world({
      shares: false,
      wrap: (store) => failing(store, down),
      store: tenantStores(),
    });
    await one.ask('acme', 2);
    await one.ask('globex', 2);
    down.add(one.store.of('globex'));
    return one;
  }

  test('is left out of what all have, and told to `onError`', async () => {
    const one = await broken();

    const { approvals, next } = await one.page();

    expect(approvals.map(({ action }) => action.tenant)).toEqual(['acme', 'acme']);
    expect(next).toBeUndefined();
    expect(one.errors).toHaveLength(1);
  });

  test('is an outage for whoever names it', async () => {
    const one = await broken();
    const credential = await one.approverToken(ADA);

    await expect(one.torii.approvals.list({ credential, tenant: 'globex' })).rejects.toThrow('is down');
  });

  test('is an outage for an approval that nobody else has, as it may be there', async () => {
    const one = await broken();
    const credential = await one.approverToken(ADA);
    const [known] = (await one.page()).approvals;

    expect(await one.torii.approvals.get({ credential, approvalId: known?.id ?? '' })).toMatchObject({
      id: known?.id,
    });
    await expect(one.torii.approvals.get({ credential, approvalId: 'apr_x' })).rejects.toThrow('is down');
  });
});

/** Stores of which some do not answer what they know of approvals. */
function failing(store: Store, down: ReadonlySet<Store>): Store {
  const known = new Map<Store, Store>();
  const wrapped = (each: Store): Store => {
    const made =
      known.get(each) ??
      new Proxy(each, {
        get(target, name): unknown {
          if (name === 'of') return (tenant: string) => wrapped(store.of(tenant));
          if (name === 'all') return async () => (await store.all()).map(wrapped);
          const isDown = [...down].includes(made) && (name === 'approvals' || name === 'approval');
          return isDown ? () => Promise.reject(new Error('it is down')) : Reflect.get(target, name);
        },
      });
    known.set(each, made);
    return made;
  };
  return wrapped(store);
}
