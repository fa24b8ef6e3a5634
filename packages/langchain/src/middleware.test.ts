import { Command } from '@langchain/langgraph';
import {
  createMiddleware,
  DynamicTool,
  tool,
  toolErrorMiddleware,
  ToolMessage,
  toolRetryMiddleware,
} from 'langchain';
import * as z from 'zod';
import {
  agentOf,
  approve,
  call,
  type Ended,
  review,
  type Setup,
  toolMessages,
} from './graph.test-support.ts';
import { guard, type MiddlewareOptions, type RunContext, toriiMiddleware } from './index.ts';
import { careful, lab, type Lab } from '@torii/sandbox/lab';

let at: Lab;
let runs: unknown[];
beforeEach(async () => {
  at = await lab(careful);
  runs = [];
});
afterEach(() => at.torii.close());

const schema = z.object({ query: z.string(), pages: z.number().default(1) });
type Search = z.output<typeof schema>;

function searchTool(run: (input: Search) => unknown = ({ query }) => `found ${query}`) {
  return tool(
    (input: Search) => {
      runs.push(input);
      return run(input);
    },
    { name: 'search', description: 'Searches', schema },
  );
}

const torii = (changes: Partial<MiddlewareOptions> = {}) =>
  toriiMiddleware({ ...at.common, price: { search: '0.10 USD' }, ...changes });

const steps = [[call('c1', 'search', { query: 'x' })]];

function run(changes: Partial<MiddlewareOptions> = {}, setup: Partial<Setup> = {}): Promise<Ended> {
  return agentOf({ tools: [searchTool()], steps, middleware: [torii(changes)], ...setup }).start();
}

