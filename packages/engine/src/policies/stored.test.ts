import { join } from 'node:path';
import { storedPolicies } from '../nouns/policy-source.ts';
import type { StoreSource } from '../nouns/store.ts';
import { memoryStore } from '../stores/memory/memory-store.ts';
import { sqliteStore } from '../stores/sqlite/sqlite-store.ts';
import { FOREIGN, closeAll, harness, journal, newFolder, sharedStore, version } from './live.test-support.ts';

afterEach(closeAll);

const BY = { author: 'ada@example.com', note: 'as agreed' };
const denying = version(9, { tools: { deny: ['search'] } });

test('a store that never had policies is seeded, and the journal says who and with what', async () => {
  const one = await harness({ policies: storedPolicies([version(1)]) });

  expect(one.torii.policies.active).toMatchObject([{ id: 'live', version: 1 }]);
  expect((await journal(one)).map(({ type, facts }) => [type, facts['author']])).toEqual([
    ['engine.started', undefined],
    ['policies.saved', 'engine'],
    ['policies.activated', 'engine'],
  ]);
});

test('a store without policies and without a seed denies every call', async () => {
  const one = await harness({ policies: storedPolicies() });

  expect(await one.torii.guard(one.request(), () => 0)).toMatchObject({ kind: 'denied', code: 'NO_POLICY' });
});

test.each<[string, () => Promise<StoreSource>]>([
  ['memory', async () => sharedStore()],
  ['SQLite', async () => sqliteStore(join(await newFolder(), 'torii.db'))],
])('a restart on %s keeps what is active, whatever the seed says', async (_, open) => {
  const store = await open();
  const first = await harness({ store, policies: storedPolicies([version(1)]) });
  const { number } = await first.torii.policies.save([denying], BY);
  await first.torii.policies.activate(number, BY);
  await first.torii.close();

  const second = await harness({ store, policies: storedPolicies([version(5)]) });

  expect(second.torii.policies.active).toMatchObject([{ version: 9 }]);
  expect(await second.torii.guard(second.request(), () => 0)).toMatchObject({ code: 'TOOL_DENIED' });
  expect(await journal(second, 'policies.activated')).toHaveLength(2);
  expect(await second.torii.journal.verify()).toMatchObject({ kind: 'intact' });
});

test('an engine that starts while another one activates does not take that back', async () => {
  const store = sharedStore();
  const first = await harness({ store, policies: storedPolicies([version(1)]) });
  const { number } = await first.torii.policies.save([denying], BY);
  const second = await harness({
    store,
    policies: storedPolicies([version(1)]),
    wrap: (opened) => ({
      ...opened,
      append: async (events) => {
        await first.torii.policies.activate(number, BY);
        return opened.append(events);
      },
    }),
  });

  expect(second.torii.policies.active).toMatchObject([{ version: 9 }]);
  expect(await first.store.activeRevision()).toMatchObject({ revision: { number } });
});

test('a revision keeps its number, hash, author and time, whoever saves it again', async () => {
  const one = await harness({ policies: storedPolicies([version(1)]) });

  const saved = await one.torii.policies.save([version(2)], BY);
  await one.clock.advance(5_000);
  const again = await one.torii.policies.save([{ ...version(2) }], { author: 'bob@example.com' });
  const revisions = await one.torii.policies.revisions();

  expect(saved).toMatchObject({ number: 2, ...BY, savedAt: 1_767_614_400_000 });
  expect(saved.hash).toMatch(/^[0-9a-f]{64}$/);
  expect(again).toEqual(saved);
  expect(revisions.map(({ number }) => number)).toEqual([2, 1]);
  expect(JSON.parse(saved.documents)).toEqual([version(2)]);
  expect(one.torii.policies.active).toMatchObject([{ version: 1 }]);
});

test('the hash of the active set is the one of its revision and of every held call', async () => {
  const one = await harness({ policies: storedPolicies([version(1)]) });
  const { number, hash } = await one.torii.policies.save([version(2)], BY);

  await one.torii.policies.activate(number, BY);

  expect(one.torii.policies.hash).toBe(hash);
  expect(await journal(one, 'policies.activated')).toMatchObject([
    {},
    { facts: { revision: number, previous: 1, hash, ...BY } },
  ]);
});

test('rolling back activates what was active before, and rolling back again undoes that', async () => {
  const one = await harness({ policies: storedPolicies([version(1)]) });
  for (const number of [2, 3]) {
    const saved = await one.torii.policies.save([version(number)], BY);
    await one.torii.policies.activate(saved.number, BY);
  }

  const numbers = [await one.torii.policies.rollBack(BY), await one.torii.policies.rollBack(BY)];

  expect(numbers.map(({ number }) => number)).toEqual([2, 3]);
  expect(one.torii.policies.active).toMatchObject([{ version: 3 }]);
  expect((await journal(one, 'policies.activated')).map(({ facts }) => facts['revision'])).toEqual([
    1, 2, 3, 2, 3,
  ]);
});

test('two who roll back at once roll back once', async () => {
  const one = await harness({ policies: storedPolicies([version(1)]) });
  const saved = await one.torii.policies.save([version(2)], BY);
  await one.torii.policies.activate(saved.number, BY);

  await Promise.all([one.torii.policies.rollBack(BY), one.torii.policies.rollBack(BY)]);

  expect(one.torii.policies.active).toMatchObject([{ version: 1 }]);
});

