import { join } from 'node:path';
import type { Harness } from '../engine.test-support.ts';
import { storedPolicies } from '../nouns/policy-source.ts';
import type { PolicyRevision } from '../nouns/revision.ts';
import type { Store } from '../nouns/store.ts';
import {
  FOREIGN,
  closeAll,
  harness,
  journal,
  newFolder,
  sharedStore,
  until,
  version,
  write,
} from './live.test-support.ts';

afterEach(closeAll);

const BY = { author: 'ada@example.com' };

function save(one: Harness, number: number): Promise<PolicyRevision> {
  return one.torii.policies.save([version(number)], BY);
}

/** Runs `meanwhile` once, just before the engine activates something. */
function beforeActivation(meanwhile: () => Promise<unknown>): (store: Store) => Store {
  let ran = false;
  return (store) => ({
    ...store,
    async activateRevision(change) {
      if (!ran) {
        ran = true;
        await meanwhile();
      }
      return store.activateRevision(change);
    },
  });
}

test('a seed gives way to a set that somebody activates while it is being activated', async () => {
  const store = sharedStore();
  const operator = await harness({ store, policies: storedPolicies([version(1)]), mode: 'shadow' });
  const { number } = await save(operator, 9);

  const seeded = await harness({
    store,
    policies: storedPolicies([version(2)]),
    wrap: beforeActivation(() => operator.store.activateRevision({ number, author: 'ada', note: '' })),
  });

  expect(await seeded.store.activeRevision()).toMatchObject({ revision: { number } });
  expect(seeded.torii.policies.active).toMatchObject([{ version: 9 }]);
  expect(await journal(seeded, 'policies.activated')).toHaveLength(1);
});

test('rolling back does not take back what somebody activates meanwhile', async () => {
  const store = sharedStore();
  const other = await harness({ store, policies: storedPolicies([version(1)]) });
  const [second, third] = [await save(other, 2), await save(other, 3)];
  await other.torii.policies.activate(second.number, BY);
  const one = await harness({
    store,
    policies: storedPolicies(),
    wrap: beforeActivation(() => other.torii.policies.activate(third.number, BY)),
  });

  const rolledBack = one.torii.policies.rollBack(BY);

  await expect(rolledBack).rejects.toMatchObject({
    code: 'OPTIONS_INVALID',
    message: 'expected revision `2` to be active still; revision `3` is, so nothing was rolled back',
  });
  expect(await one.store.activeRevision()).toMatchObject({ revision: { number: third.number } });
  expect(await one.torii.guard(one.request(), () => 'ran')).toMatchObject({ kind: 'done' });
});

test.each(['reloading', 'starting again'])(
  'an engine whose file did not change gets it back by %s after another one activated its own',
  async (how) => {
    const store = sharedStore();
    const path = await write(join(await newFolder(), 'p.json'), version(1));
    const one = await harness({ store, policies: path });
    await one.torii.policies.reload();
    const other = await harness({ store, policies: [version(2)] });
    await other.torii.close();
    const stale = await one.torii.guard(one.request(), () => 0);

    if (how === 'reloading') await one.torii.policies.reload();
    const again = how === 'reloading' ? one : await harness({ store, policies: path });
    const outcome = await again.torii.guard(again.request({ arguments: 'again' }), () => 'ran');

    expect(stale).toMatchObject({ code: 'POLICY_STALE' });
    expect(outcome).toMatchObject({ kind: 'done' });
    expect((await journal(one, 'policies.activated')).map(({ facts }) => facts['revision'])).toEqual([
      1, 2, 1,
    ]);
  },
);

test('an engine in shadow that reloads its file activates nothing', async () => {
  const store = sharedStore();
  const enforcing = await harness({ store, policies: [version(2)] });
  const path = await write(join(await newFolder(), 'p.json'), version(1));
  const shadow = await harness({ store, policies: path, mode: 'shadow' });

  await shadow.torii.policies.reload();

  expect(await journal(enforcing, 'policies.activated')).toHaveLength(1);
});

test('an engine in shadow follows what another one activates within a second, and is told of what it cannot', async () => {
  const store = sharedStore();
  const operator = await harness({ store, policies: storedPolicies([version(1)]) });
  const shadow = await harness({ store, policies: storedPolicies(), mode: 'shadow' });

  await operator.torii.policies.activate((await save(operator, 2)).number, BY);
  await shadow.clock.advance(1_000);
  const followed = shadow.torii.policies.active;
  const { number } = await operator.store.saveRevision(FOREIGN);
  await operator.store.activateRevision({ number, author: 'x', note: '' });
  await until(shadow, () => shadow.errors.length > 0);
  await shadow.clock.advance(10_000);
  const stayed = shadow.torii.policies.active;
  await operator.store.activateRevision({ number: 1, author: 'x', note: '' });
  await shadow.clock.advance(2_000);

  expect([followed, stayed]).toMatchObject([[{ version: 2 }], [{ version: 2 }]]);
  expect(shadow.torii.policies.active).toMatchObject([{ version: 1 }]);
  expect(shadow.errors).toHaveLength(1);
});

test('a store that is gone while an engine in shadow looks at it is told once, and looked at again', async () => {
  const store = sharedStore();
  const operator = await harness({ store, policies: storedPolicies([version(1)]) });
  let gone = false;
  const shadow = await harness({
    store,
    policies: storedPolicies(),
    mode: 'shadow',
    wrap: (opened) => ({
      ...opened,
      activeRevision: () => (gone ? Promise.reject(new Error('gone')) : opened.activeRevision()),
    }),
  });

  gone = true;
  await shadow.clock.advance(5_000);
  await operator.torii.policies.activate((await save(operator, 2)).number, BY);
  gone = false;
  await shadow.clock.advance(1_000);

  expect(shadow.torii.policies.active).toMatchObject([{ version: 2 }]);
  expect(shadow.errors.map(({ message }) => message)).toEqual(['gone']);
});

test('an engine in shadow activates nothing, neither its seed nor when it is asked to', async () => {
  const one = await harness({ policies: storedPolicies([version(1)]), mode: 'shadow' });
  const { number } = await save(one, 2);

  for (const asked of [one.torii.policies.activate(number, BY), one.torii.policies.rollBack(BY)])
    await expect(asked).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
      message: expect.stringContaining('in shadow'),
    });
  expect(one.torii.policies.active).toMatchObject([{ version: 1 }]);
  expect(await one.store.activeRevision()).toBeUndefined();
});

test('a closed engine in shadow looks at the store no more', async () => {
  const one = await harness({ policies: storedPolicies([version(1)]), mode: 'shadow' });

  await one.torii.close();
  await one.clock.advance(5_000);

  expect(one.errors).toEqual([]);
  expect(one.clock.pending()).toBe(0);
});
