import { Agent, type FunctionTool, run, type Tool, tool } from '@openai/agents';
import * as z from 'zod';
import { guard, guardOptions, type ToolDecision } from './index.ts';
import { lab, type Lab, tokenOf } from '@torii/sandbox/lab';
import { agentThatCalls, call, modelThatCalls, outputsOf, tokenIn } from './sdk.test-support.ts';

const policy = {
  tools: { allow: ['pay', 'other'] },
  budgets: [{ scope: 'agent', window: 'lifetime', limit: '1.00 USD' } as const],
};
const description = 'Pays';
const parameters = z.object({});

let at: Lab;
let told: string[] = [];
beforeEach(async () => {
  at = await lab(policy);
  told = [];
});
afterEach(() => at.torii.close());

const options = () => ({
  torii: at.torii,
  identify: tokenIn,
  tool: 'pay',
  price: '0.30 USD',
  onDecision: ({ outcome }: ToolDecision) => void told.push(outcome.kind),
});
const talk = (tools: readonly Tool[], ...calls: string[]) =>
  run(
    agentThatCalls(
      tools,
      calls.map((name, index) => call(`c${index}`, name)),
    ),
    'go',
    { context: { token: at.token } },
  );

/** What the promise is rejected with, as text. */
const failureOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'nothing',
    (error: unknown) => String(error),
  );

