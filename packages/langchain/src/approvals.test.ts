import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { sqliteStore } from '@torii/engine';
import {
  Command,
  END,
  interrupt,
  isGraphBubbleUp,
  MemorySaver,
  MessagesAnnotation,
  START,
  StateGraph,
} from '@langchain/langgraph';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import { AIMessage, createAgent, tool, toolRetryMiddleware } from 'langchain';
import * as z from 'zod';
import {
  agentOf,
  approve,
  call,
  type Ended,
  modelOf,
  reject,
  type Running,
  type Setup,
  toolMessages,
} from './graph.test-support.ts';
import { guard, toriiMiddleware } from './index.ts';
import { careful, lab, type Lab, type LabOptions } from '@torii/sandbox/lab';

let at: Lab;
let runs: unknown[];
beforeEach(async () => {
  at = await lab(careful);
  runs = [];
});
afterEach(() => at.torii.close());

const schema = z.object({ to: z.string() });
const payTool = (run: (input: { to: string }) => unknown = ({ to }) => `paid ${to}`) =>
  tool(
    (input: { to: string }) => {
      runs.push(input);
      return run(input);
    },
    { name: 'pay', description: 'Pays', schema },
  );

const price = '0.60 USD';
const steps = [[call('c1', 'pay', { to: 'bob' })]];

/** The same agent, guarded in both ways. */
const ways = {
  middleware: (lab: Lab, changes: object = {}, tools = [payTool()]) => ({
    tools,
    middleware: [toriiMiddleware({ ...lab.common, price, ...changes })],
  }),
  guard: (lab: Lab, changes: object = {}, tools = [payTool()]) => ({
    tools: tools.map((one) => guard(one, { ...lab.common, tool: 'pay', price, ...changes })),
  }),
};

const held = { spent: 0n, held: 600_000n };
const paid = { spent: 600_000n, held: 0n };
const nothing = { spent: 0n, held: 0n };

