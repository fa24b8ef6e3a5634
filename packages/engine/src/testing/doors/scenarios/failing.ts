import assert from 'node:assert/strict';
import { OutcomeUnknownError } from '../../../nouns/errors.ts';
import type { OpenDoor, Told } from '../door-under-test.ts';
import { assertDenied, assertRan, pay, textOf } from '../reading.ts';
import type { World } from '../world.ts';
import { scenario } from './scenario.ts';

const MINUTE_MS = 60_000;

/** What a shop may say of itself when it fails. */
class ShopError extends Error {
  override readonly name = 'ShopError';
  readonly code = 'E_SHOP';
}

/** Everything that tools throw. */
const thrown: readonly unknown[] = [
  new Error('the shop is closed'),
  new TypeError('`cents` is no number'),
  new ShopError('the shop burns', { cause: new Error('fire') }),
  'a text',
  { status: 418 },
];

/** Tools that fail, calls that are tried again, and a store that is down. */
export const failing = {
  'errors of tools': scenario(
    'what a tool throws is told as the framework tells it of an unguarded tool',
    async (world) => {
      const plain = await world.openDoor([{ ...world.tool('pay'), guards: [] }]);
      for (const index of thrown.keys()) {
        const [guarded, unguarded] = [await told(world.door, world, index), await told(plain, world, index)];
        assert.deepEqual(guarded, unguarded);
      }
      return { runs: 2 * thrown.length };
    },
    {
      execute: async ({ input }) => {
        throw thrown[Number(input['index'])];
      },
      policy: { budgets: [{ scope: 'agent', window: 'lifetime', limit: '10.00 USD' }] },
    },
  ),

  'output of tools': scenario('what a tool answers is told as of an unguarded tool', async (world) => {
    const plain = await world.openDoor([{ ...world.tool('pay'), guards: [] }]);
    assert.deepEqual(await told(world.door, world, 0), await told(plain, world, 0));
    return { runs: 2, spent: 30, held: 0 };
  }),

  'retry inside': scenario(
    'a tool that tries again by itself is one call, and charged once',
    async (world) => {
      assertRan(await world.read('c1'), 'paid 30 at the third try');
      return { runs: 1, spent: 30, held: 0 };
    },
    {
      execute: async () => {
        for (const shop of ['closed', 'closed', 'open'])
          if (shop === 'open') return 'paid 30 at the third try';
        return 'no shop is open';
      },
    },
  ),

  'retry outside': scenario(
    'a call that failed may be tried again under its id, and is charged once it succeeds',
    async (world) => {
      await world.read('c1', 80);
      await world.read('c1', 80);
      assertRan(await world.read('c1', 80), 'paid at run 3');
      assertDenied(await world.read('c1', 80), 'CALL_ENDED');
      return { runs: 3, spent: 80, held: 0 };
    },
    {
      execute: async (_run, { runs }) => {
        if (runs < 3) throw new Error('the shop is closed');
        return `paid at run ${runs}`;
      },
    },
  ),

  'retry of what nobody knows': scenario(
    'a call of which nobody knows what it did is not tried again under its id',
    async (world) => {
      await world.read('c1');
      const again = await world.read('c1');
      assert.ok(!again.includes('paid'), `expected no output of the tool, got: ${again}`);
      return { runs: 1, spent: 0, held: 30 };
    },
    {
      execute: async (_run, { runs }) => {
        if (runs === 1) throw new OutcomeUnknownError('the answer was lost');
        return 'paid 30';
      },
    },
  ),

  'store down': scenario(
    'while the store is down calls are denied and the run goes on, and afterwards they run',
    async (world) => {
      world.store.breakDown(true);
      const texts = (await world.run([pay('c1'), pay('c2')])).map(textOf);
      for (const text of texts) assertDenied(text, 'STORE_UNAVAILABLE');
      world.store.breakDown(false);
      assertRan(await world.read('c3'), 'paid 30');
      return { runs: 1, spent: 30, held: 0 };
    },
  ),

  'store down while the tool runs': scenario(
    'a store that goes down while the tool runs takes nothing from its output, and is told of its end later',
    async (world) => {
      assertRan(await world.read('c1'), 'paid 30');
      world.store.breakDown(false);
      await world.clock.advance(10 * MINUTE_MS);
      return { runs: 1, spent: 30, held: 0 };
    },
    {
      execute: async (_run, world) => {
        world.store.breakDown(true);
        return 'paid 30';
      },
    },
  ),

  'engine closed': scenario('a closed engine denies, and the run goes on', async (world) => {
    await world.closeEngine();
    assertDenied(await world.read('c1'), 'STORE_UNAVAILABLE');
    return { runs: 0, spent: 0, held: 0 };
  }),
};

/** What one call was told, or why its run ended. */
async function told(door: OpenDoor, world: World, index: number): Promise<readonly Told[] | string> {
  const run = { calls: [pay(`c${index}`, 30, { index })], credential: await world.token() };
  try {
    return await door.run(run);
  } catch (error) {
    return String(error);
  }
}
