import type { LanguageModel } from 'ai';
import { MockLanguageModelV3 } from 'ai/test';
import { z } from 'zod';
import type { Move, Reading, Script } from './script.ts';

type Options = Parameters<MockLanguageModelV3['doGenerate']>[0];
type Generated = Awaited<ReturnType<MockLanguageModelV3['doGenerate']>>;

const readingSchema = z.object({ status: z.number(), body: z.record(z.string(), z.unknown()) });

const USAGE: Generated['usage'] = {
  inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 0, text: 0, reasoning: 0 },
};

/** A language model that follows a script: no key, no network, the same moves for the same answers of the tools. */
export function scriptedModel(script: Script): LanguageModel {
  let count = 0;
  return new MockLanguageModelV3({
    provider: 'torii-sandbox',
    modelId: 'scripted',
    doGenerate: (options) => {
      const { done, value } = script.next(lastReading(options));
      const move: Move = done === true ? { kind: 'say', text: 'Nothing is left to do.' } : value;
      return Promise.resolve(generated(move, ++count));
    },
  });
}

function generated(move: Move, count: number): Generated {
  if (move.kind === 'say') {
    return answer({ type: 'text', text: move.text }, 'stop');
  }
  const input = JSON.stringify(move.input);
  return answer(
    { type: 'tool-call', toolCallId: `scripted-${count}`, toolName: move.tool, input },
    'tool-calls',
  );
}

function answer(
  content: Generated['content'][number],
  unified: Generated['finishReason']['unified'],
): Generated {
  return { content: [content], finishReason: { unified, raw: undefined }, usage: USAGE, warnings: [] };
}

/** What the last tool answered, or undefined where the user spoke last. */
function lastReading({ prompt }: Options): Reading | undefined {
  const last = prompt.at(-1);
  if (last?.role !== 'tool') return undefined;
  const part = last.content.at(-1);
  if (part?.type !== 'tool-result') return undefined;
  if (part.output.type !== 'json')
    throw new Error(`the tool \`${part.toolName}\` failed: ${JSON.stringify(part.output)}`);
  return readingSchema.parse(part.output.value);
}