describe('a tool of the agent', () => {
  test('runs and is charged', async () => {
    const ended = await run();

    expect(toolMessages(ended)).toEqual([{ status: 'success', content: 'found x' }]);
    expect(await at.spent()).toEqual({ spent: 100_000n, held: 0n });
    expect(at.told).toMatchObject([{ tool: 'search', toolCallId: 'c1', outcome: { kind: 'done' } }]);
  });

  test.each`
    changes                            | code
    ${{ price: {} }}                   | ${'PRICE_UNKNOWN'}
    ${{ price: { find: '0.10 USD' } }} | ${'PRICE_UNKNOWN'}
    ${{ price: '1.10 USD' }}           | ${'BUDGET_EXCEEDED'}
    ${{ identify: () => undefined }}   | ${'IDENTITY_MISSING'}
  `('is denied with $code for $changes, and the run goes on', async ({ changes, code }) => {
    const ended = await run(changes);

    expect(toolMessages(ended)).toEqual([{ status: 'error', content: expect.stringContaining(code) }]);
    expect(ended.messages.at(-1)?.content).toBe('done');
    expect(runs).toEqual([]);
    expect(at.kinds()).toEqual([code]);
  });

  test('is priced by the arguments that it will get', async () => {
    const asked: unknown[] = [];
    const price = (input: Search) => {
      asked.push(input);
      return `0.${input.pages}0 USD`;
    };

    await run({ price: { search: price }, payee: { search: ({ query }: Search) => ({ recipient: query }) } });

    expect(new Set(asked.map((input) => JSON.stringify(input)))).toEqual(
      new Set(['{"query":"x","pages":1}']),
    );
    expect(await at.spent()).toMatchObject({ spent: 100_000n });
  });

  test('that takes a text is judged by that text', async () => {
    const asked: unknown[] = [];
    const price = (input: string) => {
      asked.push(input);
      return '0.10 USD';
    };
    const echo = new DynamicTool({ name: 'echo', description: 'd', func: async (text) => `said ${text}` });
    const setup = { tools: [echo], steps: [[call('c1', 'echo', { input: 'hi' })]] };

    expect(toolMessages(await run({ price: { echo: price } }, setup))).toEqual([
      { status: 'success', content: 'said hi' },
    ]);
    expect(new Set(asked)).toEqual(new Set(['hi']));
  });

  test('is charged by what it gave the run', async () => {
    const priced = tool(async () => ['found', { fee: '0.03 USD' }], {
      name: 'search',
      description: 'd',
      schema,
      responseFormat: 'content_and_artifact',
    });
    const charged = (output: ToolMessage | Command) =>
      ToolMessage.isInstance(output) ? (output.artifact as { fee: string }).fee : '0.10 USD';

    await run({ charged: { search: charged } }, { tools: [priced] });

    expect(await at.spent()).toEqual({ spent: 30_000n, held: 0n });
  });

  test('that answers with a command is charged, and the command is carried out', async () => {
    const update = {
      messages: [new ToolMessage({ content: 'mine', tool_call_id: 'c1', status: 'success' })],
    };
    const tools = [searchTool(() => new Command({ update }))];

    const ended = await run({}, { tools });

    expect(toolMessages(ended)).toEqual([{ status: 'success', content: 'mine' }]);
    expect(await at.spent()).toMatchObject({ spent: 100_000n });
  });

  test('that is skipped runs unseen', async () => {
    expect(toolMessages(await run({ price: {}, skip: ['search'] }))).toMatchObject([{ content: 'found x' }]);
    expect(at.told).toEqual([]);
  });

  test('that is guarded by itself is asked about once', async () => {
    const tools = [guard(searchTool(), { ...at.common, tool: 'web/search', price: '0.20 USD' })];

    expect(toolMessages(await run({}, { tools }))).toMatchObject([{ content: 'found x' }]);
    expect(at.told.map(({ tool: name }) => name)).toEqual(['web/search']);
    expect(await at.spent()).toEqual({ spent: 200_000n, held: 0n });
  });

  test('that another middleware brings along is guarded', async () => {
    const late = searchTool();
    const bringing = createMiddleware({
      name: 'Late',
      wrapToolCall: (request, handler) => handler({ ...request, tool: late }),
    });
    const middleware = [torii({ price: { search: '2.00 USD' } }), bringing];

    expect(toolMessages(await run({}, { tools: [], middleware }))).toEqual([
      { status: 'error', content: expect.stringContaining('BUDGET_EXCEEDED') },
    ]);
    expect(runs).toEqual([]);
  });

  test('that nobody has is refused by LangChain, and costs nothing', async () => {
    const ended = await run({ price: '0.10 USD' }, { steps: [[call('c1', 'find')]] });

    expect(toolMessages(ended)).toEqual([
      { status: 'error', content: 'Error: find is not a valid tool, try one of [search].' },
    ]);
    expect(await at.spent()).toEqual({ spent: 0n, held: 0n });
  });

  test('named like a property of every object has no price by that', async () => {
    const ended = await run({}, { steps: [[call('c1', 'constructor')]] });

    expect(toolMessages(ended)).toEqual([
      { status: 'error', content: expect.stringContaining('PRICE_UNKNOWN') },
    ]);
  });

  test.each`
    instead                                                                    | message
    ${'not today'}                                                             | ${{ status: 'success', content: 'not today' }}
    ${{ hits: [] }}                                                            | ${{ status: 'success', content: '{"hits":[]}' }}
    ${new ToolMessage({ content: 'no', tool_call_id: 'c1', status: 'error' })} | ${{ status: 'error', content: 'no' }}
  `('is stood in for by $message', async ({ instead, message }) => {
    const ended = await run({ price: '2.00 USD', onDenied: { search: () => instead } });

    expect(toolMessages(ended)).toEqual([message]);
  });

  test('runs beside others, each on its own account', async () => {
    const both = [[call('c1', 'search', { query: 'x' }), call('c2', 'search', { query: 'y' })]];

    const ended = await run({ price: '0.60 USD', approval: 'result' }, { steps: both });

    expect(toolMessages(ended).map(({ status }) => status)).toEqual(['error', 'error']);
  });
});

describe('a call in shadow', () => {
  test.each`
    mode                                                                                | status
    ${'shadow'}                                                                         | ${'success'}
    ${({ context }: RunContext<{ user: string }>) => context.user === 'u1' && 'shadow'} | ${'success'}
    ${({ context }: RunContext<{ user: string }>) => context.user === 'u2' && 'shadow'} | ${'error'}
  `('runs, denied or not, and pauses nobody: $status', async ({ mode, status }) => {
    const ended = await run({ price: '2.00 USD', mode }, { config: { context: { user: 'u1' } } });

    expect(toolMessages(ended)).toMatchObject([{ status }]);
    expect(ended.interrupts).toEqual([]);
  });
});

