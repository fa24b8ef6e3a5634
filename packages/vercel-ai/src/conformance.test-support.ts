import { createRequire } from 'node:module';
import type {
  CallUnderTest,
  DoorSetting,
  DoorUnderTest,
  NativeAnswer,
  OpenDoor,
  RunUnderTest,
  Told,
  ToolUnderTest,
} from '@torii/engine/testing';
import * as z from 'zod';
import { guard, toriiApproval } from './index.ts';
import { type Message, type Part, type Sdk, sdks } from './sdk.test-support.ts';

const require = createRequire(import.meta.url);

/** Both versions of the SDK, driven by their own fake models. */
export const doors: readonly DoorUnderTest[] = sdks.map((sdk) => ({
  name: `AI SDK ${sdk.version}`,
  door: '@torii/vercel-ai',
  framework: 'vercel-ai',
  version: `ai ${(require(`${sdk.version === '6' ? 'ai' : 'ai7'}/package.json`) as { version: string }).version}`,
  open: (setting) => opened(sdk, setting),
}));

type Tool = ReturnType<typeof toolOf>;

function toolOf(sdk: Sdk, { torii }: Pick<DoorSetting, 'torii'>, under: ToolUnderTest) {
  const { name, guards, execute, stream } = under;
  const schemas = { inputSchema: z.looseObject({ cents: z.number() }), contextSchema: z.unknown() };
  const plain = sdk.tool({
    ...schemas,
    execute:
      stream === undefined
        ? (input: never, { abortSignal }: never) => execute({ input, signal: abortSignal })
        : async function* (input: never, { abortSignal }: never) {
            yield* stream({ input, signal: abortSignal });
          },
  } as never) as { inputSchema: unknown };
  return guards.reduce(
    (tool, setting) => guard(tool, { torii, identify: tokenIn, tool: name, ...(setting as object) } as never),
    plain,
  );
}

function tokenIn(context: unknown): string | undefined {
  return (context as { token?: string } | undefined)?.token;
}

/** What was paused, as a client would keep it. */
interface Paused {
  readonly messages: readonly Message[];
  readonly asked: readonly { readonly approvalId: string; readonly toolCallId: string }[];
  readonly calls: readonly CallUnderTest[];
}

function opened(sdk: Sdk, setting: DoorSetting): OpenDoor {
  const tools: Record<string, Tool> = Object.fromEntries(
    setting.tools.map((under) => [under.name, toolOf(sdk, setting, under)]),
  );
  const optionsOf = ({ credential, signal }: Omit<RunUnderTest, 'calls'>): object => {
    const context = { token: credential };
    return {
      tools,
      toolApproval: toriiApproval(),
      experimental_context: context,
      toolsContext: Object.fromEntries(Object.keys(tools).map((name) => [name, context])),
      ...(signal === undefined ? {} : { abortSignal: signal }),
    };
  };
  const generate = async (
    { calls, ...words }: RunUnderTest,
    messages: readonly Message[],
    ...steps: (readonly CallUnderTest[])[]
  ): Promise<readonly Told[]> => {
    const { model, shown } = sdk.model(...steps, 'done');
    const result = await sdk.generate({ model, messages, ...optionsOf(words) });
    const said: Paused = {
      messages: [...messages, ...result.messages],
      asked: askedIn(result.content),
      calls,
    };
    return calls.map((call) => toldOf(call, said, shown()));
  };
  return {
    run: (run) => generate(run, [asking(run)], run.calls),
    resume: (state, { approved, ...words }: NativeAnswer) => {
      const { messages, asked, calls } = JSON.parse(state) as Paused;
      const content = asked.map(({ approvalId }) => ({
        type: 'tool-approval-response',
        approvalId,
        approved,
      }));
      return generate({ calls, ...words }, [...messages, { role: 'tool', content }]);
    },
    stream: async function* (run) {
      const { model } = sdk.model(run.calls, 'done');
      // The SDK listens to its tools until their end, whoever listens to it: to leave is to abort.
      const leaving = new AbortController();
      const options = optionsOf({ ...run, signal: leaving.signal });
      try {
        for await (const part of sdk.parts({ model, messages: [asking(run)], ...options })) {
          if (part.type === 'tool-result' && part.preliminary === true) yield String(part.output);
          if (part.type === 'tool-error') yield String(part.error);
        }
      } finally {
        leaving.abort();
      }
    },
    close: () => Promise.resolve(),
  };
}

function asking({ claims }: RunUnderTest): Message {
  return { role: 'user', content: `do it; ${JSON.stringify(claims ?? {})}` };
}

/** Requests that somebody has to answer: AI SDK 7 also writes one down for what it denied by itself. */
function askedIn(content: readonly Part[]): Paused['asked'] {
  return content.flatMap(({ type, isAutomatic, approvalId, toolCall }) =>
    type === 'tool-approval-request' && isAutomatic !== true && approvalId !== undefined
      ? [{ approvalId, toolCallId: toolCall?.toolCallId ?? '' }]
      : [],
  );
}

function toldOf({ id }: CallUnderTest, said: Paused, shown: string): Told {
  if (said.asked.some(({ toolCallId }) => toolCallId === id))
    return { kind: 'paused', text: JSON.stringify(said.asked), state: JSON.stringify(said) };
  const parts = (JSON.parse(shown) as readonly Message[]).flatMap(({ content }) =>
    Array.isArray(content) ? (content as readonly Part[]) : [],
  );
  const result = parts.findLast(({ type, toolCallId }) => type === 'tool-result' && toolCallId === id);
  const { type, value, reason } = (result?.output ?? {}) as Readonly<Record<string, string | undefined>>;
  return { kind: 'answered', text: `${type} ${value ?? reason}` };
}
