import type { IncomingMessage } from 'node:http';
import type { Call } from '../nouns/call.ts';
import type { Permit } from '../nouns/engine.ts';
import { money, type MoneyInput } from '../nouns/money.ts';
import { known, promiseOf, type Steps } from '../nouns/steps.ts';
import { isStillAtWork } from './at-work.ts';
import type { Exchange } from './exchange.ts';
import type { Settings } from './settings.ts';

/** The guarded call that a handler is running. */
export interface ToriiCall {
  readonly call: Call;
  readonly callId: string;

  /** How its budgets stand, this call's hold included. */
  readonly budgets: Permit['budgets'];
  readonly rates: Permit['rates'];

  /**
   * Says what the call really cost. It counts once the response has ended, also when the handler failed after all.
   * Throws MONEY_INVALID for what is no amount, and then nobody knows what the call cost: its hold stays.
   */
  charge(amount: MoneyInput): void;

  /** Says that nobody knows what the call cost: the hold stays until `engine.calls` says. */
  suspend(reason: string): void;
}

const calls = new WeakMap<object, ToriiCall>();

/** The call that a request is, for its handler; undefined where nothing guarded it. Requests may wrap that of Node. */
export function toriiOf(request: IncomingMessage | { readonly raw: IncomingMessage }): ToriiCall | undefined {
  const own = calls.get(request);
  if (own !== undefined || !('raw' in request)) return own;
  // Applications put something of their own there, too.
  const raw: unknown = request.raw;
  return typeof raw === 'object' && raw !== null ? calls.get(raw) : undefined;
}

/** Hands the permit to the handler, and ends it when the response ends or its client leaves. The first end counts. */
export function settleAtTheEnd<Req, Res>(
  settings: Settings<Req, Res>,
  exchange: Exchange<Req, Res>,
  permit: Permit,
): void {
  const { door } = settings;
  const response = door.rawResponse(exchange.response);
  // Servers keep a request in memory for longer than its call, and with it all that can be found from there.
  let running: Permit | undefined = permit;
  let charged: { readonly amount: MoneyInput } | undefined;
  calls.set(door.rawRequest(exchange.request), {
    call: permit.call,
    callId: permit.call.id,
    budgets: permit.budgets,
    rates: permit.rates,
    charge(amount) {
      charged = { amount };
      money(amount);
    },
    suspend: (reason) => void (running && end(running, { kind: 'suspend', reason })),
  });

  let ended = false;
  const settle = async (): Promise<void> => {
    // Behind a promise: others who are told of this end may still say that nobody knows what the call cost.
    const ending = await promiseOf(endingOf(settings, exchange, charged));
    const over = running;
    running = undefined;
    if (over !== undefined) await end(over, ending);
  };
  const settleOnce = (): void => {
    if (!ended) void settle();
    ended = true;
  };
  // `once` would wrap both, and `ended` knows already.
  response.on('finish', settleOnce);
  // Also fires, and alone, when the client leaves.
  response.on('close', settleOnce);
}

/** Ends the permit of a request whose handler never ran. */
export function releaseUnused(permit: Permit): void {
  void end(permit, { kind: 'release', reason: 'the handler did not run' });
}

type Ending =
  | { readonly kind: 'settle'; readonly amount: MoneyInput | undefined }
  | { readonly kind: 'release' | 'suspend'; readonly reason: string };

function* endingOf<Req, Res>(
  settings: Settings<Req, Res>,
  { request, response }: Exchange<Req, Res>,
  charged: { readonly amount: MoneyInput } | undefined,
): Steps<Ending> {
  if (charged !== undefined) return { kind: 'settle', amount: charged.amount };
  try {
    const { writableEnded, statusCode } = settings.door.rawResponse(response);
    // A response that its client cut off was worked for, and half of it does not say what the whole cost: hanging up
    // must not make calls free, or cheap.
    if (!writableEnded) return { kind: 'settle', amount: undefined };
    if ((yield* known(settings.succeeded(request, response))) !== true) {
      // Somebody else answered in its place, and what it does may yet cost: nobody may have that for nothing, or twice.
      if (yield* known(isStillAtWork(settings.door.rawRequest(request))))
        return { kind: 'settle', amount: undefined };
      return { kind: 'release', reason: `the handler answered ${statusCode}` };
    }
    return { kind: 'settle', amount: yield* known(settings.charged(request, response)) };
  } catch {
    return { kind: 'suspend', reason: 'the function that says what it cost failed' };
  }
}

/** A store that cannot take the end makes the promise reject; the permit goes on trying by itself. */
async function end(permit: Permit, ending: Ending): Promise<void> {
  try {
    await (ending.kind === 'settle' ? permit.settle(ending.amount) : permit[ending.kind](ending.reason));
  } catch {
    // The hold stays until the end is written.
  }
}