describe.each(Object.entries(ways))('a call that needs a person, guarded by %s,', (_way, guarded) => {
  const agent = (changes: object = {}, setup: Partial<Setup> = {}): Running =>
    agentOf({ ...guarded(at, changes), steps, ...setup });

  test('pauses the run as the review of LangChain does, and holds its money', async () => {
    const paused = await agent().start();
    const [approval] = await at.approvals('pending');

    expect(paused.interrupts).toMatchObject([
      {
        value: {
          actionRequests: [
            { name: 'pay', args: { to: 'bob' }, description: expect.stringContaining(`${approval?.id}`) },
          ],
          reviewConfigs: [{ actionName: 'pay', allowedDecisions: ['approve', 'reject'] }],
          torii: { approvalId: approval?.id },
        },
      },
    ]);
    expect(toolMessages(paused)).toEqual([]);
    expect(at.kinds()).toEqual(['waiting']);
    expect(await at.spent()).toEqual(held);
  });

  test('runs once it is approved and the run resumed', async () => {
    const running = agent();
    await running.start();
    await at.vote('approve');

    const ended = await running.resume(approve);

    expect(toolMessages(ended)).toEqual([{ status: 'success', content: 'paid bob' }]);
    expect(ended.messages.at(-1)?.content).toBe('done');
    expect(runs).toHaveLength(1);
    expect(at.kinds()).toEqual(['waiting', 'done']);
    expect(await at.spent()).toEqual(paid);
  });

  test('does not run because whoever resumes the run says so', async () => {
    const running = agent();
    await running.start();

    const ended = await running.resume(approve);

    expect(toolMessages(ended)).toEqual([
      { status: 'error', content: expect.stringContaining('A person has to approve it first') },
    ]);
    expect(runs).toEqual([]);
  });

  test('does not run once a person said no, and its money returns', async () => {
    const running = agent();
    await running.start();
    await at.vote('deny');

    expect(toolMessages(await running.resume(approve))).toEqual([
      { status: 'error', content: expect.stringContaining('APPROVAL_DENIED') },
    ]);
    expect(runs).toEqual([]);
    expect(await at.spent()).toEqual(nothing);
  });

  test.each`
    votes        | resume
    ${'no vote'} | ${reject}
    ${'approve'} | ${reject}
    ${'no vote'} | ${undefined}
    ${'approve'} | ${{ decisions: [{ type: 'edit', editedAction: { name: 'pay', args: { to: 'eve' } } }] }}
    ${'approve'} | ${{ decisions: [] }}
    ${'approve'} | ${'approve'}
  `('is withdrawn when, after $votes, the run is resumed with $resume', async ({ votes, resume }) => {
    const running = agent();
    await running.start();
    if (votes === 'approve') await at.vote('approve');

    const ended = await running.resume(resume ?? { decisions: [{ type: 'reject' }] });

    expect(toolMessages(ended)).toEqual([
      { status: 'error', content: expect.stringContaining('APPROVAL_CANCELLED') },
    ]);
    expect(ended.messages.at(-1)?.content).toBe('done');
    expect(runs).toEqual([]);
    expect(await at.approvals('cancelled')).toHaveLength(1);
    expect(await at.spent()).toEqual(nothing);
  });

  test('tells the model the words of whoever said no', async () => {
    const running = agent();
    await running.start();

    expect(toolMessages(await running.resume(reject))[0]?.content).toContain('too dear');
    expect(at.kinds()).toEqual(['waiting', 'APPROVAL_CANCELLED']);
  });

  test('is refused with the id of the approval where nothing can pause', async () => {
    const ended = await agent({}, { checkpointer: false }).start();
    const [approval] = await at.approvals('pending');

    expect(toolMessages(ended)).toEqual([
      { status: 'error', content: expect.stringContaining(`${approval?.id}`) },
    ]);
    expect(ended.messages.at(-1)?.content).toBe('done');
  });

  test('is refused at once with `approval: result`, and runs when the model repeats it later', async () => {
    const first = await agent({ approval: 'result' }).start();
    await at.vote('approve');
    const again = [[call('c2', 'pay', { to: 'bob' })]];
    const second = await agent({ approval: 'result' }, { steps: again }).start();

    expect(first.interrupts).toEqual([]);
    expect(toolMessages(first)[0]?.content).toContain('make the same call with the same arguments again');
    expect(toolMessages(second)).toEqual([{ status: 'success', content: 'paid bob' }]);
    expect(await at.spent()).toEqual(paid);
  });

  test('waits for people after the run was resumed, with `waitMs`', async () => {
    const running = agent({ waitMs: 60_000 });
    await running.start();

    const resumed = running.resume(approve);
    await at.vote('approve');

    expect(toolMessages(await resumed)).toEqual([{ status: 'success', content: 'paid bob' }]);
  });

  test('pauses beside another one, and each is resumed by its own answer', async () => {
    const cheap = { price: '0.51 USD' };
    at = await reopened({ budgets: [{ scope: 'agent', window: 'lifetime', limit: '2.00 USD' }] });
    const both = [[call('c1', 'pay', { to: 'bob' }), call('c2', 'pay', { to: 'eve' })]];
    const running = agent(cheap, { steps: both });
    const paused = await running.start();
    await at.vote('approve');
    const answers = paused.interrupts.map(({ id, value }) => [
      `${id}`,
      JSON.stringify(value).includes('bob') ? approve : reject,
    ]);

    const ended = await running.resume(Object.fromEntries(answers));

    expect(answers).toHaveLength(2);
    expect(toolMessages(ended)).toEqual([
      { status: 'success', content: 'paid bob' },
      { status: 'error', content: expect.stringContaining('too dear') },
    ]);
    expect(runs).toEqual([{ to: 'bob' }]);
  });

  test('that is resumed alone leaves the other one paused', async () => {
    at = await reopened({ budgets: [{ scope: 'agent', window: 'lifetime', limit: '2.00 USD' }] });
    const both = [[call('c1', 'pay', { to: 'bob' }), call('c2', 'pay', { to: 'eve' })]];
    const running = agent({}, { steps: both });
    const paused = await running.start();
    await at.vote('approve');
    const [bob] = paused.interrupts.filter(({ value }) => JSON.stringify(value).includes('bob'));

    const again = await running.resume({ [`${bob?.id}`]: approve });

    expect(runs).toEqual([{ to: 'bob' }]);
    expect(again.interrupts).toHaveLength(1);
    expect(toolMessages(await running.resume(approve))).toHaveLength(2);
    expect(runs).toHaveLength(2);
  });
});

/** The lab of a test with another policy. */
async function reopened(changes: Partial<typeof careful>): Promise<Lab> {
  await at.torii.close();
  return lab({ ...careful, ...changes });
}

