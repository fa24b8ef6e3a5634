import { run } from '@openai/agents';
import { OutcomeUnknownError } from '@torii/engine';
import type { ToolDecision } from './index.ts';
import { lab, type Lab } from '@torii/sandbox/lab';
import { agentThatCalls, call, type Execute, outputsOf, type PayOptions, ways } from './sdk.test-support.ts';

const policy = {
  tools: { allow: ['pay'] },
  budgets: [{ scope: 'agent', window: 'lifetime', limit: '1.00 USD' } as const],
};

let at: Lab;
let paid: string[] = [];
beforeEach(async () => {
  at = await lab(policy);
  paid = [];
});
afterEach(() => at.torii.close());

const pay: Execute = ({ cents, note }) => {
  paid.push(`${cents} ${note}`);
  return `paid ${cents}`;
};

describe.each(['guardOptions', 'toriiTool', 'guard'] as const)('a tool guarded by `%s`', (way) => {
  const talk = (steps: Parameters<typeof call>[], more: PayOptions = {}, execute: Execute = pay) =>
    run(
      agentThatCalls(
        [ways[way](at, execute, more)],
        steps.map((step) => call(...step)),
      ),
      'pay',
      {
        context: { token: at.token },
      },
    );

  test('runs, costs its price, and is read by the model', async () => {
    const result = await talk([['c1', 'pay', { cents: 30, note: 'tea' }]]);

    expect([outputsOf(result), result.finalOutput, paid]).toEqual([{ c1: 'paid 30' }, 'done', ['30 tea']]);
    expect(await at.spent()).toEqual({ spent: 300_000n, held: 0n });
  });

  test('costs what its output says', async () => {
    await talk([['c1', 'pay', { cents: 30 }]], { charged: (output) => `0.0${String(output).length} USD` });

    expect(await at.spent()).toEqual({ spent: 70_000n, held: 0n });
  });

  test.each`
    why                  | input             | more                                    | code
    ${'over the budget'} | ${{ cents: 101 }} | ${{}}                                   | ${'BUDGET_EXCEEDED'}
    ${'of another tool'} | ${{ cents: 1 }}   | ${{ tool: 'trade' }}                    | ${'TOOL_NOT_ALLOWED'}
    ${'of nobody'}       | ${{ cents: 1 }}   | ${{ identify: () => undefined }}        | ${'IDENTITY_MISSING'}
    ${'of a forger'}     | ${{ cents: 1 }}   | ${{ identify: 'forged' }}               | ${'IDENTITY_INVALID'}
    ${'without a price'} | ${{ cents: 1 }}   | ${{ price: () => undefined }}           | ${'PRICE_UNKNOWN'}
    ${'whose price throws'} | ${{ cents: 1 }} | ${{
      price: () => {
        throw new Error();
      },
    }} | ${'PRICE_UNKNOWN'}
    ${'to no payee'}     | ${{ cents: 1 }}   | ${{ payee: () => ({ recipient: '' }) }} | ${'CALL_INVALID'}
  `('$why does not run, the model reads $code, and the run goes on', async ({ input, more, code }) => {
    const result = await talk([['c1', 'pay', input]], more as PayOptions);

    expect(outputsOf(result)).toEqual({
      c1: expect.stringContaining(`\`${(more as PayOptions).tool ?? 'pay'}\` did not run. ${code}`),
    });
    expect([result.finalOutput, paid]).toEqual(['done', []]);
  });

  test('is denied what a model writes about who it is', async () => {
    const result = await run(
      agentThatCalls([ways[way](at, pay)], [call('c1', 'pay', { cents: 1, note: '', token: at.token })]),
      at.token,
    );

    expect(outputsOf(result)).toEqual({ c1: expect.stringContaining('IDENTITY_MISSING') });
  });

  test('shares one budget between parallel calls', async () => {
    const result = await talk([1, 2, 3, 4, 5].map((n) => [`c${n}`, 'pay', { cents: 30 }]));

    const denied = Object.values(outputsOf(result)).filter((text) =>
      String(text).includes('BUDGET_EXCEEDED'),
    );
    expect([paid.length, denied.length]).toEqual([3, 2]);
    expect(await at.spent()).toEqual({ spent: 900_000n, held: 0n });
  });

  test('answers with `onDenied`, and is silent when that fails', async () => {
    const onDenied = (answer: { kind: string }): string => `no: ${answer.kind}`;
    const fails = (): never => {
      throw new Error('mistake');
    };

    expect(outputsOf(await talk([['c1', 'pay', { cents: 101 }]], { onDenied }))).toEqual({
      c1: 'no: denied',
    });
    expect(paid).toEqual([]);
    expect((await talk([['c2', 'pay', { cents: 101 }]], { onDenied: fails })).finalOutput).toBe('done');
  });

  test('tells of each end, and survives a listener that throws', async () => {
    const told: unknown[] = [];
    const onDecision = ({ tool, toolCallId, outcome }: ToolDecision): void => {
      told.push([tool, toolCallId, outcome.kind]);
      throw new Error('log is full');
    };

    await talk([['c1', 'pay', { cents: 30 }]], { onDecision });
    await talk([['c2', 'pay', { cents: 101 }]], { onDecision });

    expect(told).toEqual([
      ['pay', 'c1', 'done'],
      ['pay', 'c2', 'denied'],
    ]);
  });

  test('fails closed without an engine, and the run goes on', async () => {
    const down = await lab(policy);
    await down.torii.close();

    const result = await run(
      agentThatCalls([ways[way](down, pay)], [call('c1', 'pay', { cents: 1 })]),
      'pay',
      {
        context: { token: down.token },
      },
    );

    expect([outputsOf(result), result.finalOutput, paid]).toEqual([
      { c1: expect.stringContaining('STORE_UNAVAILABLE') },
      'done',
      [],
    ]);
  });

  test('works in a streamed run', async () => {
    const agent = agentThatCalls(
      [ways[way](at, pay)],
      [call('c1', 'pay', { cents: 30 }), call('c2', 'pay', { cents: 101 })],
    );

    const result = await run(agent, 'pay', { context: { token: at.token }, stream: true });
    for await (const _ of result);

    expect(outputsOf(result)).toEqual({ c1: 'paid 30', c2: expect.stringContaining('BUDGET_EXCEEDED') });
    expect(await at.spent()).toEqual({ spent: 300_000n, held: 0n });
  });

  test('is left as it is by `skip`', async () => {
    const result = await talk([['c1', 'pay', { cents: 9_999 }]], { skip: true });

    expect([outputsOf(result), await at.spent()]).toEqual([{ c1: 'paid 9999' }, { spent: 0n, held: 0n }]);
  });

  test.each`
    more                         | read
    ${{ skip: () => true }}      | ${'paid 9999'}
    ${{ skip: () => false }}     | ${'BUDGET_EXCEEDED'}
    ${{ mode: 'shadow' }}        | ${'paid 9999'}
    ${{ mode: () => 'shadow' }}  | ${'paid 9999'}
    ${{ mode: () => 'enforce' }} | ${'BUDGET_EXCEEDED'}
  `('may be skipped or in shadow for a run: $more reads $read', async ({ more, read }) => {
    const result = await talk([['c1', 'pay', { cents: 9_999 }]], more as PayOptions);

    expect(outputsOf(result)).toEqual({ c1: expect.stringContaining(read as string) });
    expect(await at.spent()).toEqual({ spent: 0n, held: 0n });
  });

  test('is asked about by the call id of the model: a repeated id does not pay twice', async () => {
    const again = call('c1', 'pay', { cents: 30 });
    const first = await run(agentThatCalls([ways[way](at, pay)], [again]), 'pay', {
      context: { token: at.token },
    });
    const second = await run(agentThatCalls([ways[way](at, pay)], [again]), 'pay', {
      context: { token: at.token },
    });

    expect([outputsOf(first), outputsOf(second)]).toEqual([
      { c1: 'paid 30' },
      { c1: expect.stringContaining('CALL_ENDED') },
    ]);
    expect(paid.length).toBe(1);
  });
});

