import assert from 'node:assert/strict';
import { assertRan, pay } from '../reading.ts';
import { signal, until } from '../turns.ts';
import type { Words, World } from '../world.ts';
import { dearAsksAnn as policy, scenario } from './scenario.ts';

const MINUTE_MS = 60_000;

/** Runs that are aborted and clients that hang up, at each point of a call. */
export const leaving = {
  'left before the start': scenario('who left before asking runs nothing', async (world) => {
    const { signal: left } = aborted();
    await ended(world.run([pay('c1')], { signal: left }));
    return { runs: 0, spent: 0, held: 0 };
  }),

  'left while Torii decides': scenario(
    'who leaves while Torii decides runs nothing, and the money returns',
    async (world) => {
      const decided = signal();
      const asked = world.store.holdUp(decided.given);
      const caller = new AbortController();
      const run = quietly(world.run([pay('c1')], { signal: caller.signal }));
      await asked;
      await leave(world, caller);
      decided.give();
      await ended(run);
      return { runs: 0, spent: 0, held: 0 };
    },
  ),

  'left while a person thinks': scenario(
    'who leaves while a person thinks waits no longer, and the question stays open',
    async (world) => {
      const caller = new AbortController();
      const run = quietly(world.run([pay('c1', 90)], { signal: caller.signal }));
      await until(async () => (await world.ann.pending()).length === 1);
      await leave(world, caller);
      await ended(run);
      assert.equal((await world.ann.pending()).length, 1);
      return { runs: 0, spent: 0, held: 90 };
    },
    { policy, guard: { approval: 'result', waitMs: 30 * MINUTE_MS } },
  ),

  'left while the tool runs': scenario(
    'who leaves while the tool runs gets nothing for free',
    async (world) => {
      const caller = new AbortController();
      const run = quietly(world.run([pay('c1')], { signal: caller.signal }));
      await world.started.given;
      await leave(world, caller);
      world.ending.give();
      await ended(run);
      return { runs: 1, gone: 30 };
    },
    {
      execute: async ({ signal: left }, world) => {
        await world.ending.given;
        left?.throwIfAborted();
        return 'paid 30';
      },
    },
  ),

  'left after the end': scenario('who leaves once the tool is over changes nothing', async (world) => {
    const caller = new AbortController();
    const words: Words = { signal: caller.signal };
    assertRan(await world.read('c1', 30, words), 'paid 30');
    caller.abort();
    return { runs: 1, spent: 30, held: 0 };
  }),
};

function aborted(): AbortController {
  const controller = new AbortController();
  controller.abort();
  return controller;
}

async function leave({ door }: World, caller: AbortController): Promise<void> {
  caller.abort();
  await door.left?.();
}

/** Nobody looks at how it ends before it was left. */
function quietly(run: Promise<unknown>): Promise<unknown> {
  return run.catch(() => undefined);
}

/** A run that is aborted may reject, or tell what it knows: here only the books count. But it has to end. */
async function ended(run: Promise<unknown>): Promise<void> {
  let over = false;
  const end = (): void => void (over = true);
  run.then(end, end);
  await until(() => over);
}
