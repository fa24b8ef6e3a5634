import assert from 'node:assert/strict';
import { OutcomeUnknownError } from '../../../nouns/errors.ts';
import type { ToolRun, ToolUnderTest } from '../door-under-test.ts';
import { pay } from '../reading.ts';
import type { World, WorldSetting } from '../world.ts';
import { type Scenario, scenario } from './scenario.ts';

/** A tool that says three times what it has spent so far. */
const threeTimes: NonNullable<ToolUnderTest['stream']> = async function* () {
  for (const cents of ['10', '20', '30']) yield `paid ${cents}\n`;
};

const setting: WorldSetting = {
  stream: threeTimes,
  guard: { charged: (output) => `0.${output.trim().slice(-2)} USD` },
};

type StreamName = 'stream' | 'stream denied' | 'stream of unknown outcome' | 'stream abandoned';

/** Tools whose output comes in parts. */
export const streaming: Readonly<Record<StreamName, Scenario>> = {
  stream: scenario(
    'a tool that yields is charged at its end, by the last of what it yielded',
    async (world) => {
      const texts = await readAll(world, 80);
      assert.match(texts.join(''), /paid 10[^]*paid 20[^]*paid 30/);
      return { runs: 1, spent: 30, held: 0 };
    },
    setting,
  ),

  'stream denied': scenario(
    'nothing is yielded before Torii says yes, and only the refusal where it says no',
    async (world) => {
      const texts = await readAll(world, 101);
      assert.match(texts.join(''), /BUDGET_EXCEEDED/);
      assert.doesNotMatch(texts.join(''), /paid/);
      return { runs: 0, spent: 0, held: 0 };
    },
    setting,
  ),

  'stream of unknown outcome': scenario(
    'a tool that cannot say what it did after it has yielded keeps its money held',
    async (world) => {
      // What has been read cannot be unsaid, so some frameworks break off.
      const texts = await readAll(world, 80).catch(() => []);
      assert.doesNotMatch(texts.join(''), /paid 20/);
      return { runs: 1, gone: 80 };
    },
    { ...setting, stream: half },
  ),

  'stream abandoned': scenario(
    'a tool that nobody listens to any more costs its price, or stays held where that is not known',
    async (world) => {
      for await (const text of await listen(world, 80)) if (text.includes('paid 10')) break;
      await world.door.left?.();
      return { runs: 1, gone: 80 };
    },
    { ...setting, stream: endless },
  ),
};

async function* half(): AsyncGenerator<string, void, undefined> {
  yield 'paid 10\n';
  throw new OutcomeUnknownError('the rest was lost');
}

/** Goes on for long enough that nobody can have missed that its reader left, and stops when it is told to. */
async function* endless({ signal }: ToolRun): AsyncGenerator<string, void, undefined> {
  for (let turn = 0; turn < 5_000; turn++) {
    yield 'paid 10\n';
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  }
}

async function readAll(world: World, cents: number): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const text of await listen(world, cents)) texts.push(text);
  return texts;
}

async function listen(world: World, cents: number): Promise<AsyncIterable<string>> {
  const run = { calls: [pay('c1', cents)], credential: await world.token() };
  return world.door.stream?.(run) ?? assert.fail('the door has no `stream`');
}
