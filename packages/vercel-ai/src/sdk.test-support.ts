import * as ai6 from 'ai';
import { MockLanguageModelV3 } from 'ai/test';
import * as ai7 from 'ai7';
import { MockLanguageModelV4 } from 'ai7/test';

/** What a model says in one step: calls of tools, or a last word. */
export type Say = string | readonly ToolCall[];

export interface ToolCall {
  readonly id: string;
  readonly tool: string;
  readonly input: unknown;
}

/** A call that a model makes. */
export function call(id: string, tool: string, input: unknown = {}): ToolCall {
  return { id, tool, input };
}

export interface Message {
  readonly role: string;
  readonly content: unknown;
}

export interface Part {
  readonly type: string;
  readonly toolCallId?: string;
  readonly approvalId?: string;
  readonly reason?: string;
  readonly output?: unknown;
  readonly error?: unknown;
  readonly preliminary?: boolean;
  readonly isAutomatic?: boolean;
  readonly toolCall?: { readonly toolCallId: string };
}

interface Generated {
  readonly text: string;
  readonly content: readonly Part[];
  readonly steps: readonly { readonly content: readonly Part[] }[];
  readonly messages: readonly Message[];
}

export interface Model {
  /** What the model was shown in its last step, as JSON. */
  readonly shown: () => string;
  readonly model: object;
}

/** AI SDK 6 or 7, in the words that both share. */
export interface Sdk {
  readonly version: string;
  readonly tool: typeof ai6.tool;
  readonly model: (...says: Say[]) => Model;
  readonly generate: (options: object) => Promise<Generated>;
  readonly stream: (options: object) => Promise<readonly Part[]>;

  /** As `stream`, one by one. */
  readonly parts: (options: object) => AsyncIterable<Part>;
  readonly agent: (options: object) => { generate(options: object): Promise<Generated> };
}

export const sdks: readonly Sdk[] = [
  sdkOf('6', ai6, MockLanguageModelV3 as unknown as MockModel),
  sdkOf('7', ai7, MockLanguageModelV4 as unknown as MockModel),
];

type MockModel = new (options: object) => {
  readonly doGenerateCalls: readonly { readonly prompt: unknown }[];
};
type Library = typeof ai6 | typeof ai7;

function sdkOf(version: string, library: Library, Mock: MockModel): Sdk {
  const { generateText, streamText, ToolLoopAgent } = library as unknown as {
    generateText: (options: object) => Promise<object>;
    streamText: (options: object) => { fullStream: AsyncIterable<Part> };
    ToolLoopAgent: new (options: object) => { generate(options: object): Promise<object> };
  };
  const stopWhen = ({ steps }: { readonly steps: readonly unknown[] }): boolean => steps.length === 5;
  return {
    version,
    tool: library.tool as typeof ai6.tool,
    model: (...says) => modelOf(Mock, says),
    generate: async (options) => generated(await generateText({ stopWhen, ...options })),
    stream: async (options) => {
      const parts: Part[] = [];
      for await (const part of streamText({ stopWhen, ...options }).fullStream) parts.push(part);
      return parts;
    },
    parts: (options) => streamText({ stopWhen, ...options }).fullStream,
    agent: (options) => {
      const agent = new ToolLoopAgent({ stopWhen, ...options });
      return { generate: async (more) => generated(await agent.generate(more)) };
    },
  };
}

/** Both versions answer with all new messages, under different names. */
function generated(result: object): Generated {
  const { text, content, steps, response, responseMessages } = result as Generated & {
    readonly response: { readonly messages: readonly Message[] };
    readonly responseMessages?: readonly Message[];
  };
  return { text, content, steps, messages: responseMessages ?? response.messages };
}

const tokens = { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0, text: 1, reasoning: 0 };
const usage = { inputTokens: tokens, outputTokens: tokens };

function modelOf(Mock: MockModel, says: readonly Say[]): Model {
  let step = 0;
  const next = (): { content: readonly object[]; finishReason: object } => {
    const say = says[step++] ?? 'done';
    if (typeof say === 'string') {
      return { content: [{ type: 'text', text: say }], finishReason: { unified: 'stop', raw: 'stop' } };
    }
    const content = say.map(({ id, tool, input }) => ({
      type: 'tool-call',
      toolCallId: id,
      toolName: tool,
      input: JSON.stringify(input),
    }));
    return { content, finishReason: { unified: 'tool-calls', raw: 'tool-calls' } };
  };
  const mock = new Mock({
    doGenerate: async () => ({ ...next(), usage, warnings: [] }),
    doStream: async () => ({ stream: streamOf(next()) }),
  });
  return { model: mock, shown: () => JSON.stringify(mock.doGenerateCalls.at(-1)?.prompt) };
}

function streamOf({
  content,
  finishReason,
}: {
  content: readonly object[];
  finishReason: object;
}): ReadableStream {
  return new ReadableStream({
    start(controller) {
      controller.enqueue({ type: 'stream-start', warnings: [] });
      for (const part of content) if (!('text' in part)) controller.enqueue(part);
      controller.enqueue({ type: 'finish', finishReason, usage });
      controller.close();
    },
  });
}
