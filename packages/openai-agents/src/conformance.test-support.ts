import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import {
  Agent,
  run,
  RunContext,
  RunState,
  type Tool,
  tool,
  type ToolOptions as SdkToolOptions,
} from '@openai/agents';
import type {
  CallUnderTest,
  DoorSetting,
  DoorUnderTest,
  OpenDoor,
  RunUnderTest,
  Told,
  ToolInput,
  ToolUnderTest,
} from '@torii/engine/testing';
import { guard, guardOptions } from './index.ts';
import { modelThatCalls, outputsOf, tokenIn } from './sdk.test-support.ts';

const entry = createRequire(import.meta.url).resolve('@openai/agents');
const { version } = JSON.parse(readFileSync(join(entry, '../../package.json'), 'utf8')) as {
  version: string;
};

/** How a tool is guarded: as options before the SDK makes it, or as the tool that it made. */
type Way = (under: ToolUnderTest, settings: readonly never[]) => Tool;

const parameters = {
  type: 'object' as const,
  properties: { cents: { type: 'number' } },
  required: ['cents'],
  additionalProperties: true as const,
};

type Parameters = typeof parameters;

function optionsOf({ name, execute }: ToolUnderTest): SdkToolOptions<Parameters> {
  return {
    name,
    description: 'Pays',
    parameters,
    strict: false,
    execute: (input, _context, details) => execute({ input: input as ToolInput, signal: details?.signal }),
  };
}

const before: Way = (under, settings) =>
  tool<Parameters>(
    settings.reduce((options, setting) => guardOptions<Parameters>(options, setting), optionsOf(under)),
  );

const after: Way = (under, settings) =>
  settings.reduce((each, setting) => guard(each, setting), tool<Parameters>(optionsOf(under)));

const LINK = 'https://openai.github.io/openai-agents-js/guides/tools/';
const answersOnce = { says: 'a tool of the SDK answers once and yields nothing', link: LINK };
const limits = {
  stream: answersOnce,
  'stream denied': answersOnce,
  'stream of unknown outcome': answersOnce,
  'stream abandoned': answersOnce,
};

const common = {
  door: '@torii/openai-agents',
  framework: 'openai-agents',
  version: `@openai/agents ${version}`,
};

/** Tools that are guarded before the SDK makes them, driven by its own scripted model. */
export const door: DoorUnderTest = {
  ...common,
  name: 'OpenAI Agents',
  open: (setting) => opened(before, setting),
  limits,
};

const GUARDRAILS = 'https://openai.github.io/openai-agents-js/guides/guardrails/';
const toldAsText = {
  says: 'guardrails are shown the text that the model reads, not the error',
  link: GUARDRAILS,
};

const toldOfNoAbort = { says: 'guardrails are told of no abort', link: GUARDRAILS };

/** Tools that are guarded once the SDK has made them. Its guardrails are told neither of errors nor of an abort. */
export const doorOfMadeTools: DoorUnderTest = {
  ...common,
  name: 'OpenAI Agents made tools',
  open: (setting) => opened(after, setting),
  limits: {
    ...limits,
    'failure returns the money': toldAsText,
    'unknown outcome': toldAsText,
    'retry outside': toldAsText,
    'retry of what nobody knows': toldAsText,
    'left while Torii decides': toldOfNoAbort,
    'left while a person thinks': toldOfNoAbort,
  },
};

function opened(way: Way, { torii, tools: under }: DoorSetting): OpenDoor {
  const tools = under.map((each) =>
    way(
      each,
      each.guards.map((setting) => ({ torii, identify: tokenIn, tool: each.name, ...setting }) as never),
    ),
  );
  const agentFor = (...steps: (readonly CallUnderTest[])[]): Agent =>
    new Agent({ name: 'assistant', model: modelThatCalls(...steps), tools });
  return {
    run: async ({ calls, credential, claims, signal }) => {
      const words = `do it; ${JSON.stringify(claims ?? {})}`;
      const options = signal === undefined ? {} : { signal };
      return toldOf(calls, await run(agentFor(calls), words, { context: { token: credential }, ...options }));
    },
    resume: async (paused, { approved, credential, signal }) => {
      const { state, calls } = JSON.parse(paused) as Paused;
      const agent = agentFor();
      const context = new RunContext({ token: credential });
      const restored = await RunState.fromStringWithContext(agent, state, context, {
        contextStrategy: 'replace',
      });
      for (const item of restored.getInterruptions()) {
        if (approved) restored.approve(item);
        else restored.reject(item);
      }
      return toldOf(calls, await run(agent, restored, signal === undefined ? {} : { signal }));
    },
    close: () => Promise.resolve(),
  };
}

/** What was paused, as an application would store it. */
interface Paused {
  readonly state: string;
  readonly calls: readonly CallUnderTest[];
}

/** What a run ended with, as far as it is read here. */
interface Result {
  readonly history: readonly object[];
  readonly interruptions: readonly { readonly rawItem: object }[];
  readonly state: { readonly toString: () => string };
}

function toldOf(calls: RunUnderTest['calls'], result: Result): readonly Told[] {
  const outputs = outputsOf(result);
  const asked = result.interruptions.map(({ rawItem }) => ('callId' in rawItem ? rawItem.callId : undefined));
  return calls.map(({ id, tool: name }) =>
    asked.includes(id)
      ? { kind: 'paused', text: name, state: JSON.stringify({ state: result.state.toString(), calls }) }
      : { kind: 'answered', text: String(outputs[id]) },
  );
}
