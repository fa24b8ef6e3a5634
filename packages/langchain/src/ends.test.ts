import { Annotation, Command, MessagesAnnotation, ParentCommand, StateGraph } from '@langchain/langgraph';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import { OutcomeUnknownError } from '@torii/engine';
import {
  AIMessage,
  createMiddleware,
  type DynamicStructuredTool,
  tool,
  toolErrorMiddleware,
  toolRetryMiddleware,
} from 'langchain';
import { z } from 'zod';
import { agentOf, call, toolMessages } from './graph.test-support.ts';
import { guard, toriiMiddleware } from './index.ts';
import { careful, lab, type Lab } from '@torii/sandbox/lab';

const schema = z.object({});

let at: Lab;
let ran: string[];
beforeEach(async () => {
  at = await lab({ ...careful, tools: { allow: ['ask', 'cheap', 'dear'] } });
  ran = [];
});
afterEach(() => at.torii.close());

/** A tool inside which a graph hands over to a node of the graph further out. */
function expertBehind(name: string): DynamicStructuredTool<typeof schema> {
  const inner = new StateGraph(Annotation.Root({}))
    .addNode('work', () => {
      ran.push('worked');
      return new Command({ graph: Command.PARENT, goto: 'expert' });
    })
    .addEdge('__start__', 'work')
    .compile();
  return tool(async (_input, config) => inner.invoke({}, config as object), {
    name,
    description: 'Asks',
    schema,
  });
}

test('a tool whose graph hands over to one further out did its work: it costs its price, and the graph goes on', async () => {
  const ask = guard(expertBehind('ask'), { ...at.common, tool: 'ask', price: '0.20 USD' });
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('tools', new ToolNode([ask], { handleToolErrors: false }), { ends: ['expert'] })
    .addNode('expert', () => {
      ran.push('expert');
      return {};
    })
    .addEdge('__start__', 'tools')
    .compile();

  await graph.invoke({ messages: [new AIMessage({ content: '', tool_calls: [call('c1', 'ask')] })] });

  expect([ran, at.kinds()]).toEqual([['worked', 'expert'], ['done']]);
  expect(await at.spent()).toEqual({ spent: 200_000n, held: 0n });
});

test('the middleware charges a handing-over what the command says it cost', async () => {
  const handing = tool(
    () => {
      throw new ParentCommand(new Command({ graph: 'further out', update: { fee: '0.07 USD' } }));
    },
    { name: 'ask', description: 'Asks', schema },
  );
  const charged = { ask: (output: object) => ('update' in output ? '0.07 USD' : '0.20 USD') };
  const torii = toriiMiddleware({ ...at.common, price: '0.20 USD', charged });

  await agentOf({ tools: [handing], middleware: [torii], steps: [[call('c1', 'ask')]] }).start();

  expect(await at.spent()).toEqual({ spent: 70_000n, held: 0n });
});

test.each`
  further                              | make                                                                              | error                              | kind            | held
  ${'that tries again and gives up'}   | ${() => toolRetryMiddleware({ maxRetries: 1, initialDelayMs: 0, jitter: false })} | ${new OutcomeUnknownError('lost')} | ${'unresolved'} | ${200_000n}
  ${'that answers for errors'}         | ${() => toolErrorMiddleware({ onError: () => 'failed' })}                         | ${new OutcomeUnknownError('lost')} | ${'unresolved'} | ${200_000n}
  ${'that tries again after refusals'} | ${() => toolRetryMiddleware({ maxRetries: 1, initialDelayMs: 0, jitter: false })} | ${new Error('refused')}            | ${'failed'}     | ${0n}
`(
  'behind middleware $further a tool that throws $error.name is $kind',
  async ({ make, error, kind, held }) => {
    const ask = tool(
      () => {
        throw error;
      },
      { name: 'ask', description: 'Asks', schema },
    );
    const middleware = [toriiMiddleware({ ...at.common, price: '0.20 USD' }), make()];

    const ended = await agentOf({ tools: [ask], middleware, steps: [[call('c1', 'ask')]] }).start();

    expect(toolMessages(ended)).toMatchObject([{ status: 'error' }]);
    expect(at.kinds()).toEqual([kind]);
    expect(await at.spent()).toEqual({ spent: 0n, held });
  },
);

test('a copy of a guarded tool is guarded', async () => {
  const trade = tool(() => void ran.push('traded'), { name: 'trade', description: 'Trades', schema });
  const guarded = guard(trade, { ...at.common, tool: 'trade', price: '0.10 USD' });
  const copy = Object.assign(
    Object.create(Object.getPrototypeOf(guarded) as object) as typeof guarded,
    guarded,
  );
  const middleware = [toriiMiddleware({ ...at.common, price: '0.10 USD' })];

  const ended = await agentOf({ tools: [copy], middleware, steps: [[call('c1', 'trade')]] }).start();

  expect(toolMessages(ended)).toMatchObject([{ content: expect.stringContaining('TOOL_NOT_ALLOWED') }]);
  expect(ran).toEqual([]);
});

test('one tool that middleware puts behind two names costs what each name costs', async () => {
  const one = tool(() => 'ok', { name: 'one', description: 'Works', schema });
  const behindNames = createMiddleware({
    name: 'BehindNames',
    wrapToolCall: (request, handler) => handler({ ...request, tool: one }),
  });
  const torii = toriiMiddleware({ ...at.common, price: { cheap: '0.01 USD', dear: '0.30 USD' } });
  const steps = [[call('c1', 'cheap')], [call('c2', 'dear')]];

  await agentOf({ tools: [], middleware: [behindNames, torii], steps }).start();

  expect(at.told.map(({ tool: name }) => name)).toEqual(['cheap', 'dear']);
  expect(await at.spent()).toEqual({ spent: 310_000n, held: 0n });
});

test('what a tool yields from is closed in the end, as without Torii', async () => {
  const steps = (): AsyncIterableIterator<string> => ({
    next: async () => ({ done: true, value: 'found' }),
    return: async () => {
      ran.push('closed');
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: steps,
  });
  const plain = tool(steps, { name: 'ask', description: 'Asks', schema });
  const guarded = guard(plain, { ...at.common, tool: 'ask', price: '0.10 USD' });

  expect([await plain.invoke({}), await guarded.invoke({})]).toEqual(['found', 'found']);
  expect(ran).toEqual(['closed', 'closed']);
});
