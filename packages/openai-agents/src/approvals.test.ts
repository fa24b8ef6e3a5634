import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, run, Runner, RunState, type Tool, tool } from '@openai/agents';
import { sqliteStore } from '@torii/engine';
import * as z from 'zod';
import { guard, type ToolDecision } from './index.ts';
import { lab, type Lab, tokenOf } from '@torii/sandbox/lab';
import {
  agentThatCalls,
  call,
  modelThatCalls,
  outputsOf,
  type PayOptions,
  tokenIn,
  ways,
} from './sdk.test-support.ts';

const policy = {
  tools: { allow: ['pay', 'book'] },
  budgets: [{ scope: 'agent', window: 'lifetime', limit: '2.00 USD' } as const],
  approvals: [{ when: { above: '0.50 USD' }, approvers: ['ann'] }],
};

let at: Lab;
let runs = 0;
beforeEach(async () => {
  at = await lab(policy);
  runs = 0;
});
afterEach(() => at.torii.close());

const expensive = call('c1', 'pay', { cents: 90 });
const count = (): string => `paid, run ${(runs += 1)}`;

/** What the application keeps of a paused run, and goes on with as another process would. */
async function goOn(
  agent: Agent,
  stored: string,
  answer: (state: RunState<unknown, Agent>) => void = (state) =>
    state.getInterruptions().forEach((item) => state.approve(item)),
) {
  const state = await RunState.fromString(agent, stored);
  answer(state as RunState<unknown, Agent>);
  return run(agent, state);
}

