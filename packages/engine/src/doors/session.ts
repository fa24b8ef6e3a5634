import type { Denial } from '../nouns/denial.ts';
import type { Permit } from '../nouns/engine.ts';
import type { Money } from '../nouns/money.ts';
import type { Outcome, Waiting } from '../nouns/outcome.ts';
import { isPromise } from '../nouns/steps.ts';
import type { GuardedTool, ToolCall } from './guarded-tool.ts';
import { type Question, questionOf } from './question.ts';
import { causeOf, leftOpen } from './run.ts';
import { report } from './standing.ts';

/** The last value that a tool gave. */
export interface Last {
  readonly value: unknown;
}

/** How a call ended: the last value of its tool, if it had one, and whether that was the end. */
export interface Ending {
  readonly last: Last | undefined;
  readonly complete: boolean;
}

/** A call that has started, and whose end the engine waits for. The first end counts. */
export interface Session {
  readonly kind: 'started';

  /** The tool is over. Incomplete, it costs its price: the work may be done. */
  readonly finish: (ending: Ending) => void;

  /** The tool failed, which costs nothing, unless the error or an abort of the call leaves open what it did. */
  readonly fail: (error: unknown) => void;

  /** Resolves once the end stands in the store. */
  readonly written: () => Promise<void>;
}

/**
 * Starts a call whose tool somebody else runs, and hands out what ends it; or answers why it may not start. For
 * frameworks that ask before a tool and tell of its end in another place. A session that nobody ends is `unresolved`
 * when its time is up, and its money stays held. Throws the reason of an abort that came before the start.
 */
export async function openTool(guarded: GuardedTool, call: ToolCall): Promise<Session | Denial | Waiting> {
  call.signal?.throwIfAborted();
  const asked = questionOf(guarded, call);
  const question = isPromise(asked) ? await asked : asked;
  if (question === undefined) return unasked;
  const first = await startedOrOver(guarded, call, question);
  if (first.kind === 'started') return first;
  // Aborted between the leave to start and the start: nothing ran.
  if (first.kind === 'failed') throw causeOf(first.error);
  if (first.kind !== 'denied' && first.kind !== 'waiting')
    throw new TypeError('the call ended before it started');
  void report(guarded, call, first);
  return first;
}

interface PricedEnding extends Ending {
  readonly price: Money;
}

/** The session once the tool may start, or what became of a call whose tool may not. */
function startedOrOver(
  guarded: GuardedTool,
  call: ToolCall,
  { request, mode }: Question,
): Promise<Session | Outcome<unknown>> {
  const { torii, charged, waitMs } = guarded.options;
  const leaving = call.signal && whileWaiting(call.signal);
  return new Promise((answer, reject) => {
    let started = false;
    const tool = ({ call: { price } }: Permit): Promise<PricedEnding> => {
      leaving?.end();
      started = true;
      return new Promise((end, fail) => {
        answer({
          kind: 'started',
          finish: ({ last, complete }) => end({ last, complete, price }),
          fail: (error) => fail(call.signal?.aborted === true ? leftOpen(error) : error),
          written: () => over,
        });
      });
    };
    const outcome = torii.guard(request, tool, {
      waitMs,
      mode,
      signal: leaving?.signal,
      charged: ({ last, complete, price }) => (last && complete && charged ? charged(last.value) : price),
    });
    const over = outcome.then((end) => {
      if (started) return void report(guarded, call, lastOf(end));
      leaving?.end();
      answer(end);
    });
    // Once it has started nobody has to ask for its end.
    over.catch(reject);
  });
}

/** A call that nobody was asked about: how it ends is nobody's business either. */
const unasked: Session = {
  kind: 'started',
  finish: () => undefined,
  fail: () => undefined,
  written: () => Promise.resolve(),
};

/** A signal that ends the waiting for people. From the start on an abort is for the session to judge. */
function whileWaiting(aborted: AbortSignal): { readonly signal: AbortSignal; readonly end: () => void } {
  // While the application was still answering, say: nobody would be told of that a second time.
  if (aborted.aborted) return { signal: aborted, end: () => undefined };
  const controller = new AbortController();
  const { signal } = controller;
  const { calls, tell } = heedingOf(aborted);
  const abort = (): void => controller.abort(aborted.reason);
  calls.add(abort);
  return {
    signal,
    end: () => {
      calls.delete(abort);
      if (calls.size > 0 || heeded.get(aborted)?.calls !== calls) return;
      aborted.removeEventListener('abort', tell);
      heeded.delete(aborted);
    },
  };
}

/** The calls that are told when one signal is aborted, and its listener. */
interface Heeding {
  readonly calls: Set<() => void>;
  readonly tell: () => void;
}

/** However many calls of a run share its signal, it has one listener: of more than ten Node warns as of a leak. */
const heeded = new WeakMap<AbortSignal, Heeding>();

function heedingOf(aborted: AbortSignal): Heeding {
  const known = heeded.get(aborted);
  if (known !== undefined) return known;
  const calls = new Set<() => void>();
  const heeding = { calls, tell: (): void => calls.forEach((abort) => abort()) };
  heeded.set(aborted, heeding);
  aborted.addEventListener('abort', heeding.tell);
  return heeding;
}

/** The outcome as the application knows it: its value is what the tool said last. */
function lastOf(outcome: Outcome<Ending>): Outcome<unknown> {
  return outcome.kind === 'done' ? { ...outcome, value: outcome.value.last?.value } : outcome;
}