describe('a tool that fails', () => {
  const fails =
    (error: Error): Execute =>
    () => {
      throw error;
    };
  const talk = (way: 'guardOptions' | 'guard', error: Error, more: PayOptions = {}) =>
    run(agentThatCalls([ways[way](at, fails(error), more)], [call('c1', 'pay', { cents: 30 })]), 'pay', {
      context: { token: at.token },
    });

  test.each`
    way               | error                              | spent       | held
    ${'guardOptions'} | ${new Error('no stock')}           | ${0n}       | ${0n}
    ${'guardOptions'} | ${new OutcomeUnknownError('lost')} | ${0n}       | ${300_000n}
    ${'guard'}        | ${new Error('no stock')}           | ${300_000n} | ${0n}
  `(
    'by `$error` is told as without Torii; by `$way` it has spent $spent and holds $held',
    async ({ way, error, spent, held }) => {
      const result = await talk(way as 'guard', error as Error);

      expect(outputsOf(result)).toEqual({
        c1: 'An error occurred while running the tool. Please try again.',
      });
      expect(await at.spent()).toEqual({ spent, held });
    },
  );

  test('may cost nothing by what `charged` reads', async () => {
    const charged = (output: unknown): string =>
      String(output).startsWith('An error') ? '0.00 USD' : '0.30 USD';

    await talk('guard', new Error('no stock'), { charged });

    expect(await at.spent()).toEqual({ spent: 0n, held: 0n });
  });
});
