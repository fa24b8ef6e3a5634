import { type Denial, OutcomeUnknownError, type Waiting } from '@torii/engine';
import * as z from 'zod';
import { guard, guardTools, type ToolDecision, ToriiDeniedError } from './index.ts';
import { type Lab, lab, tokenOf } from '@torii/sandbox/lab';
import { call, sdks } from './sdk.test-support.ts';

const dollar = { scope: 'agent', window: 'lifetime', limit: '1.00 USD' } as const;
const policy = { tools: { allow: ['pay', 'search', 'delegate'] }, budgets: [dollar] };
const inputSchema = z.object({ cents: z.number().default(10) });

/** The options of most tests; the price is the number of cents that the model asks for. */
function paying({ torii, token }: Lab) {
  return { torii, tool: 'pay', identify: () => token, price: ({ cents }: { cents: number }) => usd(cents) };
}

function usd(cents: number): string {
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')} USD`;
}

describe.each(sdks)('AI SDK $version', (sdk) => {
  const { tool } = sdk;

  test('an allowed call runs, and costs its price, which comes from the arguments', async () => {
    const lab1 = await lab(policy);
    const pay = guard(tool({ inputSchema, execute: ({ cents }) => `paid ${cents}` }), paying(lab1));
    const { model, shown } = sdk.model([call('c1', 'pay', { cents: 25 })]);

    const { text } = await sdk.generate({ model, prompt: 'pay', tools: { pay } });

    expect(text).toBe('done');
    expect(shown()).toContain('paid 25');
    expect(await lab1.spent()).toEqual({ spent: 250_000n, held: 0n });
  });

  test('what the result says it cost is charged, and the rest returns', async () => {
    const lab1 = await lab(policy);
    const pay = guard(tool({ inputSchema, execute: () => ({ fee: '0.07 USD' }) }), {
      ...paying(lab1),
      charged: ({ fee }) => fee,
    });

    await sdk.generate({ ...sdk.model([call('c1', 'pay', { cents: 50 })]), prompt: 'pay', tools: { pay } });

    expect(await lab1.spent()).toEqual({ spent: 70_000n, held: 0n });
  });

  test('a denied call does not run, and the model reads the code and the reason', async () => {
    const lab1 = await lab(policy);
    let runs = 0;
    const execute = () => `paid ${++runs}`;
    const pay = guard(tool({ inputSchema, execute }), paying(lab1));
    const { model, shown } = sdk.model([call('c1', 'pay', { cents: 101 })]);

    const { text } = await sdk.generate({ model, prompt: 'pay', tools: { pay } });

    expect(text).toBe('done');
    expect(runs).toBe(0);
    expect(shown()).toContain('error-text');
    expect(shown()).toContain('`pay` did not run. BUDGET_EXCEEDED: this call may cost 1.01 USD;');
    expect(shown()).toContain(
      '1.00 USD left of 1.00 USD; do not repeat this call as it is: one of at most 1.00 USD may pass',
    );
  });

  test('the error of a denied call carries the whole denial', async () => {
    const lab1 = await lab({ tools: { deny: ['pay'] } });
    const pay = guard(tool({ inputSchema, execute: () => 'paid' }), paying(lab1));

    const { steps } = await sdk.generate({
      ...sdk.model([call('c1', 'pay')]),
      prompt: 'pay',
      tools: { pay },
    });
    const error = steps[0]?.content.find(({ type }) => type === 'tool-error')?.error;

    expect(ToriiDeniedError.is(error)).toBe(true);
    expect(error).toMatchObject({
      name: 'ToriiDeniedError',
      denial: { kind: 'denied', code: 'TOOL_DENIED' },
    });
  });

  test('a denial that waiting helps says when', async () => {
    const lab1 = await lab({ ...policy, rates: [{ scope: 'agent', limit: 1, per: 'minute' }] });
    const pay = guard(tool({ inputSchema, execute: () => 'paid' }), paying(lab1));
    const { model, shown } = sdk.model([call('c1', 'pay')], [call('c2', 'pay')]);

    await sdk.generate({ model, prompt: 'pay', tools: { pay } });

    expect(shown()).toMatch(
      /RATE_EXCEEDED: 1 of 1 calls per minute are used; an equal call may pass in \d+ s, as a new call/,
    );
  });

  test('`onDenied` answers in the place of the tool, and the error is gone', async () => {
    const lab1 = await lab(policy);
    const told: (Denial | Waiting)[] = [];
    const pay = guard(tool({ inputSchema, execute: () => ({ paid: 'yes' }) }), {
      ...paying(lab1),
      onDenied: (answer, message) => {
        told.push(answer);
        return { paid: `no: ${message}` };
      },
    });
    const { model, shown } = sdk.model([call('c1', 'pay', { cents: 500 })]);

    await sdk.generate({ model, prompt: 'pay', tools: { pay } });

    expect(told).toMatchObject([{ kind: 'denied', code: 'BUDGET_EXCEEDED' }]);
    expect(shown()).toContain('no: `pay` did not run. BUDGET_EXCEEDED');
    expect(shown()).not.toContain('error-text');
  });

  test('a tool that fails returns the money, and the SDK tells its error as ever', async () => {
    const lab1 = await lab(policy);
    const broken = new RangeError('the shop is closed');
    const unguarded = tool({ inputSchema, execute: (): Promise<string> => Promise.reject(broken) });
    const run = async (pay: typeof unguarded) => {
      const { model, shown } = sdk.model([call('c1', 'pay')]);
      const { steps } = await sdk.generate({ model, prompt: 'pay', tools: { pay } });
      return { shown: shown(), error: steps[0]?.content.find(({ type }) => type === 'tool-error')?.error };
    };

    const [before, after] = [await run(unguarded), await run(guard(unguarded, paying(lab1)))];

    expect(after).toEqual(before);
    expect(after.error).toBe(broken);
    expect(await lab1.spent()).toEqual({ spent: 0n, held: 0n });
  });

  test('a tool that does not know whether it paid keeps the money held', async () => {
    const lab1 = await lab(policy);
    const lost = new OutcomeUnknownError('no reply from the bank');
    const pay = guard(
      tool({ inputSchema, execute: (): Promise<string> => Promise.reject(lost) }),
      paying(lab1),
    );
    const { model, shown } = sdk.model([call('c1', 'pay')]);

    await sdk.generate({ model, prompt: 'pay', tools: { pay } });

    expect(shown()).toContain('no reply from the bank');
    expect(await lab1.spent()).toEqual({ spent: 0n, held: 100_000n });
    expect(await lab1.torii.calls.unresolved()).toHaveLength(1);
  });

  test('ten calls in one step never spend more than the budget', async () => {
    const lab1 = await lab(policy);
    let paid = 0;
    const pay = guard(tool({ inputSchema, execute: ({ cents }) => (paid += cents) }), paying(lab1));
    const calls = Array.from({ length: 10 }, (_, index) => call(`c${index}`, 'pay', { cents: 30 }));
    const { model, shown } = sdk.model(calls);

    await sdk.generate({ model, prompt: 'pay', tools: { pay } });

    expect(paid).toBe(90);
    expect(shown().split('BUDGET_EXCEEDED')).toHaveLength(8);
    expect(await lab1.spent()).toEqual({ spent: 900_000n, held: 0n });
  });

  test('a streaming tool keeps streaming, and costs what its last value says', async () => {
    const lab1 = await lab(policy);
    async function* execute() {
      yield { text: 'one', cost: '0.01 USD' };
      yield { text: 'two', cost: '0.02 USD' };
    }
    const pay = guard(tool({ inputSchema, execute }), { ...paying(lab1), charged: ({ cost }) => cost });

    const parts = await sdk.stream({ ...sdk.model([call('c1', 'pay')]), prompt: 'pay', tools: { pay } });
    const results = parts.filter(({ type }) => type === 'tool-result');

    expect(
      results.map(({ preliminary, output }) => [preliminary, (output as { text: string }).text]),
    ).toEqual([
      [true, 'one'],
      [true, 'two'],
      [undefined, 'two'],
    ]);
    expect(await lab1.spent()).toEqual({ spent: 20_000n, held: 0n });
  });

  test('a streaming tool that is denied yields nothing and does not start', async () => {
    const lab1 = await lab(policy);
    let started = false;
    async function* execute() {
      started = true;
      yield 'paid';
    }
    const pay = guard(tool({ inputSchema, execute }), paying(lab1));

    const parts = await sdk.stream({
      ...sdk.model([call('c1', 'pay', { cents: 101 })]),
      prompt: 'pay',
      tools: { pay },
    });

    expect(parts.filter(({ type }) => type.startsWith('tool-')).map(({ type }) => type)).toContain(
      'tool-error',
    );
    expect(parts.some(({ type }) => type === 'tool-result')).toBe(false);
    expect(started).toBe(false);
  });

  test('the identity is the one of the run, whatever the model writes into its arguments', async () => {
    const lab1 = await lab(policy);
    const schema = z.looseObject({ token: z.string(), agent: z.string() });
    const decisions: ToolDecision[] = [];
    const pay = guard(tool({ inputSchema: schema, execute: () => 'paid' }), {
      ...paying(lab1),
      price: '0.10 USD',
      onDecision: (decision) => void decisions.push(decision),
    });
    const forged = { token: await tokenOf('boss'), agent: 'boss', credential: await tokenOf('boss') };

    await sdk.generate({ ...sdk.model([call('c1', 'pay', forged)]), prompt: 'pay', tools: { pay } });
    const callId = decisions[0]?.outcome.callId ?? '';

    expect(await lab1.torii.calls.get(callId)).toMatchObject({ agent: 'bot', owner: 'ann', session: 's1' });
    expect(await lab1.spent()).toEqual({ spent: 100_000n, held: 0n });
  });

  test('the context of the run can carry the identity to tools that are guarded once', async () => {
    const lab1 = await lab(policy);
    const identify = (context: unknown) => (context as { token?: string } | undefined)?.token;
    const pay = guard(tool({ inputSchema, execute: () => 'paid' }), { ...paying(lab1), identify });
    const context = { token: lab1.token };
    const run = async (more: object) => {
      const { model, shown } = sdk.model([call('c1', 'pay')]);
      await sdk.generate({ model, prompt: 'pay', tools: { pay }, ...more });
      return shown();
    };

    expect(await run({ experimental_context: context, toolsContext: { pay: context } })).toContain('paid');
    expect(await run({})).toContain('IDENTITY_MISSING');
  });

  test('an engine that is down denies the call, and the run goes on', async () => {
    const lab1 = await lab(policy);
    let runs = 0;
    const execute = () => `paid ${++runs}`;
    const pay = guard(tool({ inputSchema, execute }), paying(lab1));
    const { model, shown } = sdk.model([call('c1', 'pay')]);
    await lab1.torii.close();

    const { text } = await sdk.generate({ model, prompt: 'pay', tools: { pay } });

    expect(text).toBe('done');
    expect(shown()).toContain('STORE_UNAVAILABLE');
    expect(runs).toBe(0);
  });

  test('an agent runs guarded tools, and so does the agent that one of its tools is', async () => {
    const lab1 = await lab(policy);
    const pay = guard(tool({ inputSchema, execute: ({ cents }) => `paid ${cents}` }), paying(lab1));
    const inner = sdk.agent({ ...sdk.model([call('c2', 'pay', { cents: 30 })], 'bought'), tools: { pay } });
    const delegate = guard(
      tool({ inputSchema, execute: async () => (await inner.generate({ prompt: 'buy' })).text }),
      { ...paying(lab1), tool: 'delegate' },
    );
    const { model, shown } = sdk.model([call('c1', 'delegate', { cents: 20 })]);

    const { text } = await sdk.agent({ model, tools: { delegate } }).generate({ prompt: 'go' });

    expect(text).toBe('done');
    expect(shown()).toContain('bought');
    expect(await lab1.spent()).toEqual({ spent: 500_000n, held: 0n });
  });

  test('a set of tools is guarded under the names of its server', async () => {
    const lab1 = await lab({ tools: { allow: ['shop/pay'] }, budgets: [dollar] });
    const tools = guardTools(
      {
        pay: tool({ inputSchema, execute: () => 'paid' }),
        search: tool({ inputSchema, execute: () => 'found' }),
      },
      {
        torii: lab1.torii,
        identify: () => lab1.token,
        server: 'shop',
        price: { pay: ({ cents }) => usd(cents), search: '0.01 USD' },
      },
    );
    const { model, shown } = sdk.model([call('c1', 'pay'), call('c2', 'search')]);

    await sdk.generate({ model, prompt: 'pay', tools });

    expect(shown()).toContain('paid');
    expect(shown()).toContain('TOOL_NOT_ALLOWED: policy `rules` does not allow `shop/search`');
    expect(await lab1.spent()).toEqual({ spent: 100_000n, held: 0n });
  });
});