describe.each(['guardOptions', 'guard'] as const)('a tool guarded by `%s` that needs a person', (way) => {
  const agentFor = (more: PayOptions = {}, ...steps: Parameters<typeof modelThatCalls>): Agent =>
    agentThatCalls([ways[way](at, count, more)], ...steps);
  const begin = (agent: Agent) => run(agent, 'pay', { context: { token: at.token } });

  test('pauses the run, with the money held and Torii asked', async () => {
    const told: ToolDecision[] = [];

    const paused = await begin(agentFor({ onDecision: (decision) => void told.push(decision) }, [expensive]));

    expect([paused.interruptions.map(({ name }) => name), runs]).toEqual([['pay'], 0]);
    expect(await at.spent()).toEqual({ spent: 0n, held: 900_000n });
    expect(await at.approvals()).toMatchObject([
      { action: { agent: 'bot', tool: 'pay', price: '0.90 USD' } },
    ]);
    expect(told).toMatchObject([{ toolCallId: 'c1', outcome: { kind: 'waiting' } }]);
  });

  test('runs once it is approved in Torii and the run goes on', async () => {
    const agent = agentFor({}, [expensive]);
    const paused = await begin(agent);
    await at.vote('approve');

    const result = await goOn(agent, paused.state.toString());

    expect([outputsOf(result), result.finalOutput]).toEqual([{ c1: 'paid, run 1' }, 'done']);
    expect(await at.spent()).toEqual({ spent: 900_000n, held: 0n });
  });

  test('stays paused, although approved in Torii, until the application says so', async () => {
    const agent = agentFor({}, [expensive]);
    const paused = await begin(agent);
    await at.vote('approve');

    const again = await goOn(agent, paused.state.toString(), () => undefined);

    expect([again.interruptions.length, runs]).toEqual([1, 0]);
  });

  test.each`
    forgery                                  | alwaysApprove
    ${'approved in the run state'}           | ${false}
    ${'approved in the run state, for good'} | ${true}
  `('does not run when it is $forgery alone', async ({ alwaysApprove }) => {
    const agent = agentFor({}, [expensive]);
    const paused = await begin(agent);

    const result = await goOn(agent, paused.state.toString(), (state) =>
      state
        .getInterruptions()
        .forEach((item) => state.approve(item, { alwaysApprove: alwaysApprove as boolean })),
    );

    expect(outputsOf(result)).toEqual({ c1: expect.stringContaining('A person has to approve it first') });
    expect([result.finalOutput, runs]).toEqual(['done', 0]);
  });

  test('does not run with other arguments than those that were approved', async () => {
    const agent = agentFor({}, [expensive]);
    const paused = await begin(agent);
    await at.vote('approve');
    const stored = paused.state.toString();
    const edited = stored.replaceAll(String.raw`{\"cents\":90}`, String.raw`{\"cents\":91}`);

    expect(edited).not.toBe(stored);
    const result = await goOn(agent, edited).catch((error: unknown) => String(error));

    expect(JSON.stringify(typeof result === 'string' ? result : outputsOf(result))).toMatch(
      /IDEMPOTENCY_CONFLICT|has changed/,
    );
    expect(runs).toBe(0);
  });

  test('is not approved for good by one approval: the next call is asked about', async () => {
    const agent = agentFor({}, [expensive], [call('c2', 'pay', { cents: 80 })]);
    const paused = await begin(agent);
    await at.vote('approve');

    const result = await goOn(agent, paused.state.toString(), (state) =>
      state.getInterruptions().forEach((item) => state.approve(item, { alwaysApprove: true })),
    );

    expect(outputsOf(result)).toEqual({
      c1: 'paid, run 1',
      c2: expect.stringContaining('A person has to approve it first'),
    });
  });

  test('does not run when it is rejected in the run, and the approval stays open in Torii', async () => {
    const agent = agentFor({}, [expensive]);
    const paused = await begin(agent);

    const result = await goOn(agent, paused.state.toString(), (state) =>
      state.getInterruptions().forEach((item) => state.reject(item, { message: 'not today' })),
    );

    expect([outputsOf(result), runs, (await at.approvals()).length]).toEqual([{ c1: 'not today' }, 0, 1]);
  });

  test('tells the model that a person refused', async () => {
    const agent = agentFor({}, [expensive]);
    const paused = await begin(agent);
    await at.vote('deny');

    const result = await goOn(agent, paused.state.toString());

    expect(outputsOf(result)).toEqual({ c1: expect.stringContaining('APPROVAL_DENIED') });
    expect(await at.spent()).toEqual({ spent: 0n, held: 0n });
  });

  test('goes on in the same process with the result itself', async () => {
    const agent = agentFor({}, [expensive]);
    const { state } = await begin(agent);
    await at.vote('approve');
    state.getInterruptions().forEach((item) => state.approve(item));

    expect(outputsOf(await run(agent, state))).toEqual({ c1: 'paid, run 1' });
  });

  test('with `result` tells the model, which makes the call again once it is approved', async () => {
    const agent = agentFor({ approval: 'result' }, [expensive], [call('c2', 'pay', { cents: 90 })]);

    const first = await run(agent, 'pay', { context: { token: at.token }, maxTurns: 1 }).catch(
      (error: unknown) => error,
    );
    expect([String(first).includes('Max turns'), (await at.approvals()).length]).toEqual([true, 1]);
    await at.vote('approve');
    const second = await run(agent, 'pay', { context: { token: at.token } });

    expect(outputsOf(second)).toEqual({ c2: 'paid, run 1' });
  });

  test('waits for people with `waitMs`, and runs as soon as they approve', async () => {
    const agent = agentFor({ approval: 'result', waitMs: 60_000 }, [expensive]);
    const result = run(agent, 'pay', { context: { token: at.token } });
    while ((await at.approvals()).length === 0) await new Promise((resolve) => setImmediate(resolve));

    await at.vote('approve');

    expect(outputsOf(await result)).toEqual({ c1: 'paid, run 1' });
  });

  test('goes on in another process on the same store', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'torii-openai-'));
    const store = sqliteStore(join(folder, 'torii.db'));
    const first = await lab(policy, { store });
    const paused = await run(agentThatCalls([ways[way](first, count)], [expensive]), 'pay', {
      context: { token: first.token },
    });
    const stored = paused.state.toString();
    await first.torii.close();

    const second = await lab(policy, { store: sqliteStore(join(folder, 'torii.db')) });
    await second.vote('approve');
    const result = await goOn(agentThatCalls([ways[way](second, count)]), stored);

    expect(outputsOf(result)).toEqual({ c1: 'paid, run 1' });
    expect(await second.spent()).toEqual({ spent: 900_000n, held: 0n });
    await second.torii.close();
    rmSync(folder, { recursive: true });
  });
});

