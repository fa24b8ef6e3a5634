import { join } from 'node:path';
import type { Harness } from '../engine.test-support.ts';
import type { Entry } from '../nouns/entry.ts';
import { storedPolicies } from '../nouns/policy-source.ts';
import type { PolicyRevision } from '../nouns/revision.ts';
import type { StoreSource } from '../nouns/store.ts';
import { sqliteStore } from '../stores/sqlite/sqlite-store.ts';
import { fakeRandom } from '../testing/fake-random.ts';
import { closeAll, harness, journal, newFolder, sharedStore, version, write } from './live.test-support.ts';

afterEach(closeAll);

const BY = { author: 'ada@example.com' };

/** Policies without rates, so that only the tools decide. */
const first = version(1, { tools: { allow: ['search'] } });
const second = version(2, { tools: { allow: ['search', 'publish'] } });

/** Every held or denied call whose policies are not those that were active at its place in the journal. */
function foreignDecisions(
  entries: readonly Entry[],
  versions: ReadonlyMap<unknown, number>,
): readonly Entry[] {
  let active: number | undefined;
  return entries.filter(({ type, facts }) => {
    if (type === 'policies.activated') active = versions.get(facts['hash']);
    if (type !== 'call.reserved' && type !== 'call.denied') return false;
    if (!Array.isArray(facts['policies'])) return false;
    return !String(facts['policies'][0]).startsWith(`live@${active}#`);
  });
}

function save(one: Harness, document: object): Promise<PolicyRevision> {
  return one.torii.policies.save([document], BY);
}

test('an engine follows what another one activates before its next hold', async () => {
  const store = sharedStore();
  const here = await harness({ store, policies: storedPolicies([first]) });
  const there = await harness({ store, policies: storedPolicies([first]) });
  await there.torii.guard(there.request({ tool: 'publish' }), () => 0);
  await here.torii.policies.activate((await save(here, second)).number, BY);

  const outcome = await there.torii.guard(there.request({ tool: 'publish', arguments: 'new' }), () => 'ran');

  expect(outcome).toMatchObject({ kind: 'done', value: 'ran' });
  expect(there.torii.policies.hash).toBe(here.torii.policies.hash);
});

