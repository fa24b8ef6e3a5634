import type { CallRequest, Engine, MoneyInput, Outcome, Payee } from '@torii/engine';
import type { GuardOptions, Identify } from './options.ts';
import type { PlainTool, SdkOptions } from './tool-types.ts';

const GUARDED: unique symbol = Symbol.for('torii.guarded-tool') as never;

/** A tool and how it is guarded, for the parts of this package that meet its calls. */
export interface Guarded {
  /** The tool as it was handed in. */
  readonly tool: PlainTool;
  readonly options: GuardOptions<PlainTool>;
  readonly execute: (input: unknown, options: SdkOptions) => unknown;
  readonly definition: () => Promise<string>;
}

/** One call as the SDK tells it. */
export interface SdkCall {
  readonly input: unknown;
  readonly options: SdkOptions;
}

/** The properties that mark a tool as guarded; they survive a copy of the tool. */
export function markOf(guarded: Guarded): object {
  return { [GUARDED]: { value: guarded, enumerable: true } };
}

/** How a tool is guarded, or undefined where it is not. */
export function guardedOf(tool: object): Guarded | undefined {
  return (tool as { readonly [GUARDED]?: Guarded })[GUARDED];
}

/** The call in the engine's words. The hook before a call and its execution ask with the same request. */
export async function requestOf(guarded: Guarded, { input, options }: SdkCall): Promise<CallRequest> {
  const { torii, identify, tool, price, payee, effect, approval } = guarded.options;
  const request: CallRequest = {
    credential: await credentialOf(identify, options),
    framework: 'vercel-ai',
    tool,
    definition: await guarded.definition(),
    arguments: input,
    price: priceOf(price, input),
    payee: payeeOf(payee, input),
    effect,
  };
  if (options.toolCallId === undefined) return request;
  const named = { ...request, frameworkCallId: options.toolCallId };
  if (approval !== 'result') return named;

  // A model that makes the call again does so under another id: unnamed, it is still the call that was approved.
  return (await asksForApproval(torii, named)) ? request : named;
}

/** Whether policy demands a person. An engine that cannot say is asked again by `guard`, which answers for it. */
async function asksForApproval(torii: Engine, request: CallRequest): Promise<boolean> {
  try {
    return (await torii.decide(request)).kind === 'approve';
  } catch {
    return false;
  }
}

/** Tells the application what Torii answered, whatever the application does with it. */
export async function report(guarded: Guarded, call: SdkCall, outcome: Outcome<unknown>): Promise<void> {
  const { onDecision, tool } = guarded.options;
  try {
    await onDecision?.({ tool, toolCallId: call.options.toolCallId, outcome });
  } catch {
    // Documented: logs and metrics do not end a run.
  }
}

/** No token is an answer too: the engine denies the call. */
async function credentialOf(identify: Identify, options: SdkOptions): Promise<string | undefined> {
  if (typeof identify === 'string') return identify;
  try {
    return await identify(options.context ?? options.experimental_context);
  } catch {
    return undefined;
  }
}

/** No price is an answer too: the engine denies the call. */
function priceOf(price: GuardOptions<PlainTool>['price'], input: unknown): MoneyInput | undefined {
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
function payeeOf(payee: GuardOptions<PlainTool>['payee'], input: unknown): Payee | undefined {
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