test('a call of a bare tool is refused with a text, and runs when it is made again after the approval', async () => {
  const pay = guard(payTool(), { ...at.common, tool: 'pay', price });
  const first: unknown = await pay.invoke({ to: 'bob' });
  await at.vote('approve');

  expect(first).toContain('A person has to approve it first');
  expect(await pay.invoke({ to: 'bob' })).toBe('paid bob');
  expect(await at.spent()).toEqual(paid);
});

describe("in a graph of one's own", () => {
  const pay = (): ReturnType<typeof payTool> => guard(payTool(), { ...at.common, tool: 'pay', price });
  const graphOf = (node: (state: typeof MessagesAnnotation.State) => Promise<object>) =>
    new StateGraph(MessagesAnnotation)
      .addNode('work', node)
      .addEdge(START, 'work')
      .addEdge('work', END)
      .compile({ checkpointer: new MemorySaver() });
  const config = { configurable: { thread_id: 't1' } };
  const asking = (...ids: string[]) =>
    new AIMessage({
      content: '',
      tool_calls: ids.map((id) => ({ type: 'tool_call', name: 'pay', args: { to: id }, id })),
    });

  test('a tool that a node invokes pauses the node', async () => {
    const guarded = pay();
    const graph = graphOf(async () => ({
      messages: [new AIMessage(String(await guarded.invoke({ to: 'bob' })))],
    }));
    const paused: object = await graph.invoke({ messages: [] }, config);
    await at.vote('approve');

    const { messages } = await graph.invoke(new Command({ resume: approve }), config);

    expect(paused).toHaveProperty('__interrupt__');
    expect(messages.at(-1)?.content).toBe('paid bob');
    expect(await at.spent()).toEqual(paid);
  });

  test('a node of tools pauses, and goes on once it is approved', async () => {
    const node = new ToolNode([pay()]);
    const graph = graphOf((state) => node.invoke(state) as Promise<object>);
    await graph.invoke({ messages: [asking('bob')] }, config);
    await at.vote('approve');

    const { messages } = await graph.invoke(new Command({ resume: approve }), config);

    expect(messages.at(-1)?.content).toBe('paid bob');
    expect(await at.spent()).toEqual(paid);
  });

  test('two calls of one node never run twice, however often it is resumed', async () => {
    at = await reopened({ budgets: [{ scope: 'agent', window: 'lifetime', limit: '2.00 USD' }] });
    const node = new ToolNode([pay()]);
    const graph = graphOf((state) => node.invoke(state) as Promise<object>);
    await graph.invoke({ messages: [asking('bob', 'eve')] }, config);
    // The graph pauses with the first call that does; the other one may still be on its way.
    while ((await at.approvals()).length < 2) await turn();
    await at.vote('approve');

    for (const _time of [1, 2, 3]) await graph.invoke(new Command({ resume: approve }), config);

    expect(runs).toEqual([{ to: 'bob' }, { to: 'eve' }]);
    expect(await at.spent()).toEqual({ spent: 1_200_000n, held: 0n });
  });
});

describe('a retry further out', () => {
  const retried = (options: object) => ({
    tools: [payTool()],
    middleware: [
      toolRetryMiddleware({ initialDelayMs: 0, ...options } as never),
      toriiMiddleware({ ...at.common, price, toolErrors: 'throw' }),
    ],
  });

  test('swallows the pause as if it were an error', async () => {
    const ended = await agentOf({ ...retried({}), steps }).start();

    expect(ended.interrupts).toEqual([]);
    expect(toolMessages(ended)[0]?.content).toContain('GraphInterrupt');
    expect(runs).toEqual([]);
  });

  test('that lets it pass leaves the run paused', async () => {
    const options = { retryOn: (error: unknown) => !isGraphBubbleUp(error), onFailure: 'error' };
    const running = agentOf({ ...retried(options), steps });
    await running.start();
    await at.vote('approve');

    expect(toolMessages(await running.resume(approve))).toEqual([{ status: 'success', content: 'paid bob' }]);
  });
});

