import type { ExecutionContext } from '@nestjs/common';
import { money, type MoneyInput, OutcomeUnknownError, type Permit } from '@torii/engine';
import { problemOf, type ToriiCall } from '@torii/engine/http';
import { Observable, type Subscriber, Subscription } from 'rxjs';
import { currentCall, within } from './current.ts';
import { exceptionFor } from './denied-exception.ts';
import type { HandlerOptions } from './http-door.ts';
import { messageOf, type Question } from './message.ts';

/** A handler that is about to run for a message. */
export interface MessageRun {
  readonly question: Question;
  readonly options: HandlerOptions;
  readonly context: ExecutionContext;
  readonly handler: () => Observable<unknown>;
}

/** The message of each call that was started for one. */
const messages = new WeakMap<ToriiCall, readonly unknown[]>();

/**
 * Whether this is said from within the call of this very message. A message that is tried again by an interceptor is
 * another call: what ran before is over, and its money is gone or returned.
 */
export function isRunningFor(context: ExecutionContext): boolean {
  const call = currentCall();
  return call !== undefined && messages.get(call) === context.getArgs<unknown[]>();
}

/** How a handler ended: with its last value, with an error, or because nobody listened any more. */
type Ending =
  | { readonly kind: 'complete'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'left' };

/** How it ended, and what it said that it cost. */
type Ended = Ending & { readonly said: MoneyInput | undefined; readonly permit: Permit };

/**
 * Runs the handler of a message once, if Torii lets it, and passes on what it says. One that completes is settled; one
 * that fails costs nothing, unless it said `charge`, and keeps its hold where it cannot know; one that nobody listens to
 * any more costs its price: the work may be done.
 */
export function runMessage(run: MessageRun): Observable<unknown> {
  return new Observable((subscriber) => {
    const leaving = new AbortController();
    start(run, subscriber, leaving.signal).catch((error: unknown) => subscriber.error(error));
    return () => leaving.abort();
  });
}

async function start(run: MessageRun, subscriber: Subscriber<unknown>, left: AbortSignal): Promise<void> {
  const { question, options, context } = run;
  const { request, mode } = question;
  const { torii, waitMs, charged, onDecision } = options;
  const outcome = await torii.guard(request, (permit) => execute(run, permit, { subscriber, left }), {
    waitMs,
    mode,
    signal: left,
    charged: (ended) => {
      if (ended.said !== undefined) return ended.said;
      const knows = ended.kind === 'complete' && charged !== undefined;
      return knows ? charged(ended.value, context) : ended.permit.call.price;
    },
  });
  if (outcome.kind === 'failed' || outcome.kind === 'unresolved') throw outcome.error;
  if (outcome.kind === 'denied' || outcome.kind === 'waiting') {
    await onDecision?.(messageOf(context), outcome, context);
    throw await exceptionFor(options, context, { answer: outcome, problem: problemOf(outcome) });
  }
  if (outcome.value.kind === 'failed') throw outcome.value.error;
  subscriber.complete();
}

/** Who listens to a handler, and until when. */
interface Listener {
  readonly subscriber: Subscriber<unknown>;
  readonly left: AbortSignal;
}

async function execute(
  { options, context, handler }: MessageRun,
  permit: Permit,
  listener: Listener,
): Promise<Ended> {
  const { call, budgets, rates } = permit;
  await options.onDecision?.(messageOf(context), { kind: 'allowed', call }, context);
  let said: MoneyInput | undefined;
  const running: ToriiCall = {
    call,
    callId: call.id,
    budgets,
    rates,
    charge(amount) {
      said = amount;
      money(amount);
    },
    suspend: (reason) => void permit.suspend(reason).catch(() => undefined),
  };
  messages.set(running, context.getArgs<unknown[]>());
  const ending = await toTheEnd(within(running, handler), listener);
  if (ending.kind === 'failed' && (said === undefined || OutcomeUnknownError.describes(ending.error)))
    throw ending.error;
  return { ...ending, said, permit };
}

function toTheEnd(handler: Observable<unknown>, { subscriber, left }: Listener): Promise<Ending> {
  return new Promise((resolve) => {
    let value: unknown;
    const listening = new Subscription();
    const leave = (): void => {
      resolve({ kind: 'left' });
      listening.unsubscribe();
    };
    left.addEventListener('abort', leave, { once: true });
    listening.add(
      handler.subscribe({
        next: (next) => {
          value = next;
          subscriber.next(next);
        },
        error: (error: unknown) => resolve({ kind: 'failed', error }),
        complete: () => resolve({ kind: 'complete', value }),
      }),
    );
  });
}
