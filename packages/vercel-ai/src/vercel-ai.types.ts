/* Compiled, never run: what a user of AI SDK 6 or 7 writes keeps its exact types. */
import type { Engine, Money } from '@torii/engine';
import * as ai6 from 'ai';
import * as ai7 from 'ai7';
import * as z from 'zod';
import { guard, guardTools, type InputOf, type OutputOf, withTorii } from './index.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles for `true` only. */
type Holds<T extends true> = T;

declare const torii: Engine;
declare const model6: ai6.LanguageModel;
declare const model7: ai7.LanguageModel;

const inputSchema = z.object({ city: z.string(), days: z.number().default(1) });
interface Place {
  city: string;
  days: number;
}
interface Weather {
  degrees: number;
}

const weather6 = ai6.tool({
  description: 'Weather',
  inputSchema,
  execute: async ({ days }): Promise<Weather> => ({ degrees: days }),
});
const weather7 = ai7.tool({
  description: 'Weather',
  inputSchema,
  execute: async ({ days }): Promise<Weather> => ({ degrees: days }),
});
const stream6 = ai6.tool({
  inputSchema,
  async *execute({ city }) {
    yield { text: city };
  },
});
const stream7 = ai7.tool({
  inputSchema,
  async *execute({ city }) {
    yield { text: city };
  },
});
const context7 = ai7.tool({
  inputSchema,
  contextSchema: z.object({ token: z.string() }),
  execute: ({ city }, { context }) => `${context.token} ${city}`,
});
const dynamic6 = ai6.dynamicTool({ inputSchema, execute: (input) => input });
const dynamic7 = ai7.dynamicTool({ inputSchema, execute: (input) => input });
const client7 = ai7.tool({ inputSchema, outputSchema: z.object({ ok: z.boolean() }) });

export type InputsAreThoseOfTheSdk = [
  Holds<Equal<InputOf<typeof weather6>, ai6.InferToolInput<typeof weather6>>>,
  Holds<Equal<InputOf<typeof weather7>, ai7.InferToolInput<typeof weather7>>>,
  Holds<Equal<InputOf<typeof stream6>, Place>>,
  Holds<Equal<InputOf<typeof stream7>, Place>>,
  Holds<Equal<InputOf<typeof context7>, Place>>,
  Holds<Equal<InputOf<typeof dynamic6>, unknown>>,
  Holds<Equal<InputOf<typeof dynamic7>, unknown>>,
];

export type OutputsAreThoseOfTheSdk = [
  Holds<Equal<OutputOf<typeof weather6>, ai6.InferToolOutput<typeof weather6>>>,
  Holds<Equal<OutputOf<typeof weather7>, ai7.InferToolOutput<typeof weather7>>>,
  Holds<Equal<OutputOf<typeof stream6>, { text: string }>>,
  Holds<Equal<OutputOf<typeof stream7>, { text: string }>>,
  Holds<Equal<OutputOf<typeof context7>, string>>,
  Holds<Equal<OutputOf<typeof dynamic6>, unknown>>,
  Holds<Equal<OutputOf<typeof dynamic7>, unknown>>,
];

const common = { torii, identify: () => 'token' };

const guarded6 = guard(weather6, {
  ...common,
  tool: 'weather',
  price: ({ days }) => `0.${days} USD`,
  charged: ({ degrees }): Money => ({ units: BigInt(degrees), asset: 'USD/6' }),
  onDenied: () => ({ degrees: 0 }),
});
const guarded7 = guard(weather7, {
  ...common,
  tool: 'weather',
  price: ({ days }) => `0.${days} USD`,
  charged: ({ degrees }) => `0.${degrees} USD`,
  onDenied: (_answer, message) => ({ degrees: message.length }),
});

export type AGuardedToolIsTheToolItWas = [
  Holds<Equal<typeof guarded6, typeof weather6>>,
  Holds<Equal<typeof guarded7, typeof weather7>>,
  Holds<Equal<ai6.InferToolInput<typeof guarded6>, Place>>,
  Holds<Equal<ai7.InferToolInput<typeof guarded7>, Place>>,
  Holds<Equal<ai6.InferToolOutput<typeof guarded6>, Weather>>,
  Holds<Equal<ai7.InferToolOutput<typeof guarded7>, Weather>>,
];

