import assert from 'node:assert/strict';
import { OutcomeUnknownError } from '../../../nouns/errors.ts';
import { assertDenied, assertRan, pay, textOf } from '../reading.ts';
import { scenario } from './scenario.ts';

/** What becomes of the money of calls that run. */
export const running = {
  allow: scenario('a call that policy allows runs once, and costs its price', async (world) => {
    assertRan(await world.read('c1'), 'paid 30');
    return { runs: 1, spent: 30, held: 0 };
  }),

  'price from arguments': scenario('what a call costs is computed from its arguments', async (world) => {
    assertRan(await world.read('c1', 12), 'paid 12');
    assertDenied(await world.read('c2', 89), 'BUDGET_EXCEEDED');
    assertRan(await world.read('c3', 88), 'paid 88');
    return { runs: 2, spent: 100, held: 0 };
  }),

  'cost from the result': scenario(
    'what a call really cost is taken from its result, and the rest returns',
    async (world) => {
      assertRan(await world.read('c1', 80), 'paid 30');
      assertRan(await world.read('c2', 70), 'paid 30');
      return { runs: 2, spent: 60, held: 0 };
    },
    { guard: { charged: (output) => `0.${output.slice(-2)} USD` }, execute: async () => 'paid 30' },
  ),

  'failure returns the money': scenario(
    'a tool that throws costs nothing',
    async (world) => {
      await world.read('c1', 80);
      await world.read('c2', 80);
      return { runs: 2, spent: 0, held: 0 };
    },
    { execute: () => Promise.reject(new Error('the shop is closed')) },
  ),

  'unknown outcome': scenario(
    'a tool that cannot say what it did keeps its money held',
    async (world) => {
      await world.read('c1', 80);
      assertDenied(await world.read('c2', 80), 'BUDGET_EXCEEDED');
      return { runs: 1, spent: 0, held: 80 };
    },
    { execute: () => Promise.reject(new OutcomeUnknownError('the answer was lost')) },
  ),

  parallel: scenario(
    'of calls at once as many run as the budget has room for, and no more',
    async (world) => {
      const calls = (from: number) => [0, 1, 2, 3, 4].map((index) => pay(`c${from + index}`));
      const both = await Promise.all([world.run(calls(0)), world.run(calls(5))]);
      const texts = both.flat().map(textOf);
      assert.equal(texts.filter((text) => text.includes('paid 30')).length, 3);
      assert.equal(texts.filter((text) => text.includes('BUDGET_EXCEEDED')).length, 7);
      return { runs: 3, spent: 90, held: 0 };
    },
  ),
};
