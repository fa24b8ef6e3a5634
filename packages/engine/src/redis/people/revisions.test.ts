import { reservation } from '../../testing/contract/samples.ts';
import { slotStore } from '../holds/differential.test-support.ts';
import { type ActivePolicies, activePolicies, revisionsOf, tellPolicies } from './revisions.ts';
import type { Slot } from '../script.ts';
import { type SlotLab, slotLab } from '../slot.test-support.ts';

const NOON = 1_767_614_400_000;
const by = { author: 'ada', note: '' };

let lab: SlotLab;
beforeAll(async () => {
  lab = await slotLab();
});
afterAll(() => lab.close());

async function withSets(count: number, told: ActivePolicies[] = []) {
  const root = await lab.slot(() => NOON);
  const revisions = revisionsOf(root, (policies) => Promise.resolve(void told.push(policies)));
  for (let number = 1; number <= count; number++)
    await revisions.saveRevision({ hash: `policies-${number}`, documents: '[]', ...by });
  return { root, revisions };
}

async function asks(slot: Slot, id: string, policies: string): Promise<string> {
  return (await slotStore(slot).reserve(reservation(id, { policies }))).kind;
}

test('numbers activations by the time at least, and tells each that changed something once it is written', async () => {
  const told: ActivePolicies[] = [];
  const { root, revisions } = await withSets(2, told);
  const before = await activePolicies(root);

  for (const number of [1, 1, 2, 3]) await revisions.activateRevision({ number, ...by });
  await revisions.activateRevision({ number: 1, expected: 1, ...by });

  expect(before).toEqual({ hash: undefined, activations: 0 });
  expect(told).toEqual([
    { hash: 'policies-1', activations: NOON },
    { hash: 'policies-2', activations: NOON + 1 },
  ]);
  expect(await activePolicies(root)).toEqual(told[1]);
});

test('lets another slot judge by the latest activation, in whichever order it is told', async () => {
  const told: ActivePolicies[] = [];
  const { revisions } = await withSets(3, told);
  for (const number of [1, 2, 1, 3]) await revisions.activateRevision({ number, ...by });
  const others = await Promise.all([lab.slot(() => NOON), lab.slot(() => NOON)]);

  for (const policies of told) await tellPolicies(others[0], policies);
  for (const policies of [...told, ...told].toReversed()) await tellPolicies(others[1], policies);

  for (const slot of others) {
    expect(await activePolicies(slot)).toEqual({ hash: 'policies-3', activations: NOON + 3 });
    expect(await asks(slot, 'c1', 'policies-1')).toBe('stale-policies');
    expect(await asks(slot, 'c1', 'policies-3')).toBe('reserved');
  }
});

test('tells nobody of policies that were never activated', async () => {
  const slot = await lab.slot(() => NOON);

  await tellPolicies(slot, { hash: undefined, activations: 0 });

  expect(await activePolicies(slot)).toEqual({ hash: undefined, activations: 0 });
  expect(await asks(slot, 'c1', 'whatever')).toBe('reserved');
});

test('writes no gap and no set twice while many save and activate at once', async () => {
  const { root } = await withSets(0);
  const stores = Array.from({ length: 4 }, () => slotStore(root));

  await Promise.all(
    stores.flatMap((store, index) =>
      Array.from({ length: 12 }, async (_, step) => {
        const { number } = await store.saveRevision({
          hash: `set ${(index + step) % 9}`,
          documents: '[]',
          ...by,
        });
        await store.activateRevision({ number, ...by });
      }),
    ),
  );

  const [store] = stores;
  const entries = (await store?.entries({ afterSeq: 0, limit: 1_000 })) ?? [];
  const activated = entries.filter(({ type }) => type === 'policies.activated').map(({ facts }) => facts);
  expect((await store?.revisions(100))?.map(({ number }) => number)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
  expect(activated.slice(1).map(({ previous }) => previous)).toEqual(
    activated.slice(0, -1).map(({ revision }) => revision),
  );
  expect((await activePolicies(root)).activations).toBeGreaterThanOrEqual(activated.length);
});

test('an activation after the data was lost is later than every one before', async () => {
  const { root } = await withSets(2);
  const before = await activePolicies(root);
  const emptied = await lab.slot(() => NOON + 1);
  const store = slotStore(emptied);
  const { number } = await store.saveRevision({ hash: 'anew', documents: '[]', ...by });

  await store.activateRevision({ number, ...by });

  expect((await activePolicies(emptied)).activations).toBeGreaterThan(before.activations);
});