describe('a paused run', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'torii-langchain-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test.each(Object.entries(ways))('guarded by %s goes on in another process', async (_way, guarded) => {
    await at.torii.close();
    const saver = new MemorySaver();
    const options = (): LabOptions => ({ store: sqliteStore(join(folder, 'torii.db')) });
    const before = await lab(careful, options());
    const paused = await agentOf({ ...guarded(before), steps, checkpointer: saver }).start();
    await before.torii.close();

    at = await lab(careful, options());
    await at.vote('approve');
    const ended = await agentOf({ ...guarded(at), steps: [], checkpointer: saver }).resume(approve);

    expect(paused.interrupts).toHaveLength(1);
    expect(toolMessages(ended)).toEqual([{ status: 'success', content: 'paid bob' }]);
    expect(runs).toHaveLength(1);
    expect(await at.spent()).toEqual(paid);
  });
});

describe.each(Object.entries(ways))('a tool that asks somebody itself, guarded by %s,', (_way, guarded) => {
  const asking = () =>
    payTool(({ to }) => {
      const answer: unknown = interrupt({ question: `really ${to}?` });
      return `paid ${to}, ${JSON.stringify(answer)}`;
    });
  const agent = (changes: object): Running => agentOf({ ...guarded(at, changes, [asking()]), steps });

  test('pauses the run, holds nothing meanwhile, and runs again as a further attempt', async () => {
    const running = agent({ price: '0.10 USD' });
    const paused = await running.start();
    const meanwhile = await at.spent();

    const ended = await running.resume('yes');

    expect(paused.interrupts).toMatchObject([{ value: { question: 'really bob?' } }]);
    expect(meanwhile).toEqual(nothing);
    expect(toolMessages(ended)).toEqual([{ status: 'success', content: 'paid bob, "yes"' }]);
    expect(at.kinds()).toEqual(['failed', 'done']);
    expect(await at.spent()).toEqual({ spent: 100_000n, held: 0n });
  });

  test('and needs a person too is asked about anew, and is handed its own answer', async () => {
    const running = agent({});
    await running.start();
    await at.vote('approve');
    const asked = await running.resume(approve);
    await at.vote('approve');

    const ended = await running.resume('yes');

    expect(asked.interrupts).toMatchObject([{ value: { question: 'really bob?' } }]);
    expect(toolMessages(ended)).toEqual([{ status: 'success', content: 'paid bob, "yes"' }]);
    expect(at.kinds()).toEqual(['waiting', 'failed', 'waiting', 'done']);
    expect(await at.spent()).toEqual(paid);
  });

  test('and needs a person too does not run again before one said yes again', async () => {
    const running = agent({});
    await running.start();
    await at.vote('approve');
    await running.resume(approve);

    expect(toolMessages(await running.resume('yes'))).toEqual([
      { status: 'error', content: expect.stringContaining('A person has to approve it first') },
    ]);
    expect(runs).toHaveLength(1);
  });
});

describe('an agent as a tool', () => {
  const inner = (): { invoke: (input: object, config?: object) => Promise<Ended> } =>
    createAgent({
      model: modelOf([call('i1', 'pay', { to: 'bob' })]),
      tools: [guard(payTool(), { ...at.common, tool: 'pay', price })],
      name: 'inner',
    }) as never;
  const delegate = (): ReturnType<typeof payTool> =>
    tool(
      async (_input: { to: string }, config) => {
        const ended = await agent.invoke({ messages: [{ role: 'user', content: 'pay' }] }, config);
        return JSON.stringify(toolMessages(ended));
      },
      { name: 'pay', description: 'Delegates', schema },
    );
  let agent: ReturnType<typeof inner>;

  test('whose own tool needs a person pauses the run outside', async () => {
    agent = inner();
    const running = agentOf({ tools: [delegate()], steps });
    const paused = await running.start();
    await at.vote('approve');

    const ended = await running.resume(approve);

    expect(paused.interrupts).toMatchObject([{ value: { actionRequests: [{ name: 'pay' }] } }]);
    expect(toolMessages(ended)[0]?.content).toContain('paid bob');
    expect(await at.spent()).toEqual(paid);
  });

  test('that is guarded itself goes on as a further attempt', async () => {
    agent = inner();
    const guarded = guard(delegate(), { ...at.common, tool: 'delegate', price: '0.10 USD' });
    const running = agentOf({ tools: [guarded], steps });
    await running.start();
    await at.vote('approve');

    const ended = await running.resume(approve);

    expect(toolMessages(ended)[0]?.content).toContain('paid bob');
    expect(await at.spent()).toEqual({ spent: 700_000n, held: 0n });
  });
});