/** Resolves once Torii has told of an end. */
async function untilTold(): Promise<void> {
  while (told.length === 0) await new Promise((resolve) => setImmediate(resolve));
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

const never = (): Promise<string> => new Promise(() => undefined);
const throws = (): never => {
  throw new Error('no stock');
};

describe('a tool without an output', () => {
  test.each`
    way               | outcome         | held
    ${'guardOptions'} | ${'failed'}     | ${0n}
    ${'guard'}        | ${'unresolved'} | ${300_000n}
  `(
    'that throws into the run fails it as without Torii, and is $outcome by `$way`',
    async ({ way, outcome, held }) => {
      const plain = { name: 'pay', description, parameters, execute: throws, errorFunction: null };
      const pay = way === 'guard' ? guard(tool(plain), options()) : tool(guardOptions(plain, options()));

      expect(await failureOf(talk([pay], 'pay'))).toBe(await failureOf(talk([tool(plain)], 'pay')));
      await untilTold();

      expect(told).toEqual([outcome]);
      expect(await at.spent()).toEqual({ spent: 0n, held });
    },
  );

  test.each`
    way               | timeoutBehavior
    ${'guardOptions'} | ${'error_as_result'}
    ${'guard'}        | ${'error_as_result'}
    ${'guard'}        | ${'raise_exception'}
  `(
    'that runs out of time is unresolved by `$way` with `$timeoutBehavior`',
    async ({ way, timeoutBehavior }) => {
      const late = (_: unknown, __: unknown, details?: { signal?: AbortSignal }): Promise<string> =>
        new Promise((_resolve, reject) => {
          details?.signal?.addEventListener('abort', () => reject(new Error('stopped')));
        });
      const plain = {
        name: 'pay',
        description,
        parameters,
        execute: late,
        // Long enough for Torii to decide: a tool that runs out of time before it starts did nothing.
        timeoutMs: 250,
        timeoutBehavior: timeoutBehavior as never,
      };
      const pay = way === 'guard' ? guard(tool(plain), options()) : tool(guardOptions(plain, options()));
      const read = (tools: readonly Tool[]): Promise<unknown> => talk(tools, 'pay').then(outputsOf, String);

      expect(await read([pay])).toEqual(await read([tool(plain)]));
      await untilTold();

      expect(told).toEqual(['unresolved']);
      expect(await at.spent()).toEqual({ spent: 0n, held: 300_000n });
    },
  );

  /** Starts something, and ends only when it is told to stop. */
  const stoppable =
    (started: () => void) =>
    (_: unknown, __: unknown, details?: { signal?: AbortSignal }): Promise<string> =>
      new Promise((_resolve, reject) => {
        details?.signal?.addEventListener('abort', () => reject(details.signal?.reason as Error));
        started();
      });

  test('that is given up because another failed is unresolved', async () => {
    const starting = deferred();
    const execute = stoppable(starting.resolve);
    const pay = guard(tool({ name: 'pay', description, parameters, execute }), options());
    const fails = (): Promise<never> => starting.promise.then(throws);
    const other = tool({ name: 'other', description, parameters, execute: fails, errorFunction: null });

    expect(await failureOf(talk([pay, other], 'pay', 'other'))).toContain('no stock');
    await untilTold();

    expect(told).toEqual(['unresolved']);
  });

  test.each(['guardOptions', 'guard'] as const)(
    'that is aborted while it runs is unresolved (%s)',
    async (way) => {
      const leaving = new AbortController();
      const execute = stoppable(() => leaving.abort(new Error('the user left')));
      const plain = { name: 'pay', description, parameters, execute };
      const pay = way === 'guard' ? guard(tool(plain), options()) : tool(guardOptions(plain, options()));
      const agent = agentThatCalls([pay], [call('c1', 'pay')]);

      await failureOf(run(agent, 'go', { context: { token: at.token }, signal: leaving.signal }));
      await untilTold();

      expect(told).toEqual(['unresolved']);
    },
  );
});

describe('guardrails of the tool itself', () => {
  const guardrail = (behavior: object) => ({
    name: 'own',
    run: async () => ({ behavior: behavior as never }),
  });
  const allow = guardrail({ type: 'allow' });
  const reject = guardrail({ type: 'rejectContent', message: 'too long' });
  const trip = guardrail({ type: 'throwException' });

  test.each`
    inputGuardrails | outputGuardrails | read          | spent
    ${[allow]}      | ${[allow]}       | ${'paid'}     | ${300_000n}
    ${[reject]}     | ${[]}            | ${'too long'} | ${0n}
    ${[]}           | ${[reject]}      | ${'too long'} | ${300_000n}
  `(
    'come before Torii where they reject, and after it where they read: $read',
    async ({ inputGuardrails, outputGuardrails, read, spent }) => {
      const pay = tool({
        name: 'pay',
        description,
        parameters,
        execute: () => 'paid',
        inputGuardrails: inputGuardrails as (typeof allow)[],
        outputGuardrails: outputGuardrails as (typeof allow)[],
      });

      expect(outputsOf(await talk([guard(pay, options())], 'pay'))).toEqual({ c0: read });
      expect(await at.spent()).toEqual({ spent, held: 0n });
    },
  );

  test('may end the run, and what ran is paid', async () => {
    const plain = { name: 'pay', description, parameters, execute: () => 'paid' };

    await failureOf(talk([guard(tool({ ...plain, inputGuardrails: [trip] }), options())], 'pay'));
    expect(await at.spent()).toEqual({ spent: 0n, held: 0n });

    await failureOf(talk([guard(tool({ ...plain, outputGuardrails: [trip] }), options())], 'pay'));
    expect(await at.spent()).toEqual({ spent: 300_000n, held: 0n });
  });
});

describe('a tool with an output schema', () => {
  const outputSchema = z.object({ receipt: z.string() });
  const execute = () => ({ receipt: 'r1' });
  const errorFunction = (_: unknown, error: unknown) => ({
    receipt: `none: ${error instanceof Error ? error.message : ''}`,
  });
  const plain = { name: 'pay', description, parameters, outputSchema, execute };
  const dear = { price: '9.00 USD' };

  test.each`
    way               | guarded
    ${'guardOptions'} | ${() => guardOptions(plain, options())}
    ${'guard'}        | ${() => guard(tool(plain), options())}
  `('and nobody who answers in it is refused by `$way`', ({ guarded }) => {
    expect(guarded).toThrow(
      '`pay` has an `outputSchema`, and a refusal would not match it; expected `onDenied`',
    );
  });

  test.each`
    way               | guarded
    ${'guardOptions'} | ${() => tool(guardOptions({ ...plain, errorFunction }, { ...options(), ...dear }))}
    ${'guard'}        | ${() => guard(tool({ ...plain, errorFunction }), { ...options(), ...dear })}
  `('answers a denial with its own `errorFunction` ($way)', async ({ guarded }) => {
    const result = await talk([(guarded as () => FunctionTool)()], 'pay');

    expect(outputsOf(result)).toEqual({
      c0: expect.stringContaining('{"receipt":"none: `pay` did not run. BUDGET_EXCEEDED'),
    });
  });

  test.each`
    way               | guarded
    ${'guardOptions'} | ${(more: object) => tool(guardOptions(plain, { ...options(), ...more }))}
    ${'guard'}        | ${(more: object) => guard(tool(plain), { ...options(), ...more })}
  `('answers a denial with `onDenied`, and runs otherwise ($way)', async ({ guarded }) => {
    const onDenied = () => ({ receipt: 'denied' });
    const make = guarded as (more: object) => FunctionTool;

    expect(outputsOf(await talk([make({ onDenied, ...dear })], 'pay'))).toEqual({
      c0: '{"receipt":"denied"}',
    });
    const allowed = agentThatCalls([make({ onDenied, charged: () => '0.10 USD' })], [call('c1', 'pay')]);
    const result = await run(allowed, 'go', { context: { token: at.token } });
    expect(outputsOf(result)).toEqual({ c1: '{"receipt":"r1"}' });
    expect(await at.spent()).toEqual({ spent: 100_000n, held: 0n });
  });

  test('keeps its own `errorFunction` for what is not of Torii', async () => {
    const pay = guard(tool({ ...plain, errorFunction }), { ...options(), approval: 'result' });

    const result = await run(agentThatCalls([pay], [call('c1', 'pay', '{"broken')]), 'go', {
      context: { token: at.token },
    });

    expect(outputsOf(result)).toEqual({ c1: expect.stringContaining('{"receipt":"none: ') });
  });
});

test('a run that is aborted before it begins asks nobody', async () => {
  const pay = tool(guardOptions({ name: 'pay', description, parameters, execute: never }, options()));
  const agent = agentThatCalls([pay], [call('c1', 'pay')]);

  await failureOf(
    run(agent, 'go', { context: { token: at.token }, signal: AbortSignal.abort(new Error('left')) }),
  );

  expect(await at.spent()).toEqual({ spent: 0n, held: 0n });
});

test('an agent as a tool costs its price, also where a tool of that agent is called under the same id', async () => {
  const finding = tool({ name: 'find', description, parameters, execute: () => 'found' });
  const find = guard(finding, { ...options(), tool: 'other', identify: await tokenOf('helper') });
  const helper = new Agent({
    name: 'helper',
    model: modelThatCalls([call('call_0', 'find')]),
    tools: [find],
  });
  const ask = guard(helper.asTool({ toolName: 'ask', toolDescription: description }), options());

  const result = await run(agentThatCalls([ask], [call('call_0', 'ask', { input: 'go' })]), 'go', {
    context: { token: at.token },
  });

  expect([outputsOf(result), told]).toEqual([{ call_0: 'done' }, ['done', 'done']]);
  expect(await at.spent()).toEqual({ spent: 300_000n, held: 0n });
});
