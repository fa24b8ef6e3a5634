import { type GuardedTool, type Runner, runTool, streamTool, type ToolCall } from '../../doors/index.ts';
import type { Waiting } from '../../nouns/outcome.ts';
import type { Denial } from '../../nouns/denial.ts';
import { doorContract } from './door-contract.ts';
import type { CallUnderTest } from './door-under-test.ts';
import { type Parts, sampleDoor } from './sample-door.test-support.ts';
import type { ScenarioName } from './scenarios/scenarios.ts';

/** A door with a bug, and the scenario that is meant to find it. */
interface Planted {
  readonly name: string;
  readonly caughtBy: ScenarioName;
  readonly parts: () => Partial<Parts>;
}

/** Runs a tool with something else in place of what it executes. */
function executing(
  change: (execute: () => Promise<unknown>, call: ToolCall) => Promise<unknown>,
): Partial<Parts> {
  return {
    run: (guarded, call, runner) =>
      runTool(guarded, call, { ...runner, execute: () => change(async () => runner.execute(), call) }),
  };
}

const planted: readonly Planted[] = [
  {
    name: 'runs before it asks',
    caughtBy: 'budget',
    parts: () => ({
      run: async (guarded, call, runner) => {
        const output = await runner.execute();
        return runTool(guarded, call, { ...runner, execute: () => output });
      },
    }),
  },
  {
    name: 'looks at the budget, and runs what fits by itself',
    caughtBy: 'parallel',
    parts: () => ({
      run: async (guarded, call, runner) => {
        const status = await guarded.options.torii.agents.status(String(call.context));
        const [budget] = status.kind === 'status' ? status.budgets : [];
        return budget !== undefined && budget.left >= 300_000n
          ? runner.execute()
          : runTool(guarded, call, runner);
      },
    }),
  },
  {
    name: 'charges the price whatever the result says',
    caughtBy: 'cost from the result',
    parts: () => ({ run: (guarded, call, runner) => runTool(without(guarded, 'charged'), call, runner) }),
  },
  {
    name: 'believes the token in the arguments',
    caughtBy: 'identity',
    parts: () => ({
      tokenOf: ({ input }, { credential }) =>
        typeof input['token'] === 'string' ? input['token'] : credential,
    }),
  },
  {
    name: 'returns the money of what nobody knows',
    caughtBy: 'unknown outcome',
    parts: () =>
      executing(async (execute) =>
        execute().catch((error: unknown) => {
          throw new Error(String(error));
        }),
      ),
  },
  {
    name: 'makes an answer of what a tool throws, and charges it',
    caughtBy: 'failure returns the money',
    parts: () => executing(async (execute) => execute().catch((error: unknown) => `error: ${String(error)}`)),
  },
  {
    name: 'hides what a tool throws',
    caughtBy: 'errors of tools',
    parts: () => ({ run: (...asked) => runTool(...asked).catch(() => 'error: something went wrong') }),
  },
  {
    name: 'trusts the approval of the framework',
    caughtBy: 'forged approval',
    parts: () => ({ believes: () => true }),
  },
  {
    name: 'runs what was approved again',
    caughtBy: 'approval resume',
    parts: () => renamed((id, run) => `${id} ${run}`.replace(' ', '-')),
  },
  {
    name: 'charges a repeated call again',
    caughtBy: 'call ended',
    parts: () => renamed((id, run) => `${id}-${run}`),
  },
  {
    name: 'gives a call that failed up for good',
    caughtBy: 'retry outside',
    parts: () => {
      const failed = new Set<unknown>();
      return {
        run: (guarded, call, runner) =>
          failed.has(call.id)
            ? Promise.reject(new Error('CALL_ENDED'))
            : runTool(guarded, call, runner).catch((error: unknown) => {
                failed.add(call.id);
                throw error;
              }),
      };
    },
  },
  {
    name: 'keeps what is paused to itself',
    caughtBy: 'approval after a restart',
    parts: () => {
      let kept: CallUnderTest | undefined;
      const forget = (): void => (kept = undefined);
      return {
        mark: () => (forget(), {}),
        save: (call) => JSON.stringify((kept = call).id),
        load: () => kept ?? { id: 'lost', tool: 'lost', input: { cents: 0 } },
      };
    },
  },
  {
    name: 'runs although the store is down',
    caughtBy: 'store down',
    parts: () => onDenial('STORE_UNAVAILABLE', (runner) => runner.execute()),
  },
  {
    name: 'ends the run when a call is denied',
    caughtBy: 'store down',
    parts: () =>
      onDenial('STORE_UNAVAILABLE', () => {
        throw new Error('the run is over');
      }),
  },
  {
    name: 'yields before it asks',
    caughtBy: 'stream denied',
    parts: () => ({
      stream: async function* (guarded, call, runner) {
        yield* runner.execute() as AsyncIterable<unknown>;
        yield* streamTool(guarded, call, runner);
      },
    }),
  },
  {
    name: 'charges a stream by its first value',
    caughtBy: 'stream',
    parts: () => ({
      stream: async function* (guarded, call, runner) {
        const values = runner.execute() as AsyncGenerator<unknown>;
        const first = await values.next();
        yield await runTool(guarded, call, { ...runner, execute: () => first.value });
        yield* values;
      },
    }),
  },
  {
    name: 'forgets a stream that nobody listens to',
    caughtBy: 'stream abandoned',
    parts: () => ({
      stream: async function* (_guarded, _call, runner) {
        yield* runner.execute() as AsyncIterable<unknown>;
      },
    }),
  },
  {
    name: 'runs for a caller who left while Torii decided',
    caughtBy: 'left while Torii decides',
    parts: () => ({
      run: (guarded, call, runner) => runTool(guarded, { ...call, signal: undefined }, runner),
    }),
  },
  {
    name: 'gives a call for free to whoever leaves while it runs',
    caughtBy: 'left while the tool runs',
    parts: () => ({
      run: (guarded, { signal, ...call }, runner) =>
        runTool(guarded, call, {
          ...runner,
          execute: async () => {
            const output = await Promise.resolve(runner.execute()).catch(() => 'nothing');
            if (signal?.aborted === true) throw new Error('the caller left');
            return output;
          },
        }),
    }),
  },
  {
    name: 'goes by the policies of another framework',
    caughtBy: 'policy of this framework',
    parts: () => ({ framework: 'elsewhere' }),
  },
  {
    name: 'says no more than no',
    caughtBy: 'advice',
    parts: () => ({
      refuse: (_message: string, answer: Denial | Waiting) =>
        answer.kind === 'denied' ? answer.code : 'later',
    }),
  },
  { name: 'guards what is guarded', caughtBy: 'guarded twice', parts: () => ({ mark: () => ({}) }) },
  { name: 'takes any options', caughtBy: 'wrong options', parts: () => ({ check: () => undefined }) },
];

