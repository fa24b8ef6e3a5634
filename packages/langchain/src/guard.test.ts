import { StructuredTool } from '@langchain/core/tools';
import { convertToOpenAITool } from '@langchain/core/utils/function_calling';
import { Command } from '@langchain/langgraph';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import { AIMessage, DynamicTool, fakeModel, tool, ToolMessage } from 'langchain';
import * as z from 'zod';
import * as z3 from 'zod/v3';
import { definitionOf } from './definition.ts';
import { agentOf, call, toolMessages } from './graph.test-support.ts';
import { guard, guardTools, type RunContext } from './index.ts';
import { careful, lab, type Lab } from '@torii/sandbox/lab';

let at: Lab;
let runs: unknown[];
beforeEach(async () => {
  at = await lab(careful);
  runs = [];
});
afterEach(() => at.torii.close());

const schema = z.object({ query: z.string(), pages: z.number().default(1) });

function searchTool(run: (input: z.output<typeof schema>) => unknown = ({ query }) => `found ${query}`) {
  return tool(
    (input: z.output<typeof schema>) => {
      runs.push(input);
      return run(input);
    },
    { name: 'search', description: 'Searches', schema },
  );
}

const toolCall = (args: Record<string, unknown>, id = 'c1') => ({
  type: 'tool_call' as const,
  id,
  name: 'search',
  args,
});

const terms = (price = '0.10 USD') => ({ ...at.common, tool: 'search', price });

describe('a guarded tool', () => {
  test('is the tool that it was in all but its run', () => {
    const search = searchTool();
    const guarded = guard(search, terms());

    expect(guarded).toBeInstanceOf(search.constructor);
    expect({ name: guarded.name, description: guarded.description }).toEqual({
      name: 'search',
      description: 'Searches',
    });
    expect(guarded.schema).toBe(search.schema);
  });

  test.each`
    how                   | input                       | output
    ${'with arguments'}   | ${{ query: 'x' }}           | ${'found x'}
    ${'with a tool call'} | ${toolCall({ query: 'x' })} | ${{ content: 'found x', status: 'success', tool_call_id: 'c1' }}
  `('runs by itself $how, and is charged', async ({ input, output }) => {
    const answer: unknown = await guard(searchTool(), terms()).invoke(input);

    if (typeof output === 'string') expect(answer).toBe(output);
    else expect(answer).toMatchObject(output);
    expect(runs).toEqual([{ query: 'x', pages: 1 }]);
    expect(await at.spent()).toEqual({ spent: 100_000n, held: 0n });
  });

  test('is refused by itself with a text, and with a message where there is a call to answer', async () => {
    const search = guard(searchTool(), terms('1.10 USD'));
    const bare: unknown = await search.invoke({ query: 'x' });
    const answer: unknown = await search.invoke(toolCall({ query: 'x' }));

    expect(bare).toContain('`search` did not run. BUDGET_EXCEEDED');
    expect(answer).toMatchObject({
      status: 'error',
      name: 'search',
      tool_call_id: 'c1',
      content: expect.stringContaining('BUDGET_EXCEEDED'),
    });
    expect(runs).toEqual([]);
  });

  test.each`
    price         | status       | content
    ${'0.10 USD'} | ${'success'} | ${'found x'}
    ${'1.10 USD'} | ${'error'}   | ${'BUDGET_EXCEEDED'}
  `('in an agent that it costs $price answers with $status, and the run goes on', async (row) => {
    const tools = [guard(searchTool(), terms(row.price))];

    const ended = await agentOf({ tools, steps: [[call('c1', 'search', { query: 'x' })]] }).start();

    expect(toolMessages(ended)).toEqual([
      { status: row.status, content: expect.stringContaining(row.content) },
    ]);
    expect(ended.messages.at(-1)?.content).toBe('done');
  });

  test.each`
    price         | status       | content
    ${'0.10 USD'} | ${'success'} | ${'found x'}
    ${'1.10 USD'} | ${'error'}   | ${'BUDGET_EXCEEDED'}
  `('in a node of a graph of its own that it costs $price answers with $status', async (row) => {
    const node = new ToolNode([guard(searchTool(), terms(row.price))]);
    const asking = new AIMessage({ content: '', tool_calls: [toolCall({ query: 'x' })] });

    const { messages } = (await node.invoke({ messages: [asking] })) as { messages: ToolMessage[] };

    expect(messages).toEqual([
      expect.objectContaining({ status: row.status, content: expect.stringContaining(row.content) }),
    ]);
  });

  test('is shown to a model as the tool it is', () => {
    const model = fakeModel();
    const shown: unknown = model.bindTools([guard(searchTool(), terms())]);

    expect(shown).toBeDefined();
    expect(convertToOpenAITool(guard(searchTool(), terms()))).toEqual(convertToOpenAITool(searchTool()));
  });

  test('runs once for one call, however often it is invoked', async () => {
    const search = guard(searchTool(), terms());
    await search.invoke(toolCall({ query: 'x' }));

    expect(await search.invoke(toolCall({ query: 'x' }))).toMatchObject({
      status: 'error',
      content: expect.stringContaining('CALL_ENDED'),
    });
    expect(runs).toHaveLength(1);
  });

  test('whose arguments do not fit is refused by LangChain, and nothing is asked', async () => {
    const search = guard(searchTool(), terms());

    await expect(search.invoke({ query: 1 } as never)).rejects.toThrow('did not match expected schema');
    expect(at.told).toEqual([]);
  });
});

