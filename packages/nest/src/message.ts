import type { ExecutionContext } from '@nestjs/common';
import type { CallRequest, Denial, Waiting } from '@torii/engine';
import { type HandlerOptions, questionsOf } from './http-door.ts';

/** What was asked about a message, by its arguments: the guard and the interceptor ask about the same call. */
const requests = new WeakMap<object, Promise<CallRequest | undefined>>();

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
export function messageRequest(
  options: HandlerOptions,
  context: ExecutionContext,
): Promise<CallRequest | undefined> {
  const key = context.getArgs<unknown[]>();
  const known = requests.get(key) ?? describe(options, context);
  requests.set(key, known);
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
  const request = await messageRequest(options, context);
  if (request === undefined) return undefined;
  const standing = await options.torii.prepare(request);
  if (standing.kind === 'ready') return undefined;
  // Whoever waits for people does so where the call starts.
  if (standing.kind === 'waiting' && (options.waitMs ?? 0) > 0) return undefined;
  await options.onDecision?.(messageOf(context), standing, context);
  return standing;
}

async function describe(
  options: HandlerOptions,
  context: ExecutionContext,
): Promise<CallRequest | undefined> {
  const questions = questionsOf(options, messageOf);
  if ((await questions.skip?.(context)) === true) return undefined;
  const { tool, price, payee, effect, identify } = questions;
  return {
    credential: await identify?.(context),
    framework: 'nest',
    tool: (typeof tool === 'function' ? await tool(context) : tool) ?? '',
    price: typeof price === 'function' ? await price(context) : price,
    payee: typeof payee === 'function' ? await payee(context) : payee,
    effect: typeof effect === 'function' ? await effect(context) : effect,
    arguments: questions.arguments === undefined ? messageOf(context) : await questions.arguments(context),
  };
}
