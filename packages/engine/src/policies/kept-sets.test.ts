import { join } from 'node:path';
import type { AssetRate } from '../nouns/asset.ts';
import { storedPolicies } from '../nouns/policy-source.ts';
import { sqliteStore } from '../stores/sqlite/sqlite-store.ts';
import { fakeRandom } from '../testing/fake-random.ts';
import { closeAll, harness, journal, newFolder, sharedStore, version } from './live.test-support.ts';

afterEach(closeAll);

const BY = { author: 'ada@example.com', note: 'as agreed' };

/** As another version of Torii would have saved it that computes hashes in another way. */
const FOREIGN = 'f'.repeat(64);
const foreign = { hash: FOREIGN, documents: JSON.stringify([version(7)]), author: 'x', note: '' };

const usdc: AssetRate = {
  asset: 'eip155:8453/erc20:0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913',
  currency: 'USD',
  decimals: 6,
};

test('an engine that is started again with other assets goes on with the stored policies', async () => {
  const store = sharedStore();
  const before = await harness({ store, policies: storedPolicies([version(1)]) });
  await before.torii.close();

  const after = await harness({ store, policies: storedPolicies([version(1)]), assets: [usdc] });

  expect(await after.torii.guard(after.request(), () => 'ran')).toMatchObject({ kind: 'done' });
});

test('a revision is known by the hash under which it was saved, whatever this engine would compute', async () => {
  const store = sharedStore();
  const first = await harness({ store, policies: storedPolicies([version(1)]) });
  const { number } = await first.store.saveRevision(foreign);
  await first.store.activateRevision({ number, author: 'x', note: '' });

  const second = await harness({ store, policies: storedPolicies(), random: fakeRandom(1) });
  const outcomes = [
    await first.torii.guard(first.request(), () => 'ran'),
    await second.torii.guard(second.request(), () => 'ran'),
  ];

  expect(outcomes).toMatchObject([{ kind: 'done' }, { kind: 'done' }]);
  expect([first.torii.policies.hash, second.torii.policies.hash]).toEqual([FOREIGN, FOREIGN]);
});

test('a revision with a foreign hash is activated, and decides beside the active one, under that hash', async () => {
  const one = await harness({ policies: storedPolicies([version(1)]) });
  const { number } = await one.store.saveRevision({
    ...foreign,
    documents: JSON.stringify([version(7, { tools: { deny: ['search'] } })]),
  });

  await one.torii.policies.shadow(number, BY);
  await one.torii.guard(one.request(), () => 'ran');
  await one.torii.policies.activate(number, BY);
  const outcome = await one.torii.guard(one.request({ arguments: 'other' }), () => 'ran');

  expect((await journal(one, 'call.reserved'))[0]?.facts).toMatchObject({ shadow: { set: FOREIGN } });
  expect(outcome).toMatchObject({ kind: 'denied', code: 'TOOL_DENIED' });
});

test('a set that was accepted once is read again, however large it is', async () => {
  const allow = Array.from({ length: 300 }, (_, index) => `tool_${index}_${'x'.repeat(40)}`);
  const large = Array.from({ length: 40 }, (_, index) => ({
    id: `p${index}`,
    match: { agents: [`agent-${index}`] },
    tools: { allow },
  }));
  const store = sqliteStore(join(await newFolder(), 'torii.db'));
  const first = await harness({ store, policies: storedPolicies([version(1), ...large]) });
  await first.torii.close();

  const second = await harness({ store, policies: storedPolicies() });
  const { number } = await second.torii.policies.save([version(2), ...large], BY);
  await second.torii.policies.activate(number, BY);

  expect(await second.torii.policies.diff(1, 2)).toHaveLength(1);
  expect(await second.torii.guard(second.request(), () => 'ran')).toMatchObject({ kind: 'done' });
});

test('an engine with thousands of policies starts, and its entry names the first hundred', async () => {
  const many = Array.from({ length: 3_500 }, (_, index) => ({
    id: `policy-with-a-long-name-${index}`,
    match: { agents: [`agent-${index}`] },
  }));

  const one = await harness({ policies: [version(1), ...many] });

  const facts = (await journal(one, 'engine.started'))[0]?.facts;
  expect(facts).toMatchObject({ set: one.torii.policies.hash, policiesInAll: 3_501 });
  expect(facts?.['policies']).toHaveLength(100);
  expect(await one.torii.guard(one.request(), () => 'ran')).toMatchObject({ kind: 'done' });
});

const inheriting: unknown = Object.create({ id: 'a' });
const cyclic: { id: string; tools?: unknown } = { id: 'a' };
cyclic.tools = cyclic;
let deep: unknown[] = [];
for (let level = 0; level < 50_000; level++) deep = [deep];

test.each<[string, () => unknown]>([
  ['a document that inherits its id', () => inheriting],
  ['a function where a list belongs', () => ({ id: 'a', tools: { deny: () => ['search'] } })],
  ['a symbol where a list belongs', () => ({ id: 'a', tools: { deny: Symbol('search') } })],
  ['a bigint', () => ({ id: 'a', version: 1n })],
  ['no number', () => ({ id: 'a', version: Number.NaN })],
  ['a hole', () => undefined],
  ['a document within itself', () => cyclic],
  ['a document that is too deep', () => deep],
  ['a document that cannot be read', () => new Proxy({}, { ownKeys: () => { throw new Error('no'); } })], // prettier-ignore
  ['a document that writes itself as another', () => ({ id: 'a', toJSON: () => ({ id: 5 }) })],
])('%s is no policy, at the start and when it is saved', async (_, document) => {
  await expect(harness({ policies: [document()] })).rejects.toMatchObject({ code: 'POLICY_INVALID' });
  const one = await harness({ policies: [version(1)] });
  await expect(one.torii.policies.save([document()], BY)).rejects.toMatchObject({ code: 'POLICY_INVALID' });
});

test('what decides is what was saved, also of documents that say something else each time they are read', async () => {
  let reads = 0;
  const fickle = {
    id: 'live',
    get version() {
      return ++reads;
    },
    tools: { allow: ['search'] },
  };
  const one = await harness({ policies: storedPolicies([fickle]) });

  const [active] = one.torii.policies.active;
  const saved = await one.store.revision(1);

  expect(JSON.parse(saved?.documents ?? '')).toMatchObject([{ version: active?.version }]);
});

test('a list that the application changes later changes nothing that was kept', async () => {
  const document = { id: 'live', tools: { allow: ['search'] } };
  const list = [document];
  const one = await harness({
    policies: storedPolicies(list),
    wrap: (store) => ({
      ...store,
      append: (events) => {
        document.tools.allow.push('publish');
        return store.append(events);
      },
    }),
  });

  expect(JSON.parse((await one.store.revision(1))?.documents ?? '')).toEqual([
    { id: 'live', tools: { allow: ['search'] } },
  ]);
});

test('a revision that holds no JSON is a damaged store', async () => {
  const one = await harness({ policies: storedPolicies([version(1)]) });
  const { number } = await one.store.saveRevision({ ...foreign, documents: '[{' });

  await expect(one.torii.policies.activate(number, BY)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
});
