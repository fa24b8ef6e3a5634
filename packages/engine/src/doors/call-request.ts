import type { CallRequest } from '../nouns/call.ts';
import type { Engine } from '../nouns/engine.ts';
import type { MoneyInput } from '../nouns/money.ts';
import type { Payee } from '../nouns/payee.ts';
import { known, type Steps, take } from '../nouns/steps.ts';
import type { GuardedTool, ToolCall } from './guarded-tool.ts';
import { answerOf } from './of-run.ts';
import type { AnyToolOptions } from './options.ts';

/** The call in the engine's words. The hook before a call and its execution ask with the same request. */
export async function requestOf(guarded: GuardedTool, call: ToolCall): Promise<CallRequest> {
  return take(requestIn(guarded, call));
}

/** As `requestOf`, at once where nothing that it needs is promised. */
export function* requestIn(guarded: GuardedTool, call: ToolCall): Steps<CallRequest> {
  const { torii, identify, tool, price, payee, effect, approval } = guarded.options;
  const { input, context, id } = call;
  const request: CallRequest = {
    // No token is an answer too: the engine denies the call.
    credential: typeof identify === 'string' ? identify : yield* answerOf(identify, context),
    framework: guarded.framework,
    tool,
    definition: yield* definitionFrom(guarded),
    arguments: input,
    price: priceOf(price, input),
    payee: payeeOf(payee, input),
    effect,
  };
  if (id === undefined) return request;
  const named = { ...request, frameworkCallId: id };
  if (approval !== 'result' || !torii.policies.asksPeople) return named;

  // A model that makes the call again does so under another id: unnamed, it is still the call that was approved.
  return (yield* asksForApproval(torii, named)) ? request : named;
}

/** Whether policy demands a person. An engine that cannot say is asked again by `guard`, which answers for it. */
function* asksForApproval(torii: Engine, request: CallRequest): Steps<boolean> {
  try {
    return (yield* known(torii.decide(request))).kind === 'approve';
  } catch {
    return false;
  }
}

/** No definition at all would be that of a tool that nobody pinned; one that nobody has makes the engine deny the call. */
function* definitionFrom(guarded: GuardedTool): Steps<string> {
  try {
    return yield* known(guarded.definition());
  } catch {
    return '';
  }
}

/** No price is an answer too: the engine denies the call. */
function priceOf(price: AnyToolOptions['price'], input: unknown): MoneyInput | undefined {
  if (typeof price !== 'function') return price;
  try {
    const asked: unknown = price(input);
    // A price that is only promised is none; its failure is nobody else's business.
    if (asked instanceof Promise) asked.catch(() => undefined);
    return asked as MoneyInput;
  } catch {
    return undefined;
  }
}

/** Nobody could be this one, so the engine denies the call. Undefined would mean that nobody is paid. */
const NO_PAYEE: Payee = { recipient: '' };

/** What no payee can be is passed on as it is: the engine denies that. */
function payeeOf(payee: AnyToolOptions['payee'], input: unknown): Payee | undefined {
  if (typeof payee !== 'function') return payee;
  try {
    const named: unknown = payee(input);
    if (!(named instanceof Promise)) return named as Payee | undefined;
    // A promise has none of the fields of a payee, and would look as if it named nobody.
    named.catch(() => undefined);
    return NO_PAYEE;
  } catch {
    return NO_PAYEE;
  }
}
