import type { BaseMessage } from '@langchain/core/messages';
import { Command, MemorySaver } from '@langchain/langgraph';
import {
  AIMessage,
  type AgentMiddleware,
  createAgent,
  type CreateAgentParams,
  fakeModel,
  humanInTheLoopMiddleware,
} from 'langchain';

/** A call that a model makes. */
export interface Call {
  readonly id: string;
  readonly name: string;
  readonly args: Record<string, unknown>;
}

/** A call that a model makes of a tool. */
export function call(id: string, name: string, args: Record<string, unknown> = {}): Call {
  return { id, name, args };
}

/** A model that makes these calls, one list a step, and then says `done`. */
export function modelOf(...steps: readonly (readonly Call[])[]): ReturnType<typeof fakeModel> {
  const model = fakeModel();
  for (const calls of steps) model.respondWithTools(calls.map((one) => ({ ...one })));
  return model.respond(new AIMessage('done'));
}

/** What a run ended with, as far as tests look at it. */
export interface Ended {
  readonly messages: readonly BaseMessage[];
  readonly interrupts: readonly { readonly id?: string; readonly value?: unknown }[];
}

export interface Running {
  readonly start: () => Promise<Ended>;

  /** Resumes all that is paused: one value, or one for each interrupt by its id. */
  readonly resume: (value: unknown) => Promise<Ended>;
}

export type Setup = Pick<CreateAgentParams, 'tools'> & {
  readonly steps: readonly (readonly Call[])[];
  readonly middleware?: readonly AgentMiddleware[];

  /** False for an agent that cannot pause. */
  readonly checkpointer?: MemorySaver | false;
  readonly config?: Readonly<Record<string, unknown>>;
};

/** An agent of LangChain in a conversation. */
export function agentOf({ steps, config = {}, checkpointer = new MemorySaver(), ...agent }: Setup): Running {
  const made = createAgent({ ...agent, checkpointer, model: modelOf(...steps) });
  const run = async (input: Parameters<typeof made.invoke>[0] | Command): Promise<Ended> => {
    const { configurable, ...rest } = config;
    const thread = { thread_id: 't1', ...(configurable as object | undefined) };
    const ended: object = await made.invoke(input, { ...rest, configurable: thread });
    const { messages, __interrupt__: interrupts = [] } = ended as Ended & {
      __interrupt__?: Ended['interrupts'];
    };
    return { messages, interrupts };
  };
  return {
    start: () => run({ messages: [{ role: 'user', content: 'go' }] }),
    resume: (value) => run(new Command({ resume: value })),
  };
}

/** What the model read of its calls: how it went, and the text. */
export function toolMessages({ messages }: Ended): readonly { status: unknown; content: unknown }[] {
  return messages
    .filter((message) => message.getType() === 'tool')
    .map((message) => ({
      status: 'status' in message ? message.status : undefined,
      content: message.content,
    }));
}

/** What the review of LangChain's own human-in-the-loop sends. */
export const approve = { decisions: [{ type: 'approve' }] };

/** Says no, with words for the model. */
export const reject = { decisions: [{ type: 'reject', message: 'too dear' }] };

/** LangChain's own review of calls of `search`. Its options are typed for compilers without exact optional properties. */
export function review(): AgentMiddleware {
  return humanInTheLoopMiddleware({ interruptOn: { search: true } } as never);
}
