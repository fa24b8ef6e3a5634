import { createHash } from 'node:crypto';
import { createOpenAI } from '@ai-sdk/openai';
import { type LanguageModel, type ModelMessage, stepCountIs, tool, ToolLoopAgent, type ToolSet } from 'ai';
import type { Actor } from '../stage/people.ts';
import type { PaidTool } from '../tools/paid-tool.ts';
import type { CallVerdict } from '../timeline/event.ts';
import type { ToolCall } from './call-tool.ts';
import type { Reading, Script } from './script.ts';
import { scriptedModel } from './scripted-model.ts';
import { tellCall, type Telling, verdictOf } from './told-call.ts';

/** An agent in the middle of a conversation. */
export interface Conversation {
  /** `scripted`, or the name of the model that answers. */
  readonly model: string;

  /** Hands the agent its next task; answers what it says once it has no more tool to call. */
  ask(task: string): Promise<string>;

  /** The newest call of this tool, as it was sent. */
  lastCall(tool: string): ToolCall | undefined;
}

/** Which model to use. */
export interface ModelChoice {
  /** Key of a real model; without one the script decides. */
  readonly apiKey: string | undefined;
  readonly name: string;
  readonly script: Script;
}

/** A real model was asked for and did not answer. */
export class ModelUnavailable extends Error {
  override readonly name = 'ModelUnavailable';
}

const INSTRUCTIONS = `You are an agent that writes reports about a software repository. Your tools cost money, and a
trust layer stands in front of them. A tool answers {status, body}. With a status of 400 or more it did not run or
failed: read the detail, do not repeat the call unless you are told to, and go on with the task. Call one tool at a
time and call exactly the tools you are asked to call.`;

const MOST_STEPS = 30;
const LATEST_MS = 180_000;

/** Starts a conversation with an AI SDK agent whose tools are the HTTP tools, called with the actor's own token. */
export function startConversation(
  telling: Telling,
  actor: Actor,
  { tools, choice }: { readonly tools: readonly PaidTool[]; readonly choice: ModelChoice },
): Conversation {
  const sent = new Map<string, ToolCall>();
  const agent = new ToolLoopAgent({
    model: modelOf(choice),
    instructions: INSTRUCTIONS,
    tools: toolSet({ telling, actor, sent }, tools),
    stopWhen: stepCountIs(MOST_STEPS),
  });
  const messages: ModelMessage[] = [];
  return {
    model: choice.apiKey === undefined ? 'scripted' : choice.name,
    async ask(task) {
      messages.push({ role: 'user', content: task });
      const result = await agent
        .generate({ messages, abortSignal: AbortSignal.timeout(LATEST_MS) })
        .catch(unavailable(choice));
      messages.push(...result.response.messages);
      return result.text;
    },
    lastCall: (name) => sent.get(name),
  };
}

/** A real model did not answer. What a script does wrong is a mistake of ours and stays as it is. */
function unavailable({ apiKey, name }: ModelChoice): (error: unknown) => never {
  return (error) => {
    if (apiKey === undefined) throw error;
    const why = error instanceof Error ? error.message : 'unknown reason';
    throw new ModelUnavailable(
      `the model \`${name}\` did not answer (${why}); unset OPENAI_API_KEY to use the scripted one`,
    );
  };
}

function modelOf({ apiKey, name, script }: ModelChoice): LanguageModel {
  return apiKey === undefined ? scriptedModel(script) : createOpenAI({ apiKey })(name);
}

interface Sending {
  readonly telling: Telling;
  readonly actor: Actor;

  /** The newest call of each tool. */
  readonly sent: Map<string, ToolCall>;
}

function toolSet({ telling, actor, sent }: Sending, tools: readonly PaidTool[]): ToolSet {
  return Object.fromEntries(
    tools.map((paid) => {
      const repeated = repeatable(actor, paid.name);
      const execute = async (input: unknown): Promise<Reading> => {
        const call = repeated.callOf(input);
        sent.set(paid.name, call);
        const answer = await tellCall(telling, actor, call);
        repeated.answered(call, verdictOf(answer));
        return { status: answer.status, body: answer.body };
      };
      return [paid.name, tool({ description: paid.description, inputSchema: paid.input, execute })];
    }),
  );
}

type KeyedCall = ToolCall & { readonly idempotencyKey: string };

/**
 * A call that waits for a person is resumed by repeating it: the same arguments under the same key. A model that writes
 * its text anew would make another call of it, which would wait for another approval.
 */
function repeatable(actor: Actor, name: string) {
  let count = 0;
  let waiting: KeyedCall | undefined;
  return {
    callOf: (input: unknown): KeyedCall =>
      waiting ?? { tool: name, arguments: input, idempotencyKey: keyOf(actor, name, ++count) },
    answered(call: KeyedCall, verdict: CallVerdict) {
      if (verdict === 'waiting') waiting = call;
      else if (waiting === call) waiting = undefined;
    },
  };
}

function keyOf({ session }: Actor, name: string, count: number): string {
  return createHash('sha256').update(`${session} ${name} ${count}`).digest('hex').slice(0, 32);
}
