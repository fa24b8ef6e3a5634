import type { ToolInputGuardrailDefinition, ToolOutputGuardrailDefinition } from '@openai/agents';
import { deny, type Denial, type Waiting } from '@torii/engine';
import { explain, type GuardedTool, insteadOf, openTool } from '@torii/engine/doors';
import { recall, remember, watch } from './open-calls.ts';
import { isAgentTool, type PlainTool } from './plain-tool.ts';
import { parsed, toolCallOf } from './sdk-call.ts';

const NAME = 'torii';

/** Starts the call right before the tool, which the SDK runs next, or answers in its place. Never throws. */
export function inputGuardrail(guarded: GuardedTool<PlainTool>): ToolInputGuardrailDefinition {
  return {
    type: 'tool_input',
    name: NAME,
    run: async ({ context, agent, toolCall: { callId, arguments: written } }) => {
      const name = { guarded, context, callId };
      watch(agent);
      // Torii was asked about the arguments as the SDK validated them, if it was asked before.
      const { input = { value: parsed(written) } } = recall(name);
      const answer = await openTool(guarded, toolCallOf({ ...name, input: input.value })).catch(unanswered);
      if (answer.kind === 'started') {
        remember(name, { session: answer });
        return { behavior: { type: 'allow' } };
      }
      const instead = await outputInsteadOf(guarded, answer);
      if (guarded.options.onDenied !== undefined) remember(name, { instead: { value: instead } });
      return { behavior: { type: 'rejectContent', message: textOf(instead) }, outputInfo: answer };
    },
  };
}

/** Ends the call at what its output says it cost. Never throws. */
export function outputGuardrail(guarded: GuardedTool<PlainTool>): ToolOutputGuardrailDefinition {
  return {
    type: 'tool_output',
    name: NAME,
    run: async ({ context, toolCall: { callId }, output }) => {
      const name = { guarded, context, callId };
      const { session } = recall(name);
      remember(name, { session: undefined });
      // An agent that waits for people inside has no output yet; it goes on under the id of the same call.
      if (isAgentTool(guarded.tool) && output === '') session?.fail(new Error('the agent waits for people'));
      session?.finish({ last: { value: output }, complete: true });
      // The next call of the model should find the money where it is.
      await session?.written().catch(() => undefined);
      return { behavior: { type: 'allow' } };
    },
  };
}

const unanswered = (): Denial => deny('STORE_UNAVAILABLE', 'the engine cannot answer');

async function outputInsteadOf(guarded: GuardedTool, answer: Denial | Waiting): Promise<unknown> {
  const { tool, approval = 'native' } = guarded.options;
  try {
    return await insteadOf(guarded, answer, (message) => message);
  } catch {
    return explain(tool, answer, approval);
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