const tools6 = guardTools(
  { weather: weather6, stream: stream6, dynamic: dynamic6 },
  {
    ...common,
    price: { weather: ({ city }) => `0.${city.length} USD`, stream: '0.01 USD', dynamic: '0.01 USD' },
    payee: { weather: ({ city }) => ({ recipient: city }), stream: { recipient: 'stream.example' } },
    effect: { weather: 'read', dynamic: 'admin' },
    charged: { stream: ({ text }) => `0.${text.length} USD` },
  },
);
const with7 = withTorii({
  ...common,
  tools: { weather: weather7, stream: stream7, place: context7, client: client7 },
  price: { weather: ({ city }) => `0.${city.length} USD`, stream: '0.01 USD', place: '0.01 USD' },
  onDenied: { stream: () => ({ text: '' }) },
  payee: { recipient: 'weather.example', network: 'eip155:8453' },
  streaming: ['stream'],
  skip: ['client'],
});

export type ASetKeepsItsKeysAndTypes = [
  Holds<Equal<typeof tools6, { weather: typeof weather6; stream: typeof stream6; dynamic: typeof dynamic6 }>>,
  Holds<
    Equal<
      typeof with7.tools,
      { weather: typeof weather7; stream: typeof stream7; place: typeof context7; client: typeof client7 }
    >
  >,
];

/** Results are typed as if Torii were not there, and contexts are still demanded. */
export async function callers(): Promise<void> {
  const first = await ai6.generateText({ model: model6, prompt: 'hi', tools: tools6 });
  for (const result of first.toolResults) {
    if (!result.dynamic && result.toolName === 'weather') result.output.degrees satisfies number;
  }
  const second = await ai7.generateText({
    model: model7,
    prompt: 'hi',
    ...with7,
    toolsContext: { place: { token: 'token' } },
  });
  for (const result of second.toolResults) {
    if (!result.dynamic && result.toolName === 'weather') result.output.degrees satisfies number;
  }
  ai7.streamText({ model: model7, prompt: 'hi', ...with7, toolsContext: { place: { token: 'token' } } });
  new ai7.ToolLoopAgent({ model: model7, ...with7, toolsContext: { place: { token: 'token' } } });
  await ai6.generateText({
    model: model6,
    prompt: 'hi',
    ...withTorii({ ...common, tools: { weather: weather6 }, price: '0.01 USD' }),
  });
  new ai6.ToolLoopAgent({ model: model6, tools: tools6 });
}

/** Sets whose names only the run time knows, as those of an MCP server. */
export function servers(of6: ai6.ToolSet, of7: ai7.ToolSet): [ai6.ToolSet, ai7.ToolSet] {
  const payee = { recipient: 'github.com' };
  const options = { ...common, price: '0.01 USD', payee, server: 'github', skip: ['ping'] } as const;
  return [guardTools(of6, options), guardTools(of7, options)];
}

/** Each of these is a mistake that the compiler finds. */
export function mistakes(): void {
  // @ts-expect-error a tool without a price
  guardTools({ weather: weather7, stream: stream7 }, { ...common, price: { weather: '0.01 USD' } });
  // @ts-expect-error a price is never a number
  guard(weather7, { ...common, tool: 'weather', price: 0.01 });
  // @ts-expect-error the arguments have no such field
  guard(weather7, { ...common, tool: 'weather', price: ({ town }) => town });
  // @ts-expect-error not an output of this tool
  guard(weather7, { ...common, tool: 'weather', price: '0.01 USD', onDenied: () => 'no' });
  // @ts-expect-error not a tool
  guard({ name: 'weather' }, { ...common, tool: 'weather', price: '0.01 USD' });
  // @ts-expect-error no effect
  guard(weather7, { ...common, tool: 'weather', price: '0.01 USD', effect: 'write' });
  // @ts-expect-error an effect is of the tool, not of its arguments
  guard(weather7, { ...common, tool: 'weather', price: '0.01 USD', effect: () => 'read' });
  // @ts-expect-error no field of a payee
  guard(weather7, { ...common, tool: 'weather', price: '0.01 USD', payee: { recipent: 'x' } });
  const terms = { ...common, tool: 'weather', price: '0.01 USD' };
  // @ts-expect-error the arguments have no such field
  guard(weather7, { ...terms, payee: ({ town }) => ({ recipient: town }) });
  // @ts-expect-error no such tool
  guardTools({ weather: weather7 }, { ...common, price: '0.01 USD', effect: { whether: 'read' } });
  // @ts-expect-error no such option
  guard(weather7, { ...common, tool: 'weather', price: '0.01 USD', cost: '0.01 USD' });
}