describe('whose call it is', () => {
  const identify = ({ context, configurable }: RunContext<{ token?: string } | undefined>) =>
    context?.token ?? (configurable['token'] as string | undefined);

  test.each`
    where             | config
    ${'context'}      | ${(token: string) => ({ context: { token } })}
    ${'configurable'} | ${(token: string) => ({ configurable: { token } })}
  `('is said by the $where of the run', async ({ config }) => {
    const ended = await run({ identify }, { config: config(at.token) });

    expect(toolMessages(ended)).toMatchObject([{ status: 'success' }]);
  });

  test('is never said by arguments', async () => {
    const seen: unknown[] = [];
    const listening = (given: RunContext<never>) => {
      seen.push(given);
      return undefined;
    };
    const asking = [[call('c1', 'search', { query: 'x', token: at.token })]];

    const ended = await run({ identify: listening }, { steps: asking });

    expect(toolMessages(ended)).toMatchObject([{ content: expect.stringContaining('IDENTITY_MISSING') }]);
    expect(JSON.stringify(seen)).not.toContain(at.token);
    expect(JSON.stringify(seen)).not.toContain('__');
  });
});

describe('when a tool fails', () => {
  const failing = (times = Infinity) => {
    let tries = 0;
    return searchTool(() => {
      if (++tries <= times) throw new TypeError('no network');
      return 'found';
    });
  };

  test.each([
    ['throws', [[call('c1', 'search', { query: 'x' })]]],
    ['is given arguments that do not fit', [[call('c1', 'search', { query: 7 })]]],
  ])('and %s, the model reads what it reads without Torii, and it costs nothing', async (_case, asking) => {
    const plain = await agentOf({ tools: [failing()], steps: asking }).start();

    const ended = await run({}, { tools: [failing()], steps: asking });

    expect(withoutStack(ended)).toEqual(withoutStack(plain));
    expect(await at.spent()).toEqual({ spent: 0n, held: 0n });
    expect(at.kinds()).toEqual(['failed']);
  });

  test.each`
    how          | setup
    ${'guarded'} | ${'guard'}
    ${'skipped'} | ${'skip'}
  `('and is $how by itself, the model reads the same', async ({ setup }) => {
    const own = guard(failing(), { ...at.common, tool: 'search', price: '0.10 USD' });
    const tools = [setup === 'guard' ? own : failing()];

    const ended = await run(setup === 'guard' ? {} : { skip: ['search'] }, { tools });

    expect(toolMessages(ended)).toEqual([
      { status: 'error', content: 'TypeError: no network\n Please fix your mistakes.' },
    ]);
  });

  test('its error leaves for a middleware further out that wants it', async () => {
    const answering = toolErrorMiddleware({ onError: (error) => `handled ${String(error)}` });

    const ended = await run(
      {},
      { tools: [failing()], middleware: [answering, torii({ toolErrors: 'throw' })] },
    );

    expect(toolMessages(ended)).toEqual([{ status: 'error', content: 'handled TypeError: no network' }]);
    expect(await at.spent()).toEqual({ spent: 0n, held: 0n });
  });

  test('its error ends the run where nobody further out takes it', async () => {
    await expect(run({ toolErrors: 'throw' }, { tools: [failing()] })).rejects.toThrow('no network');
  });

  test('and is retried further in, all tries are one call', async () => {
    const retrying = toolRetryMiddleware({ initialDelayMs: 0 });

    const ended = await run({}, { tools: [failing(2)], middleware: [torii(), retrying] });

    expect(toolMessages(ended)).toEqual([{ status: 'success', content: 'found' }]);
    expect(runs).toHaveLength(3);
    expect(at.kinds()).toEqual(['done']);
    expect(await at.spent()).toEqual({ spent: 100_000n, held: 0n });
  });

  test('and all tries further in do too, it costs nothing', async () => {
    const retrying = toolRetryMiddleware({ initialDelayMs: 0, maxRetries: 1 });

    const ended = await run({}, { tools: [failing()], middleware: [torii(), retrying] });

    expect(toolMessages(ended)).toEqual([
      { status: 'error', content: "Tool 'search' failed after 2 attempts with TypeError" },
    ]);
    expect(await at.spent()).toEqual({ spent: 0n, held: 0n });
  });

  test('and is retried further out, each try is a further attempt of the call', async () => {
    const retrying = toolRetryMiddleware({ initialDelayMs: 0 });
    const middleware = [retrying, torii({ toolErrors: 'throw' })];

    const ended = await run({}, { tools: [failing(2)], middleware });

    expect(toolMessages(ended)).toEqual([{ status: 'success', content: 'found' }]);
    expect(at.kinds()).toEqual(['failed', 'failed', 'done']);
    expect(await at.spent()).toEqual({ spent: 100_000n, held: 0n });
  });

  test('a denial is no failure to a middleware further out', async () => {
    const retrying = toolRetryMiddleware({ initialDelayMs: 0 });
    const middleware = [retrying, torii({ toolErrors: 'throw', price: '2.00 USD' })];

    expect(toolMessages(await run({}, { middleware }))).toEqual([
      { status: 'error', content: expect.stringContaining('BUDGET_EXCEEDED') },
    ]);
    expect(at.kinds()).toEqual(['BUDGET_EXCEEDED']);
  });
});