test('where nothing was active before there is nothing to roll back to', async () => {
  const one = await harness({ policies: storedPolicies([version(1)]) });

  await expect(one.torii.policies.rollBack(BY)).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
});

const noNumbers = [0, -1, 3, 1.5, Number.NaN, Infinity, 2 ** 53, '1', null, undefined, {}, [1]];

describe.each(['memory', 'SQLite'])('on %s', (kind) => {
  test.each(noNumbers)('%p is the number of no revision', async (number) => {
    const store = kind === 'memory' ? memoryStore() : sqliteStore(join(await newFolder(), 'torii.db'));
    const one = await harness({ store, policies: storedPolicies([version(1)]) });

    for (const asked of [
      one.torii.policies.activate(number as number, BY),
      one.torii.policies.diff(1, number as number),
      one.torii.policies.diff(number as number, 1),
    ])
      await expect(asked).rejects.toMatchObject({
        code: 'OPTIONS_INVALID',
        message: expect.stringMatching(/^expected the number of a saved revision, got /),
      });
    expect(await journal(one, 'policies.activated')).toHaveLength(1);
  });
});

test.each([
  undefined,
  null,
  {},
  { author: '' },
  { author: 5 },
  { author: 'a'.repeat(501) },
  { author: 'half \ud800' },
  { author: 'ada', note: 5 },
  { author: 'ada', note: 'n'.repeat(501) },
  { author: 'ada', note: '\udfff' },
])('%j says not who changes the policies and why', async (by) => {
  const one = await harness({ policies: storedPolicies([version(1)]) });

  for (const change of [
    one.torii.policies.save([version(2)], by as never),
    one.torii.policies.activate(1, by as never),
  ])
    await expect(change).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  expect(await one.torii.policies.revisions()).toHaveLength(1);
});

test.each([
  '__proto__',
  '"}\n{"type":"policies.activated',
  '../../etc',
  "'; DROP TABLE revisions; --",
  '\u202e',
  '\0',
])('an author and a note of %j are kept as they are, and the journal stays whole', async (text) => {
  const store = sqliteStore(join(await newFolder(), 'torii.db'));
  const one = await harness({ store, policies: storedPolicies([version(1)]) });

  const { number } = await one.torii.policies.save([version(2)], { author: text, note: text });
  await one.torii.policies.activate(number, { author: text, note: text });

  expect(await one.torii.policies.revisions()).toMatchObject([
    { author: text, note: text },
    { author: 'engine' },
  ]);
  expect((await journal(one, 'policies.activated')).at(-1)?.facts).toMatchObject({
    author: text,
    note: text,
  });
  expect(await one.torii.journal.verify()).toMatchObject({ kind: 'intact' });
});

test.each([[{ id: 'p', tools: { alow: [] } }], 'p', [5], [{ id: 'p' }, { id: 'p' }], null])(
  '%j is no set of policies: nothing is saved',
  async (documents) => {
    const one = await harness({ policies: storedPolicies([version(1)]) });

    await expect(one.torii.policies.save(documents as never, BY)).rejects.toMatchObject({
      code: 'POLICY_INVALID',
    });
    expect(await one.torii.policies.revisions()).toHaveLength(1);
  },
);

test('a revision that this engine cannot compile is not activated', async () => {
  const one = await harness({ policies: storedPolicies([version(1)]) });
  const { number } = await one.store.saveRevision(FOREIGN);

  await expect(one.torii.policies.activate(number, BY)).rejects.toMatchObject({ code: 'POLICY_INVALID' });
  expect(await one.torii.guard(one.request(), () => 'ran')).toMatchObject({ kind: 'done' });
});

test('a revision that another engine activated and this one cannot compile denies every call', async () => {
  const one = await harness({ policies: storedPolicies([version(1)]) });
  const { number } = await one.store.saveRevision(FOREIGN);
  await one.store.activateRevision({ number, author: 'x', note: '' });

  const outcomes = [
    await one.torii.guard(one.request(), () => 0),
    await one.torii.guard(one.request(), () => 0),
  ];

  expect(outcomes).toMatchObject(
    Array(2).fill({ kind: 'denied', code: 'POLICY_STALE', retryAfterMs: 1_000 }),
  );
  expect(one.errors).toHaveLength(1);
});

test('the difference of two revisions names each place with what stood there', async () => {
  const one = await harness({ policies: storedPolicies([version(1), { id: 'gone' }]) });
  const { number } = await one.torii.policies.save(
    [{ id: 'new' }, version(2, { tools: { allow: ['search', 'x'] } })],
    BY,
  );

  expect(await one.torii.policies.diff(1, number)).toEqual([
    { policy: 'gone', path: '', before: { id: 'gone' }, after: undefined },
    { policy: 'live', path: 'tools.allow[1]', before: undefined, after: 'x' },
    { policy: 'live', path: 'version', before: 1, after: 2 },
    { policy: 'new', path: '', before: undefined, after: { id: 'new' } },
  ]);
  expect(await one.torii.policies.diff(number, number)).toEqual([]);
});