test('an engine follows also before it denies', async () => {
  const store = sharedStore();
  const here = await harness({ store, policies: storedPolicies([second]) });
  const there = await harness({ store, policies: storedPolicies([second]) });
  await here.torii.policies.activate((await save(here, first)).number, BY);

  const outcomes = await Promise.all([
    there.torii.guard(there.request({ tool: 'publish' }), () => 0),
    there.torii.guard(there.request({ tool: 'trade' }), () => 0),
  ]);

  expect(outcomes).toMatchObject(Array(2).fill({ kind: 'denied', code: 'TOOL_NOT_ALLOWED' }));
  const denials = await journal(there, 'call.denied');
  expect(denials.map(({ facts }) => facts['policies'])).toEqual(
    Array(2).fill([expect.stringMatching(/^live@1#/)]),
  );
});

test.each<[string, () => Promise<StoreSource>, number]>([
  ['memory', async () => sharedStore(), 2],
  ['SQLite', async () => sqliteStore(join(await newFolder(), 'torii.db')), 1],
])(
  'of 64 calls at once, while policies are activated back and forth on %s, none is decided by a set that is not active',
  async (_, open, engines) => {
    const store = await open();
    const all = await Promise.all(
      Array.from({ length: engines }, (_, seed) =>
        harness({ store, policies: storedPolicies([first]), random: fakeRandom(seed) }),
      ),
    );
    const [one] = all;
    if (one === undefined) throw new Error('expected an engine');
    const sets = [await save(one, first), await save(one, second)] as const;
    let ran = 0;

    const calls = Array.from({ length: 64 }, async (__, index) => {
      const asker = all[index % all.length] ?? one;
      for (let turn = 0; turn < index % 16; turn++) await new Promise((resolve) => setImmediate(resolve));
      const tool = index % 3 === 0 ? 'publish' : 'search';
      return asker.torii.guard(asker.request({ tool, arguments: { index } }), () => ++ran);
    });
    const changes = async (): Promise<void> => {
      for (let turn = 1; turn <= 24; turn++) {
        await all[turn % all.length]?.torii.policies.activate(sets[turn % 2 === 0 ? 0 : 1].number, BY);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const [outcomes] = await Promise.all([Promise.all(calls), changes()]);

    const entries = await journal(one);
    const reserved = entries.filter(({ type }) => type === 'call.reserved');
    const versions = new Map(sets.map(({ hash }, index) => [hash, index + 1]));
    expect(foreignDecisions(entries, versions)).toEqual([]);
    expect(reserved).toHaveLength(ran);
    expect(ran).toBeGreaterThanOrEqual(40);
    expect(outcomes.filter(({ kind }) => kind !== 'done' && kind !== 'denied')).toEqual([]);
    expect(entries.filter(({ type }) => type === 'policies.activated').length).toBeGreaterThan(20);
    expect(await one.torii.journal.verify()).toMatchObject({ kind: 'intact' });
  },
);

test('an engine on a list denies every call once another set is active, and is told to come back', async () => {
  const store = sharedStore();
  const stale = await harness({ store, policies: [first] });
  const active = await harness({ store, policies: [second] });
  let ran = false;

  const outcomes = [
    await stale.torii.guard(stale.request(), () => (ran = true)),
    await stale.torii.guard(stale.request({ tool: 'trade' }), () => (ran = true)),
    await stale.torii.prepare(stale.request({ tool: 'trade' })),
  ];

  expect(outcomes).toMatchObject(
    Array(3).fill({ kind: 'denied', code: 'POLICY_STALE', retryAfterMs: 1_000 }),
  );
  expect(ran).toBe(false);
  expect(await journal(stale, 'call.denied')).toMatchObject(
    Array(3).fill({ facts: { code: 'POLICY_STALE' } }),
  );
  expect(await active.torii.guard(active.request(), () => 'ran')).toMatchObject({ kind: 'done' });
});

test('a call that was denied as stale may be repeated under its id', async () => {
  const store = sharedStore();
  const stale = await harness({ store, policies: [first] });
  const active = await harness({ store, policies: [second] });
  const request = { idempotencyKey: 'k1', credential: active.agentToken };

  const denied = await stale.torii.guard(stale.request(request), () => 0);
  const done = await active.torii.guard(active.request(request), () => 'ran');

  expect([denied, done]).toMatchObject([{ code: 'POLICY_STALE' }, { kind: 'done' }]);
});

test('a call that waited for its answer while the policies changed still settles', async () => {
  const store = sharedStore();
  const one = await harness({ store, policies: [first] });

  const outcome = await one.torii.guard(one.request(), async () => {
    await harness({ store, policies: [second] });
    return 'ran';
  });

  expect(outcome).toMatchObject({ kind: 'done', charged: { units: 100_000n } });
});

test('an engine on a file takes the set over that another one read before it', async () => {
  const store = sharedStore();
  const path = await write(join(await newFolder(), 'p.json'), first);
  const here = await harness({ store, policies: path });
  const there = await harness({ store, policies: path });
  await there.torii.policies.reload();

  await write(path, second);
  await here.torii.policies.reload();
  const outcome = await there.torii.guard(there.request({ tool: 'publish' }), () => 'ran');

  expect(outcome).toMatchObject({ kind: 'done' });
});

test.each([
  ['is older than the active set', JSON.stringify(first), 'POLICY_STALE'],
  ['cannot be read', '{', 'POLICY_STALE'],
])('an engine whose file %s denies and reads the file at most once a second', async (_, content, code) => {
  const store = sharedStore();
  const path = await write(join(await newFolder(), 'p.json'), first);
  const stale = await harness({ store, policies: path });
  await stale.torii.policies.reload();
  await harness({ store, policies: [second] });
  await write(path, content);

  const outcomes = await Promise.all(
    Array.from({ length: 64 }, (__, index) =>
      stale.torii.guard(stale.request({ arguments: { index } }), () => 0),
    ),
  );

  expect(outcomes).toMatchObject(Array(64).fill({ kind: 'denied', code }));
  expect(stale.errors.length).toBeLessThanOrEqual(1);
});

test('what a stale engine finds in its file on the way is a change like any other', async () => {
  const store = sharedStore();
  const path = await write(join(await newFolder(), 'p.json'), first);
  const stale = await harness({ store, policies: path });
  await stale.torii.policies.reload();
  await harness({ store, policies: [second] });
  await write(path, version(3));

  const outcome = await stale.torii.guard(stale.request(), () => 'ran');

  expect(outcome).toMatchObject({ kind: 'done', value: 'ran' });
  expect(stale.torii.policies.active).toMatchObject([{ version: 3 }]);
});

test('a store that does not compare the sets is caught by what these tests look at', async () => {
  const store = sharedStore();
  const one = await harness({ store, policies: storedPolicies([first]) });
  const sets = [await save(one, first), await save(one, second)] as const;
  const careless = await harness({
    store,
    policies: storedPolicies([first]),
    wrap: (opened) => ({
      ...opened,
      reserve: (reservation) => opened.reserve({ ...reservation, policies: sets[1].hash }),
    }),
  });
  await one.torii.policies.activate(sets[1].number, BY);

  await careless.torii.guard(careless.request(), () => 'ran');

  const versions = new Map(sets.map(({ hash }, index) => [hash, index + 1]));
  expect(foreignDecisions(await journal(one), versions)).toHaveLength(1);
});

test('a store that is gone while an engine catches up denies as an outage, and nothing runs', async () => {
  const store = sharedStore();
  let gone = false;
  const stale = await harness({
    store,
    policies: storedPolicies([first]),
    wrap: (opened) => ({
      ...opened,
      activeRevision: () => (gone ? Promise.reject(new Error('gone')) : opened.activeRevision()),
    }),
  });
  const active = await harness({ store, policies: storedPolicies() });
  await active.torii.policies.activate((await save(active, second)).number, BY);
  gone = true;
  let ran = false;

  const outcome = await stale.torii.guard(stale.request(), () => (ran = true));
  gone = false;

  expect(outcome).toMatchObject({ kind: 'denied', code: 'STORE_UNAVAILABLE' });
  expect(ran).toBe(false);
  expect(await stale.torii.guard(stale.request(), () => 'ran')).toMatchObject({ kind: 'done' });
});