describe('a run that is aborted', () => {
  test('before its tools leaves nothing held', async () => {
    const controller = new AbortController();
    const aborting = createMiddleware({
      name: 'Aborting',
      wrapToolCall: (request, handler) => {
        controller.abort();
        return handler(request);
      },
    });
    const setup = { middleware: [aborting, torii()], config: { signal: controller.signal } };

    await expect(run({}, setup)).rejects.toThrow();
    expect(runs).toEqual([]);
    expect(await at.spent()).toEqual({ spent: 0n, held: 0n });
  });

  test('while a tool runs leaves open what it did', async () => {
    const controller = new AbortController();
    const tools = [
      searchTool(() => {
        controller.abort();
        return new Promise(() => undefined);
      }),
    ];

    await expect(run({}, { tools, config: { signal: controller.signal } })).rejects.toThrow();
    expect(at.kinds()).toEqual(['unresolved']);
    expect(await at.spent()).toEqual({ spent: 0n, held: 100_000n });
  });
});

test('an engine that cannot answer denies, and the run goes on', async () => {
  await at.torii.close();

  const ended = await run();

  expect(toolMessages(ended)).toEqual([
    { status: 'error', content: expect.stringContaining('STORE_UNAVAILABLE') },
  ]);
  expect(ended.messages.at(-1)?.content).toBe('done');
});

describe("LangChain's own review beside it", () => {
  test('pauses and resumes as it does alone', async () => {
    const agent = agentOf({ tools: [searchTool()], steps, middleware: [review(), torii()] });
    const paused = await agent.start();

    expect(paused.interrupts).toHaveLength(1);
    expect(at.told).toEqual([]);
    expect(toolMessages(await agent.resume(approve))).toEqual([{ status: 'success', content: 'found x' }]);
  });

  test('may change the arguments, and Torii judges those', async () => {
    const price = ({ pages }: Search) => `${pages}.00 USD`;
    const agent = agentOf({
      tools: [searchTool()],
      steps,
      middleware: [review(), torii({ price: { search: price } })],
    });
    await agent.start();
    const editedAction = { name: 'search', args: { query: 'x', pages: 9 } };

    const ended = await agent.resume({ decisions: [{ type: 'edit', editedAction }] });

    expect(toolMessages(ended)).toEqual([
      { status: 'error', content: expect.stringContaining('BUDGET_EXCEEDED') },
    ]);
  });
});

test.each`
  changes                             | message
  ${{ toolErrors: 'raise' }}          | ${'`options.toolErrors`: expected `message` or `throw`'}
  ${{ tool: 'search' }}               | ${'`options.tool`: expected one of `torii`, `identify`'}
  ${{ price: { search: 'much' } }}    | ${'`options.price` of `search`: expected an amount such as `0.12 USD`, or a function'}
  ${{ price: { search: undefined } }} | ${'`options.price`: expected a price for the tool `search`'}
  ${{ effect: { find: 'harmless' } }} | ${'`options.effect` of `find`: expected `read`, `mutating`, `destructive` or `admin`'}
  ${{ price: undefined }}             | ${'`options.price`: expected an amount such as `0.12 USD`, or one for each tool'}
`('options that are wrong are refused at once: $message', ({ changes, message }) => {
  expect(() => torii(changes)).toThrow(message);
});

/** LangChain shows the stack of a refused call to the model: it differs by where the tool was called. */
function withoutStack(ended: Ended): readonly unknown[] {
  return toolMessages(ended).map(({ status, content }) => [status, String(content).split('\n    at ')[0]]);
}