/** Every run of a call goes by another id. */
function renamed(name: (id: string, run: number) => string): Partial<Parts> {
  let runs = 0;
  return {
    run: (guarded, call, runner) =>
      runTool(guarded, { ...call, id: runs++ === 0 ? call.id : name(call.id ?? '', runs) }, runner),
  };
}

/** Does something else where a call is denied with a code. */
function onDenial(code: string, instead: (runner: Runner) => unknown): Partial<Parts> {
  return {
    run: (guarded, call, runner) =>
      runTool(guarded, call, {
        ...runner,
        refuse: (message, answer) =>
          answer.kind === 'denied' && answer.code === code ? instead(runner) : message,
      }),
    sayError: (error) => {
      throw error;
    },
  };
}

function without(guarded: GuardedTool, option: 'charged'): GuardedTool {
  return { ...guarded, options: { ...guarded.options, [option]: undefined } };
}

describe('a door that does as it has to', () => {
  test.each(doorContract(sampleDoor()))('keeps to it: $title', ({ run }) => run());
});

test.each(planted)('a door that $name is caught by `$caughtBy`', async ({ caughtBy, parts }) => {
  const cases = doorContract(sampleDoor(parts())).filter(({ scenario }) => scenario === caughtBy);

  expect(cases).toHaveLength(1);
  for (const { run } of cases) await expect(run()).rejects.toThrow();
});

test('a limit that is none any more is caught', async () => {
  const limit = { says: 'it cannot', link: 'https://sample.example/limits' };
  const cases = doorContract(sampleDoor({}, { allow: limit })).filter(({ scenario }) => scenario === 'allow');

  for (const { run, title } of cases) {
    expect(title).toContain('; not here: it cannot (https://sample.example/limits)');
    await expect(run()).rejects.toThrow('the limit is stale: `Sample` passes `allow`');
  }
});

test('what a framework cannot do is expected to fail, with its limit', async () => {
  const limit = { says: 'it has no streams', link: 'https://sample.example/limits' };
  const door = sampleDoor({ stream: async function* () {} }, { stream: limit });
  const [one] = doorContract(door).filter(({ scenario }) => scenario === 'stream');

  expect(one?.limit).toEqual(limit);
  await one?.run();
});
