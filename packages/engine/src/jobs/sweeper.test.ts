import type { Store } from '../nouns/store.ts';
import { memoryStore } from '../stores/memory/memory-store.ts';
import { type FakeClock, fakeClock } from '../testing/fake-clock.ts';
import { startSweeper } from './sweeper.ts';

interface Sweeping {
  readonly clock: FakeClock;
  readonly swept: Store[];
  readonly looked: Store[];
  readonly errors: string[];
  readonly close: () => Promise<void>;
}

function sweeping(stores: readonly Store[]): Sweeping {
  const clock = fakeClock();
  const [swept, looked, errors]: [Store[], Store[], string[]] = [[], [], []];
  const sweeper = startSweeper({
    stores: async () => stores,
    settleIdle: async (store) => void looked.push(store),
    clock,
    onError: ({ message }) => void errors.push(message),
    swept: (store) => void swept.push(store),
  });
  return { clock, swept, looked, errors, close: () => sweeper.close() };
}

async function storeWhere(expire: Store['expire']): Promise<Store> {
  return { ...(await memoryStore().open({ clock: fakeClock() })), expire };
}

test('a store that fails is told of every time, and holds up no other', async () => {
  const broken = await storeWhere(() => Promise.reject(new Error('gone')));
  const well = await storeWhere(async () => 1);
  const other = await storeWhere(() => Promise.reject(new Error('gone too')));
  const one = sweeping([broken, other, well]);

  await one.clock.advance(3_000);
  await one.close();

  expect(one.errors).toEqual(Array(3).fill(['gone', 'gone too']).flat());
  expect(one.swept).toEqual([well, well, well]);
});

test('nobody is told of a sweep that ended nothing, and carve-outs are looked at now and then', async () => {
  const idle = await storeWhere(async () => 0);
  const one = sweeping([idle]);

  await one.clock.advance(10_000);
  await one.close();
  await one.clock.advance(10_000);

  expect(one.swept).toEqual([]);
  expect(one.looked).toEqual([idle, idle]);
});