describe('what a tool answers', () => {
  const artifact = () =>
    tool(async ({ query }) => [`found ${query}`, { fee: '0.02 USD' }] as [string, { fee: string }], {
      name: 'search',
      description: 'Searches',
      schema,
      responseFormat: 'content_and_artifact',
    });

  test('with an artifact is charged by both', async () => {
    const search = guard(artifact(), { ...terms(), charged: ([, { fee }]) => fee });

    expect(await search.invoke(toolCall({ query: 'x' }))).toMatchObject({
      content: 'found x',
      artifact: { fee: '0.02 USD' },
    });
    expect(await at.spent()).toEqual({ spent: 20_000n, held: 0n });
  });

  test('with an artifact is refused in the same form', async () => {
    const search = guard(artifact(), terms('2.00 USD'));

    expect(await search.invoke(toolCall({ query: 'x' }))).toMatchObject({ status: 'error' });
    expect(await search.invoke({ query: 'x' })).toContain('BUDGET_EXCEEDED');
  });

  test('as a message or a command passes untouched', async () => {
    const message = new ToolMessage({ content: 'mine', tool_call_id: 'c1' });
    const command = new Command({ update: {} });
    const saying = guard(
      searchTool(() => message),
      { ...terms(), charged: () => '0.01 USD' },
    );
    const commanding = guard(
      searchTool(() => command),
      terms('0.20 USD'),
    );

    expect(await saying.invoke(toolCall({ query: 'x' }))).toBe(message);
    expect(await commanding.invoke(toolCall({ query: 'x' }, 'c2'))).toBe(command);
    expect(await at.spent()).toEqual({ spent: 210_000n, held: 0n });
  });

  test('as a message of status error costs nothing, and passes untouched', async () => {
    const message = new ToolMessage({ content: 'no', tool_call_id: 'c1', status: 'error' });
    const search = guard(
      searchTool(() => message),
      terms(),
    );

    expect(await search.invoke(toolCall({ query: 'x' }))).toBe(message);
    expect(await at.spent()).toEqual({ spent: 0n, held: 0n });
    expect(at.kinds()).toEqual(['failed']);
  });

  test('bit by bit is passed on as it comes, and is charged by what it returns', async () => {
    const events: unknown[] = [];
    const streaming = tool(
      async function* ({ query }: z.output<typeof schema>) {
        yield 'one';
        yield 'two';
        return { found: query, fee: '0.03 USD' };
      },
      { name: 'search', description: 'Searches', schema },
    );
    const search = guard(streaming, { ...terms(), charged: ({ fee }) => fee });

    const callbacks = [{ handleToolEvent: (event: unknown) => void events.push(event) }];
    const answer: unknown = await search.invoke({ query: 'x' }, { callbacks });

    expect({ answer, events }).toEqual({
      answer: { found: 'x', fee: '0.03 USD' },
      events: ['one', 'two'],
    });
    expect(await at.spent()).toEqual({ spent: 30_000n, held: 0n });
  });

  test.each`
    price         | last
    ${'0.10 USD'} | ${'found'}
    ${'2.00 USD'} | ${'done'}
  `('directly ends the run with it, and a denial still goes to the model: $last', async ({ price, last }) => {
    const direct = tool(async () => 'found', {
      name: 'search',
      description: 'd',
      schema,
      returnDirect: true,
    });
    const tools = [guard(direct, terms(price))];

    const ended = await agentOf({ tools, steps: [[call('c1', 'search', { query: 'x' })]] }).start();

    expect(ended.messages.at(-1)?.content).toBe(last);
  });

  test('to a text is guarded by the text', async () => {
    const echo = new DynamicTool({ name: 'echo', description: 'd', func: async (text) => `said ${text}` });
    const asked: unknown[] = [];
    const price = (input: string) => {
      asked.push(input);
      return '0.10 USD';
    };

    expect(await guard(echo, { ...at.common, tool: 'echo', price }).invoke('hi')).toBe('said hi');
    expect(new Set(asked)).toEqual(new Set(['hi']));
  });

  test('of a class of its own runs on that very object', async () => {
    class Counter extends StructuredTool {
      readonly name = 'counter';
      readonly description = 'Counts';
      readonly schema = z.object({ by: z.number() });
      #count = 0;

      protected override async _call({ by }: { by: number }): Promise<string> {
        this.#count += by;
        return String(this.#count);
      }
    }
    const counter = guard(new Counter(), {
      ...at.common,
      tool: 'counter',
      price: ({ by }) => `0.0${by} USD`,
    });

    expect([await counter.invoke({ by: 2 }), await counter.invoke({ by: 3 })]).toEqual(['2', '5']);
    expect(await at.spent()).toEqual({ spent: 50_000n, held: 0n });
  });
});

describe('when a tool does not come to its end', () => {
  const failing = () => {
    throw new Error('no network');
  };

  test('its error leaves as it came, and costs nothing', async () => {
    const search = guard(searchTool(failing), terms());

    await expect(search.invoke({ query: 'x' })).rejects.toThrow(/^no network$/);
    expect(await at.spent()).toEqual({ spent: 0n, held: 0n });
  });

  test('an agent reads of it what it reads without Torii', async () => {
    const steps = [[call('c1', 'search', { query: 'x' })], [call('c2', 'search', { query: 7 })]];
    const plain = await agentOf({ tools: [searchTool(failing)], steps }).start();

    const guarded = await agentOf({ tools: [guard(searchTool(failing), terms())], steps }).start();

    expect(withoutStack(toolMessages(guarded))).toEqual(withoutStack(toolMessages(plain)));
    expect(toolMessages(guarded)[0]?.content).toBe('Error: no network\n Please fix your mistakes.');
  });

  test('an abort before it starts costs nothing and asks nobody', async () => {
    const search = guard(searchTool(), terms('0.60 USD'));

    await expect(search.invoke({ query: 'x' }, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
    expect(runs).toEqual([]);
    expect(await at.approvals('pending')).toEqual([]);
    expect(await at.spent()).toEqual({ spent: 0n, held: 0n });
  });

  test('an abort while it runs leaves open what it did', async () => {
    const controller = new AbortController();
    const search = guard(
      searchTool(() => {
        controller.abort();
        return new Promise(() => undefined);
      }),
      terms(),
    );

    await expect(search.invoke({ query: 'x' }, { signal: controller.signal })).rejects.toThrow();
    expect(at.kinds()).toEqual(['unresolved']);
    expect(await at.spent()).toEqual({ spent: 0n, held: 100_000n });
  });

  test('and the engine cannot answer, nothing runs, and the run goes on', async () => {
    const search = guard(searchTool(), terms());
    await at.torii.close();

    const ended = await agentOf({ tools: [search], steps: [[call('c1', 'search', { query: 'x' })]] }).start();

    expect(toolMessages(ended)).toEqual([
      { status: 'error', content: expect.stringContaining('STORE_UNAVAILABLE') },
    ]);
    expect(runs).toEqual([]);
  });
});

describe('whose call it is', () => {
  const configurable = { token: 'of the configuration' };

  test('is said by the context and the configuration of the run, and by nothing else', async () => {
    const seen: unknown[] = [];
    const identify = (run: RunContext<never>) => {
      seen.push(run);
      return at.token;
    };
    const search = guard(searchTool(), { ...terms(), identify });
    const config = { context: { user: 'u1' }, configurable: { ...configurable, __pregel_own: ['messages'] } };

    await search.invoke({ query: 'token' }, config);

    expect(seen).toContainEqual({ context: { user: 'u1' }, configurable });
    expect(JSON.stringify(seen)).not.toMatch(/query|__pregel/);
  });

  test('is told in an agent without what LangGraph keeps in the configuration', async () => {
    const seen: RunContext[] = [];
    const identify = (run: RunContext<never>) => {
      seen.push(run);
      return at.token;
    };
    const tools = [guard(searchTool(), { ...terms(), identify })];
    const steps = [[call('c1', 'search', { query: 'x' })]];

    await agentOf({ tools, steps, config: { context: { user: 'u1' }, configurable } }).start();

    expect(seen[0]).toMatchObject({
      context: { user: 'u1' },
      configurable: { ...configurable, thread_id: 't1' },
    });
    expect(Object.keys(seen[0]?.configurable ?? {}).filter((key) => key.startsWith('__'))).toEqual([]);
  });

  test.each([
    ['nobody says', () => undefined],
    ['the context is missing', ({ context }: RunContext<{ token: string }>) => context.token],
  ])('is unknown where %s, and the call is denied', async (_case, identify) => {
    expect(await guard(searchTool(), { ...terms(), identify }).invoke({ query: 'x' })).toContain(
      'IDENTITY_MISSING',
    );
    expect(runs).toEqual([]);
  });
});

describe('a tool that another tool calls', () => {
  test.each`
    handed              | config                        | context
    ${'its own config'} | ${(config: object) => config} | ${{ user: 'u1' }}
    ${'nothing'}        | ${() => undefined}            | ${undefined}
  `(
    'knows the configuration of the run, and its context when handed $handed',
    async ({ config, context }) => {
      const seen: RunContext[] = [];
      const identify = (run: RunContext<never>) => {
        seen.push(run);
        return at.token;
      };
      const search = guard(searchTool(), { ...terms(), identify });
      const outer = tool(async (_input, own) => search.invoke({ query: 'x' }, config(own)), {
        name: 'outer',
        description: 'd',
        schema: z.object({}),
      });
      const run = { context: { user: 'u1' }, configurable: { token: 't' } };

      await agentOf({ tools: [outer], steps: [[call('c1', 'outer')]], config: run }).start();

      expect(seen[0]).toMatchObject({ configurable: { token: 't' } });
      expect(seen[0]?.context).toEqual(context);
    },
  );

  test.each([
    ['with its own configuration', (config: object) => config],
    ['without one', () => undefined],
  ])('%s is a call of its own', async (_case, handed) => {
    const search = guard(searchTool(), terms());
    const outer = guard(
      tool(async (_input, config) => ['outer', textOf(await search.invoke({ query: 'x' }, handed(config)))], {
        name: 'outer',
        description: 'd',
        schema: z.object({}),
      }),
      { ...at.common, tool: 'outer', price: '0.20 USD' },
    );

    const ended = await agentOf({ tools: [outer], steps: [[call('c1', 'outer')]] }).start();

    expect(toolMessages(ended)).toEqual([{ status: 'success', content: '["outer","found x"]' }]);
    expect(at.told.map(({ tool: name, toolCallId }) => [name, toolCallId])).toEqual([
      ['search', undefined],
      ['outer', 'c1'],
    ]);
    expect(await at.spent()).toEqual({ spent: 300_000n, held: 0n });
  });
});

describe('options', () => {
  test('for the output say what stands in for it', async () => {
    const search = guard(searchTool(), {
      ...terms('2.00 USD'),
      onDenied: (_answer, message) => message.slice(0, 8),
    });

    expect(await search.invoke(toolCall({ query: 'x' }))).toMatchObject({
      status: 'success',
      content: '`search`',
    });
  });

  test.each`
    changes                    | message
    ${{ price: undefined }}    | ${'`options.price` of `search`: expected an amount such as `0.12 USD`, or a function'}
    ${{ cost: '0.10 USD' }}    | ${'`options.cost` of `search`: expected one of `torii`, `identify`'}
    ${{ identify: undefined }} | ${"`options.identify` of `search`: expected the agent's token, or a function"}
  `('that are wrong are refused at once: $message', ({ changes, message }) => {
    expect(() => guard(searchTool(), { ...terms(), ...changes })).toThrow(message);
  });

  test('of a tool that is guarded already are refused', () => {
    expect(() => guard(guard(searchTool(), terms()), terms())).toThrow('`search` is guarded already');
  });

  test('of a tool that LangChain does not run are refused, unless it is skipped', () => {
    const hosted = { type: 'web_search', name: 'web_search', schema: {} };
    const options = { ...at.common, tool: 'web_search', price: '0.10 USD' };

    expect(() => guard(hosted, options)).toThrow('`web_search` has no `_call`');
    expect(() => guard(undefined as never, options)).toThrow(
      '`web_search`: expected the tool that is to be guarded',
    );
    expect(guard(hosted, { ...options, skip: true })).toBe(hosted);
  });

  test.each`
    user    | read
    ${'u1'} | ${'found x'}
    ${'u2'} | ${'BUDGET_EXCEEDED'}
  `('leave a tool as it is in the runs that they say: $user', async ({ user, read }) => {
    const skip = ({ context }: RunContext<{ user: string }>) => context.user === 'u1';
    const search = guard(searchTool(), { ...terms('2.00 USD'), skip });

    expect(await search.invoke({ query: 'x' }, { context: { user } })).toContain(read);
  });

  test('of a list of tools are for each of them', async () => {
    const ping = tool(async () => 'pong', { name: 'ping', description: 'd', schema: z.object({}) });
    const [search, skipped] = guardTools([searchTool(), ping], {
      ...at.common,
      server: 'web',
      price: { search: ({ pages }: { pages: number }) => `0.${pages}0 USD` },
      skip: ['ping'],
    });

    expect(await search.invoke({ query: 'x', pages: 3 })).toBe('found x');
    expect(skipped).toBe(ping);
    expect(at.told[0]?.tool).toBe('web/search');
    expect(await at.spent()).toEqual({ spent: 300_000n, held: 0n });
  });

  test.each`
    changes                         | message
    ${{ price: {} }}                | ${'`options.price`: expected a price for the tool `search`'}
    ${{ effect: { find: 'read' } }} | ${'`options.effect`: there is no tool `find`'}
  `('of a list of tools that are wrong are refused at once: $message', ({ changes, message }) => {
    expect(() => guardTools([searchTool()], { ...at.common, price: '0.10 USD', ...changes })).toThrow(
      message,
    );
  });

  test('pin the tool by what the model is shown of it', async () => {
    const definitions: unknown[] = [];
    const old = z3.object({ query: z3.string() });
    for (const shape of [schema, old, old.partial(), { type: 'object' } as const]) {
      const made = tool(async () => 'ok', {
        name: 'search',
        description: 'd',
        schema: shape as typeof schema,
      });
      definitions.push(await definitionOf(made), await definitionOf(made));
    }

    expect(new Set(definitions).size).toBe(4);
  });
});

function textOf(output: unknown): unknown {
  return ToolMessage.isInstance(output) ? output.content : output;
}

/** LangChain shows the stack of a refused call to the model: it differs by where the tool was called. */
function withoutStack(messages: ReturnType<typeof toolMessages>): readonly unknown[] {
  return messages.map(({ status, content }) => [status, String(content).split('\n    at ')[0]]);
}
