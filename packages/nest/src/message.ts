import type { ExecutionContext } from '@nestjs/common';
import type { CallRequest, Denial, Mode, Waiting } from '@torii/engine';
import { type HandlerOptions, questionsOf } from './http-door.ts';

/** What was asked about a message, by its arguments: the guard and the interceptor ask about the same call. */
const questions = new WeakMap<object, Promise<Question | undefined>>();

/** A message as a call, and in which mode it is asked about. */
export interface Question {
  readonly request: CallRequest;
  readonly mode: Mode | undefined;
}

/** What the functions of the options are given for a message. */
export function messageOf(context: ExecutionContext): object {
  switch (context.getType<string>()) {
    case 'ws':
      return context.switchToWs().getData<object>();
    case 'graphql':
      // The parent comes first, then the arguments of the field.
      return context.getArgByIndex<object>(1);
    default:
      return context.switchToRpc().getData<object>();
  }
}

/** The call that a message is; undefined where its options skip it. */
export function questionOf(
  options: HandlerOptions,
  context: ExecutionContext,
): Promise<Question | undefined> {
  const key = context.getArgs<unknown[]>();
  const known = questions.get(key) ?? describe(options, context);
  questions.set(key, known);
  return known;
}

/**
 * Asks whether a message may become a call, and starts nothing: a guard behind this one may still refuse, and of that
 * nobody tells. Answers what stands against it.
 */
export async function askFirst(
  options: HandlerOptions,
  context: ExecutionContext,
): Promise<Denial | Waiting | undefined> {
  const question = await questionOf(options, context);
  if (question === undefined) return undefined;
  const { request, mode } = question;
  const standing = await options.torii.prepare(request, { mode });
  if (standing.kind === 'ready') return undefined;
  // Whoever waits for people does so where the call starts.
  if (standing.kind === 'waiting' && (options.waitMs ?? 0) > 0) return undefined;
  await options.onDecision?.(messageOf(context), standing, context);
  return standing;
}

async function describe(options: HandlerOptions, context: ExecutionContext): Promise<Question | undefined> {
  const asked = questionsOf(options, messageOf);
  if ((await asked.skip?.(context)) === true) return undefined;
  const { tool, price, payee, effect, identify, mode = 'enforce' } = asked;
  const request = {
    credential: await identify?.(context),
    framework: 'nest',
    tool: (typeof tool === 'function' ? await tool(context) : tool) ?? '',
    price: typeof price === 'function' ? await price(context) : price,
    payee: typeof payee === 'function' ? await payee(context) : payee,
    effect: typeof effect === 'function' ? await effect(context) : effect,
    arguments: asked.arguments === undefined ? messageOf(context) : await asked.arguments(context),
  };
  return { request, mode: typeof mode === 'function' ? await mode(context) : mode };
}
