/* Compiled, never run: what a user of LangChain writes keeps its exact types. */
import type { Engine, Money } from '@torii/engine';
import { StructuredTool } from '@langchain/core/tools';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import { createAgent, DynamicTool, fakeModel, tool, ToolMessage } from 'langchain';
import * as z from 'zod';
import {
  guard,
  guardTools,
  type InputOf,
  type OutputOf,
  type RunContext,
  type ToriiInterrupt,
  toriiMiddleware,
} from './index.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles for `true` only. */
type Holds<T extends true> = T;

declare const torii: Engine;

interface Place {
  city: string;
  days: number;
}
interface Weather {
  degrees: number;
}

const schema = z.object({ city: z.string(), days: z.number().default(1) });
const weather = tool(async ({ days }): Promise<Weather> => ({ degrees: days }), {
  name: 'weather',
  description: 'Weather',
  schema,
});
const note = tool(async ({ city }) => city, { name: 'note', description: 'Notes', schema });
const stream = tool(
  async function* ({ city }: Place) {
    yield city;
    return { text: city };
  },
  { name: 'stream', description: 'Streams', schema },
);
const echo = new DynamicTool({ name: 'echo', description: 'Echoes', func: async (text) => text });
const json = tool(async () => 1, { name: 'json', description: 'JSON Schema', schema: { type: 'object' } });

class Counter extends StructuredTool {
  readonly name = 'counter';
  readonly description = 'Counts';
  readonly schema = z.object({ by: z.number() });

  protected override async _call({ by }: { by: number }): Promise<number> {
    return by;
  }
}

export type InputsAreWhatToolsGet = [
  Holds<Equal<InputOf<typeof weather>, Place>>,
  Holds<Equal<InputOf<typeof stream>, Place>>,
  Holds<Equal<InputOf<typeof echo>, string>>,
  Holds<Equal<InputOf<typeof json>, unknown>>,
  Holds<Equal<InputOf<Counter>, { by: number }>>,
];

export type OutputsAreWhatToolsReturn = [
  Holds<Equal<OutputOf<typeof weather>, Weather>>,
  Holds<Equal<OutputOf<typeof note>, string>>,
  Holds<Equal<OutputOf<typeof stream>, { text: string }>>,
  Holds<Equal<OutputOf<typeof json>, number>>,
  Holds<Equal<OutputOf<Counter>, unknown>>,
];

const common = { torii, identify: ({ context }: RunContext<{ token: string }>) => context.token };

const guarded = guard(weather, {
  ...common,
  mode: ({ context }: RunContext<{ token: string }>) => (context.token === '' ? 'enforce' : 'shadow'),
  skip: ({ configurable }) => configurable['skip'] === true,
  tool: 'weather',
  price: ({ days }) => `0.${days} USD`,
  payee: ({ city }) => ({ recipient: city }),
  charged: ({ degrees }): Money => ({ units: BigInt(degrees), asset: 'USD/6' }),
  onDenied: (_answer, message) => ({ degrees: message.length }),
});
const counter = guard(new Counter(), { ...common, tool: 'counter', price: ({ by }) => `0.${by} USD` });
const list = guardTools([weather, stream], {
  ...common,
  price: { weather: ({ days }) => `0.${days} USD`, stream: '0.01 USD' },
  charged: { stream: ({ text }) => `0.${text.length} USD` },
  effect: { weather: 'read' },
});
const some = guardTools([weather, note], { ...common, price: { weather: '0.01 USD' }, skip: ['note'] });

export type AGuardedToolIsTheToolItWas = [
  Holds<Equal<typeof guarded, typeof weather>>,
  Holds<Equal<typeof counter, Counter>>,
  Holds<Equal<typeof list, [typeof weather, typeof stream]>>,
  Holds<Equal<typeof some, [typeof weather, typeof note]>>,
];

/** Agents take what is guarded, and demand their own context still. */
export async function agents(): Promise<void> {
  const middleware = toriiMiddleware({
    ...common,
    price: { weather: ({ days }: Place) => `0.${days} USD`, note: '0.01 USD' },
    charged: { weather: (output) => (ToolMessage.isInstance(output) ? '0.01 USD' : '0.02 USD') },
    skip: ['echo'],
  });
  const model = fakeModel();
  const contextSchema = z.object({ token: z.string() });
  const agent = createAgent({ model, tools: [echo, ...list], middleware: [middleware], contextSchema });
  const ended = await agent.invoke({ messages: 'hi' }, { context: { token: 'token' } });
  ended.messages.length satisfies number;
  // @ts-expect-error the context of the agent
  await agent.invoke({ messages: 'hi' }, { context: { token: 1 } });
  new ToolNode([guarded, counter]);
  const forecast = await guarded.invoke({ city: 'Oslo' });
  forecast satisfies Weather | ToolMessage;
}

/** Tools whose names only the run time knows, as those of an MCP server. */
export function servers(tools: StructuredTool[]): StructuredTool[] {
  return guardTools(tools, { ...common, price: '0.01 USD', server: 'github', skip: ['ping'] });
}

/** What a review is shown. */
export function approvalOf({ torii: { approvalId }, actionRequests }: ToriiInterrupt): string {
  return `${approvalId} ${actionRequests[0]?.name}`;
}

/** Each of these is a mistake that the compiler finds. */
export function mistakes(): void {
  const terms = { ...common, tool: 'weather', price: '0.01 USD' };
  // @ts-expect-error a tool without a price
  guardTools([weather, stream], { ...common, price: { weather: '0.01 USD' } });
  // @ts-expect-error a price is never a number
  guard(weather, { ...common, tool: 'weather', price: 0.01 });
  // @ts-expect-error the arguments have no such field
  guard(weather, { ...common, tool: 'weather', price: ({ town }) => town });
  // @ts-expect-error not an output of this tool
  guard(weather, { ...terms, onDenied: () => 'no' });
  // @ts-expect-error not a tool
  guard({ description: 'weather' }, terms);
  // @ts-expect-error no effect
  guard(weather, { ...terms, effect: 'write' });
  // @ts-expect-error no such tool
  guardTools([weather], { ...common, price: '0.01 USD', effect: { whether: 'read' } });
  // @ts-expect-error no such option
  toriiMiddleware({ ...common, price: '0.01 USD', tool: 'weather' });
  // @ts-expect-error the context is what the application says it is
  toriiMiddleware({ torii, identify: ({ context }) => context.token, price: '0.01 USD' });
}