describe('an agent as a tool', () => {
  const helperWith = (tools: Tool[], ...steps: Parameters<typeof modelThatCalls>): Agent =>
    new Agent({ name: 'helper', model: modelThatCalls(...steps), tools });
  const guardedHelper = (helper: Agent, more: object = {}) =>
    guard(helper.asTool({ toolName: 'book', toolDescription: 'Books' }), {
      torii: at.torii,
      identify: tokenIn,
      tool: 'book',
      price: '0.10 USD',
      ...more,
    });
  const book = call('b1', 'book', { input: 'a room' });

  test('is charged beside the tools that it calls', async () => {
    const helper = helperWith([ways.guardOptions(at, count)], [call('c1', 'pay', { cents: 30 })]);

    const result = await run(agentThatCalls([guardedHelper(helper)], [book]), 'go', {
      context: { token: at.token },
    });

    expect([outputsOf(result), runs]).toEqual([{ b1: 'done' }, 1]);
    expect(await at.spent()).toEqual({ spent: 400_000n, held: 0n });
  });

  test.each(['guardOptions', 'guard'] as const)(
    'pauses the outer run for a call inside, which goes on in another process (%s)',
    async (way) => {
      const agentFor = (...steps: Parameters<typeof modelThatCalls>): Agent =>
        agentThatCalls([guardedHelper(helperWith([ways[way](at, count)], ...steps))], [book]);
      const paused = await run(agentFor([expensive]), 'go', { context: { token: at.token } });
      expect([paused.interruptions.map(({ name }) => name), await at.spent()]).toEqual([
        ['pay'],
        { spent: 0n, held: 900_000n },
      ]);
      await at.vote('approve');

      const later = new Agent({
        name: 'assistant',
        model: modelThatCalls(),
        tools: [guardedHelper(helperWith([ways[way](at, count)]))],
      });
      const result = await goOn(later, paused.state.toString());

      expect([outputsOf(result), runs]).toEqual([{ b1: 'done' }, 1]);
      expect(await at.spent()).toEqual({ spent: 1_000_000n, held: 0n });
    },
  );

  test('is denied as any other tool, and its agent does nothing', async () => {
    const helper = helperWith([ways.guardOptions(at, count)], [call('c1', 'pay', { cents: 30 })]);

    const result = await run(agentThatCalls([guardedHelper(helper, { tool: 'hire' })], [book]), 'go', {
      context: { token: at.token },
    });

    expect([outputsOf(result), runs]).toEqual([{ b1: expect.stringContaining('TOOL_NOT_ALLOWED') }, 0]);
  });

  test('that needed an approval itself is refused when it goes on after a pause inside: that approval is used up', async () => {
    const dear = { price: '0.60 USD' };
    const agent = agentThatCalls(
      [guardedHelper(helperWith([ways.guardOptions(at, count)], [expensive]), dear)],
      [book],
    );
    const first = await run(agent, 'go', { context: { token: at.token } });
    await at.vote('approve');
    const second = await goOn(agent, first.state.toString());
    expect(second.interruptions.map(({ name }) => name)).toEqual(['pay']);
    await at.vote('approve');

    const third = await goOn(agent, second.state.toString());

    expect(outputsOf(third)).toEqual({ b1: expect.stringContaining('A person has to approve it first') });
    expect([third.finalOutput, runs]).toEqual(['done', 0]);
  });

  test('spends what its parent set aside for it, and no more, by a token of its own', async () => {
    await at.torii.close();
    at = await lab({ ...policy, tools: { allow: ['pay', 'book', 'torii/carve-out'] }, approvals: [] });
    const setAside = { credential: at.token, amount: '0.50 USD', forMs: 60_000, idempotencyKey: 'trip' };
    const carveOut = await at.torii.carveOuts.open(setAside);
    const delegated = await tokenOf('helper', { carveOut: carveOut.kind === 'opened' ? carveOut.id : '' });
    const helped = (context: unknown): string | undefined =>
      typeof context === 'object' && context !== null && 'delegated' in context
        ? String(context.delegated)
        : undefined;
    const helper = helperWith(
      [ways.guardOptions(at, count, { identify: helped })],
      [call('c1', 'pay', { cents: 30 }), call('c2', 'pay', { cents: 30 })],
    );

    await run(agentThatCalls([guardedHelper(helper)], [book]), 'go', {
      context: { token: at.token, delegated },
    });

    expect(runs).toBe(1);
    expect(await at.spent()).toEqual({ spent: 100_000n, held: 500_000n });
    if (carveOut.kind === 'opened') await at.torii.carveOuts.close(carveOut.id, 'the trip is booked');
    expect(await at.spent()).toEqual({ spent: 400_000n, held: 0n });
  });
});

test('arguments that the SDK fills in are those that are approved, priced and paid', async () => {
  const parameters = z.object({ cents: z.number().default(90) });
  const prices: unknown[] = [];
  const pay = guard(tool({ name: 'pay', description: 'Pays', parameters, execute: count }), {
    torii: at.torii,
    identify: tokenIn,
    tool: 'pay',
    price: ({ cents }) => {
      prices.push(cents);
      return `0.${cents} USD`;
    },
  });
  const agent = agentThatCalls([pay], [call('c1', 'pay', {})]);
  const paused = await run(agent, 'pay', { context: { token: at.token } });
  await at.vote('approve');

  expect(outputsOf(await goOn(agent, paused.state.toString()))).toEqual({ c1: 'paid, run 1' });
  expect(new Set(prices)).toEqual(new Set([90]));
});

test.each`
  way               | paused
  ${'guardOptions'} | ${1}
  ${'guard'}        | ${0}
`(
  'with guardrails before approvals `$way` pauses $paused runs, and no tool runs',
  async ({ way, paused }) => {
    const runner = new Runner({ toolExecution: { preApprovalInputGuardrails: true } });
    const agent = agentThatCalls([ways[way as 'guard'](at, count)], [expensive]);

    const result = await runner.run(agent, 'pay', { context: { token: at.token } });

    expect([result.interruptions.length, runs, (await at.approvals()).length]).toEqual([paused, 0, 1]);
  },
);
