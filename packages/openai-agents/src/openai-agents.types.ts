/* Compiled, never run: what a user of the SDK writes keeps its exact types. */
import { Agent, type FunctionTool, hostedMcpTool, tool, webSearchTool } from '@openai/agents';
import type { Engine, Money } from '@torii/engine';
import * as z from 'zod';
import {
  guard,
  guardOptions,
  guardTools,
  hostedMcpApproval,
  type InputOf,
  type OutputOf,
  toriiTool,
} from './index.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles for `true` only. */
type Holds<T extends true> = T;

declare const torii: Engine;

const common = { torii, identify: () => 'token' };
const parameters = z.object({ city: z.string(), days: z.number().default(1) });
interface Place {
  city: string;
  days: number;
}
interface App {
  user: string;
}
const description = 'Weather';
const outputSchema = z.object({ degrees: z.number() });

const plain = tool({ name: 'weather', description, parameters, execute: ({ days }) => `${days}` });
const structured = tool({
  name: 'weather',
  description,
  parameters,
  outputSchema,
  execute: ({ days }) => ({ degrees: days }),
  errorFunction: () => ({ degrees: 0 }),
});
const json = tool({
  name: 'weather',
  description,
  parameters: { type: 'object', properties: {}, required: [], additionalProperties: true },
  strict: false,
  execute: (input) => JSON.stringify(input),
});
const ofApp = tool<typeof parameters, App>({
  name: 'weather',
  description,
  parameters,
  execute: ({ city }, context) => `${context?.context.user} ${city}`,
});

export type InputsAreThoseOfTheSdk = [
  Holds<Equal<InputOf<typeof plain>, Place>>,
  Holds<Equal<InputOf<typeof structured>, Place>>,
  Holds<Equal<InputOf<typeof json>, unknown>>,
  Holds<Equal<InputOf<typeof ofApp>, Place>>,
];

export type OutputsAreThoseOfTheSdk = [
  // The SDK calls the output of every tool without a schema a string, whatever it is.
  Holds<Equal<OutputOf<typeof plain>, unknown>>,
  Holds<Equal<OutputOf<typeof structured>, { degrees: number }>>,
];

const guarded = guard(plain, {
  ...common,
  tool: 'weather',
  price: ({ city, days }) => (city === '' ? undefined : `${days}.00 USD`),
  payee: ({ city }) => ({ recipient: city }),
});
const guardedApp = guard(ofApp, {
  ...common,
  identify: ({ user }: App) => user,
  mode: ({ user }: App) => (user === 'new' ? 'shadow' : 'enforce'),
  tool: 'weather',
  price: '0.01 USD',
});
const guardedHelper = guard(
  new Agent({ name: 'helper' }).asTool({ toolName: 'help', toolDescription: 'Helps' }),
  {
    ...common,
    tool: 'help',
    price: ({ input }) => (input.length > 100 ? '0.02 USD' : '0.01 USD'),
  },
);
const before = tool(
  guardOptions(
    {
      name: 'weather',
      description,
      parameters,
      needsApproval: async (_context, { days }) => days > 3,
      execute: async ({ city, days }, context, details) => {
        const [place, length, id]: [string, number, string | undefined] = [
          city,
          days,
          details?.toolCall?.callId,
        ];
        return { place, length, id, user: context?.context };
      },
    },
    {
      ...common,
      tool: 'weather',
      price: ({ days }) => `${days}.00 USD`,
      charged: (output: { fee: Money }) => output.fee,
      onDenied: (answer, message) => ({ fee: { units: 0n, asset: 'USD/6' }, text: answer.kind + message }),
    },
  ),
);
const beforeStructured = tool(
  guardOptions(
    { name: 'weather', description, parameters, outputSchema, execute: ({ days }) => ({ degrees: days }) },
    { ...common, tool: 'weather', price: '0.01 USD', onDenied: () => ({ degrees: 0 }) },
  ),
);
const atOnce = toriiTool(
  {
    name: 'weather',
    description,
    parameters,
    execute: async ({ city, days }, context) => ({ city, days, user: context?.context }),
  },
  {
    ...common,
    tool: 'weather',
    price: ({ days }) => `${days}.00 USD`,
    charged: (output: { fee: Money }) => output.fee,
  },
);
const atOnceJson = toriiTool(
  {
    name: 'weather',
    description,
    parameters: { type: 'object', properties: {}, required: [], additionalProperties: true },
    strict: false,
    execute: (input) => JSON.stringify(input),
  },
  { ...common, tool: 'weather', price: '0.01 USD' },
);
const atOnceOfApp = toriiTool<typeof parameters, App>(
  {
    name: 'weather',
    description,
    parameters,
    execute: ({ city }, context) => `${context?.context.user} ${city}`,
  },
  { ...common, tool: 'weather', price: '0.01 USD' },
);
const atOnceStructured = toriiTool(
  { name: 'weather', description, parameters, outputSchema, execute: ({ days }) => ({ degrees: days }) },
  { ...common, tool: 'weather', price: '0.01 USD', onDenied: () => ({ degrees: 0 }) },
);
const set = guardTools([plain, ofApp], { ...common, price: '0.01 USD', server: 'weather' });

export type ToolsKeepTheirTypes = [
  Holds<Equal<typeof guarded, typeof plain>>,
  Holds<Equal<typeof guardedApp, FunctionTool<App, typeof parameters, string>>>,
  Holds<Equal<typeof before, FunctionTool<unknown, typeof parameters, string>>>,
  Holds<Equal<typeof beforeStructured, FunctionTool<unknown, typeof parameters, { degrees: number }>>>,
  Holds<Equal<typeof atOnce, typeof plain>>,
  Holds<Equal<typeof atOnceJson, typeof json>>,
  Holds<Equal<typeof atOnceOfApp, typeof ofApp>>,
  Holds<Equal<typeof atOnceStructured, typeof structured>>,
  Holds<Equal<typeof set, [typeof plain, typeof ofApp]>>,
];

new Agent<App>({ name: 'assistant', tools: [guardedApp] });
new Agent({ name: 'assistant', tools: [guardedHelper, guarded, before] });

hostedMcpTool({
  serverLabel: 'github',
  serverUrl: 'https://mcp.example',
  requireApproval: 'always',
  onApproval: hostedMcpApproval({ ...common, server: 'github', price: { create_issue: '0.01 USD' } }),
});

// @ts-expect-error the tool has no such argument
guard(plain, { ...common, tool: 'weather', price: ({ town }) => String(town) });
// @ts-expect-error a tool has a price
guard(plain, { ...common, tool: 'weather' });
// @ts-expect-error no such option
guard(plain, { ...common, tool: 'weather', price: '0.01 USD', prize: 1 });
guardOptions(
  { name: 'weather', description, parameters, outputSchema, execute: () => ({ degrees: 1 }) },
  // @ts-expect-error the schema knows no text
  { ...common, tool: 'weather', price: '0.01 USD', onDenied: () => 'no' },
);

toriiTool(
  { name: 'weather', description, parameters, execute: () => 'sun' },
  // @ts-expect-error the tool has no such argument
  { ...common, tool: 'weather', price: ({ town }) => String(town) },
);

/** Refused when it runs: that a tool is one of the provider shows in its `type`. */
guard(webSearchTool(), { ...common, tool: 'search', price: '0.01 USD', skip: true });
