import { createRequire } from 'node:module';
import { Command, MemorySaver } from '@langchain/langgraph';
import type {
  CallUnderTest,
  DoorSetting,
  DoorUnderTest,
  NativeAnswer,
  OpenDoor,
  RunUnderTest,
  Told,
  ToolInput,
  ToolUnderTest,
} from '@torii/engine/testing';
import { type AgentMiddleware, createAgent, tool, ToolMessage } from 'langchain';
import * as z from 'zod';
import { type Ended, modelOf } from './graph.test-support.ts';
import { guard, type RunContext, toriiMiddleware } from './index.ts';

const require = createRequire(import.meta.url);
const { version } = require('langchain/package.json') as { version: string };

type Tool = ReturnType<typeof toolOf>;

/** What an agent is made with: the tools, and what stands around them. */
interface Guarded {
  readonly tools: Tool[];
  readonly middleware: readonly AgentMiddleware[];
}

const common = { door: '@torii/langchain', framework: 'langchain', version: `langchain ${version}` };

/** Both ways to guard a tool, in agents with the fake model of LangChain. */
export const doors: readonly DoorUnderTest[] = [
  {
    ...common,
    name: 'LangChain middleware',
    open: (setting) => opened(byMiddleware(setting)),
  },
  { ...common, name: 'LangChain', open: (setting) => opened(oneByOne(setting)) },
];

function toolOf({ name, execute, stream }: ToolUnderTest) {
  const fields = { name, description: 'Pays', schema: z.looseObject({ cents: z.number() }) };
  if (stream === undefined)
    return tool((input, { signal }) => execute({ input: input as ToolInput, signal }), fields);
  return tool(async function* (input, { signal }) {
    let last = '';
    for await (const text of stream({ input: input as ToolInput, signal })) yield (last = text);
    // What LangChain takes for the output is what a tool returns.
    return last;
  }, fields);
}

const identify = ({ context }: RunContext<{ token?: string }>): string | undefined => context.token;

function oneByOne({ torii, tools }: DoorSetting): Guarded {
  const guarded = tools.map((under) =>
    under.guards.reduce<Tool>(
      (each, setting) => guard(each, { torii, identify, tool: under.name, ...(setting as object) } as never),
      toolOf(under),
    ),
  );
  return { tools: guarded, middleware: [] };
}

/** One middleware for each round of guards, with maps by the names of the tools. */
function byMiddleware({ torii, tools }: DoorSetting): Guarded {
  const rounds = Math.max(1, ...tools.map(({ guards }) => guards.length));
  const middleware = Array.from({ length: rounds }, (_each, round) => {
    const skip: string[] = [];
    const maps: Record<string, Record<string, unknown>> = { price: {} };
    let shared: object = {};
    for (const { name, guards } of tools) {
      const {
        price,
        payee,
        effect,
        charged,
        onDenied,
        skip: left,
        ...rest
      } = guards[round] ?? { skip: true };
      if (left === true) skip.push(name);
      else shared = rest;
      const own = { price, payee, effect, charged: chargedBy(charged), onDenied };
      for (const [field, value] of Object.entries(own)) {
        if (value !== undefined || (field === 'price' && left !== true))
          maps[field] = { ...maps[field], [name]: value };
      }
    }
    return toriiMiddleware({ torii, identify, ...shared, ...maps, skip } as never);
  });
  return { tools: tools.map(toolOf), middleware };
}

/** The middleware charges by the message. */
function chargedBy(charged: unknown): unknown {
  if (typeof charged !== 'function') return charged;
  return (output: unknown) =>
    (charged as (text: unknown) => unknown)(ToolMessage.isInstance(output) ? output.content : output);
}

/** What was paused, with all that a checkpointer keeps, as a database would. */
interface Paused {
  readonly saved: string;
  readonly calls: readonly CallUnderTest[];
}

function opened({ tools, middleware }: Guarded): OpenDoor {
  const agentWith = (checkpointer: MemorySaver, ...steps: (readonly CallUnderTest[])[]) => {
    const calls = steps.map((step) => step.map(({ id, tool: name, input }) => ({ id, name, args: input })));
    return createAgent({ model: modelOf(...calls), tools, middleware, checkpointer });
  };
  // Options are looked at, and agents put together, when a process starts.
  agentWith(new MemorySaver());
  const configOf = ({ credential, signal }: Omit<RunUnderTest, 'calls'>) => ({
    context: { token: credential },
    configurable: { thread_id: 't1' },
    ...(signal === undefined ? {} : { signal }),
  });
  return {
    run: async (run) => {
      const saver = new MemorySaver();
      const ended = await agentWith(saver, run.calls).invoke(asking(run), configOf(run));
      return toldOf(run.calls, ended as object as Ended, saver);
    },
    resume: async (state, { approved, ...words }: NativeAnswer) => {
      const { saved, calls } = JSON.parse(state) as Paused;
      const saver = restored(saved);
      const resume = { decisions: [{ type: approved ? 'approve' : 'reject' }] };
      const ended = await agentWith(saver).invoke(new Command({ resume }), configOf(words));
      return toldOf(calls, ended as object as Ended, saver);
    },
    stream: async function* (run) {
      // LangGraph listens to its tools until their end, whoever listens to it: to leave is to abort.
      const leaving = new AbortController();
      const config = { ...configOf({ ...run, signal: leaving.signal }), streamMode: ['tools', 'updates'] };
      try {
        const agent = agentWith(new MemorySaver(), run.calls);
        for await (const part of await agent.stream(asking(run), config as never)) yield* textsIn(part);
      } finally {
        leaving.abort();
      }
    },
    close: () => Promise.resolve(),
  };
}

function asking({ claims }: RunUnderTest) {
  return { messages: [{ role: 'user', content: `do it; ${JSON.stringify(claims ?? {})}` }] };
}

function toldOf(calls: readonly CallUnderTest[], ended: Ended, saver: MemorySaver): readonly Told[] {
  const answers = ended.messages.filter((message) => ToolMessage.isInstance(message));
  return calls.map(({ id }) => {
    const answer = answers.findLast(({ tool_call_id: answered }) => answered === id);
    if (answer !== undefined) return { kind: 'answered', text: `${answer.status} ${String(answer.content)}` };
    const state = JSON.stringify({ saved: dumpOf(saver), calls });
    return { kind: 'paused', text: JSON.stringify(ended), state };
  });
}

/** The texts of one part of a stream: what tools yield, and what they were refused with. */
function* textsIn(part: unknown): Generator<string> {
  const [mode, data] = part as [
    string,
    { event?: string; data?: unknown; tools?: { messages: ToolMessage[] } },
  ];
  if (mode === 'tools' && data.event === 'on_tool_event') yield String(data.data);
  for (const { status, content } of data.tools?.messages ?? [])
    if (mode === 'updates' && status === 'error') yield JSON.stringify(content);
}

const BYTES = 'base64:';

function dumpOf({ storage, writes }: MemorySaver): string {
  return JSON.stringify({ storage, writes }, (_key, value: unknown) =>
    value instanceof Uint8Array ? BYTES + Buffer.from(value).toString('base64') : value,
  );
}

function restored(saved: string): MemorySaver {
  const revive = (_key: string, value: unknown): unknown =>
    typeof value === 'string' && value.startsWith(BYTES)
      ? new Uint8Array(Buffer.from(value.slice(BYTES.length), 'base64'))
      : value;
  return Object.assign(new MemorySaver(), JSON.parse(saved, revive));
}
