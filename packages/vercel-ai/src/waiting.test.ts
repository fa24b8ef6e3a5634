import { guard, ToriiDeniedError } from './index.ts';
import { type Lab, lab } from '@torii/sandbox/lab';

const policy = {
  tools: { allow: ['pay'] },
  budgets: [{ scope: 'agent', window: 'lifetime', limit: '1.00 USD' } as const],
  approvals: [{ when: 'always' as const, approvers: ['ann'], expiresIn: '1h' }],
};

let at: Lab;
let runs = 0;
beforeEach(async () => {
  at = await lab(policy);
  runs = 0;
});
afterEach(() => at.torii.close());

/** The tool under each way to run it, that waits for people. */
const kinds = {
  plain: () => {
    const execute = (_: unknown, __: object): number => (runs += 1);
    return guard({ inputSchema: {}, execute }, options()).execute;
  },
  streaming: () => {
    async function* execute(_: unknown, __: object): AsyncGenerator<number, void, undefined> {
      yield (runs += 1);
    }
    const tool = guard({ inputSchema: {}, execute }, options());
    return async (input: unknown, given: object) => {
      let last: number | undefined;
      for await (const value of tool.execute(input, given)) last = value;
      return last;
    };
  },
};

function options(): { torii: Lab['torii']; identify: string; tool: string; price: string; waitMs: number } {
  return { torii: at.torii, identify: at.token, tool: 'pay', price: '0.10 USD', waitMs: 60_000 };
}

/** Resolves once somebody is asked. */
async function untilAsked(): Promise<void> {
  while ((await at.approvals()).length === 0) await new Promise((resolve) => setImmediate(resolve));
}

describe.each(['plain', 'streaming'] as const)('a %s tool that waits for people', (kind) => {
  test('runs once they approve', async () => {
    const answer = kinds[kind]()({}, { toolCallId: 'c1' });
    await untilAsked();

    await at.vote('approve');

    expect([await answer, runs]).toEqual([1, 1]);
  });

  test('tells the model once they deny', async () => {
    const answer = Promise.resolve(kinds[kind]()({}, { toolCallId: 'c1' }));
    const denied = answer.catch((error: unknown) => error);
    await untilAsked();

    await at.vote('deny');

    expect([ToriiDeniedError.is(await denied), runs]).toEqual([true, 0]);
  });

  test('is not waited for once the run is aborted, and the call goes on waiting', async () => {
    const run = new AbortController();
    const answer = Promise.resolve(kinds[kind]()({}, { toolCallId: 'c1', abortSignal: run.signal }));
    const ended = answer.catch((error: unknown) => error);
    await untilAsked();

    run.abort();

    expect([ToriiDeniedError.is(await ended), runs, (await at.approvals()).length]).toEqual([true, 0, 1]);
    expect(await at.spent()).toEqual({ spent: 0n, held: 100_000n });
  });
});

test.each([[-1], [0.5], [86_400_001], ['1000'], [Number.NaN]])('`waitMs` of %p is refused', (waitMs) => {
  const execute = (): number => 1;

  expect(() => guard({ inputSchema: {}, execute }, { ...options(), waitMs: waitMs as number })).toThrow(
    'options.waitMs',
  );
});
