import type { Denial } from '../nouns/denial.ts';
import type { Permit } from '../nouns/engine.ts';
import type { Money } from '../nouns/money.ts';
import type { Outcome, Waiting } from '../nouns/outcome.ts';
import { requestOf } from './call-request.ts';
import type { GuardedTool, ToolCall } from './guarded-tool.ts';
import { isSkipped, modeOf } from './of-run.ts';
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
  if (await isSkipped(guarded, call)) return unasked;
  const { torii, charged, waitMs } = guarded.options;
  const mode = await modeOf(guarded, call);
  const leaving = whileWaiting(call.signal);
  const started = deferred<{ readonly kind: 'started' }>();
  const ended = deferred<Ending>();
  const tool = async (permit: Permit): Promise<Ending & { readonly price: Money }> => {
    leaving.end();
    started.resolve({ kind: 'started' });
    return { ...(await ended.promise), price: permit.call.price };
  };
  const outcome = torii.guard(await requestOf(guarded, call), tool, {
    waitMs,
    mode,
    signal: leaving.signal,
    charged: ({ last, complete, price }) => (last && complete && charged ? charged(last.value) : price),
  });
  const first = await Promise.race([started.promise, outcome]);
  if (first.kind === 'started') {
    const over = outcome.then((end) => void report(guarded, call, lastOf(end)));
    // Nobody has to ask for it.
    over.catch(() => undefined);
    return {
      ...first,
      finish: ended.resolve,
      fail: (error) => ended.reject(call.signal?.aborted === true ? leftOpen(error) : error),
      written: () => over,
    };
  }
  leaving.end();
  // Aborted between the leave to start and the start: nothing ran.
  if (first.kind === 'failed') throw causeOf(first.error);
  if (first.kind !== 'denied' && first.kind !== 'waiting')
    throw new TypeError('the call ended before it started');
  void report(guarded, call, first);
  return first;
}

/** A call that nobody was asked about: how it ends is nobody's business either. */
const unasked: Session = {
  kind: 'started',
  finish: () => undefined,
  fail: () => undefined,
  written: () => Promise.resolve(),
};

/** A signal that ends the waiting for people. From the start on an abort is for the session to judge. */
function whileWaiting(aborted: AbortSignal | undefined): {
  readonly signal: AbortSignal;
  readonly end: () => void;
} {
  const controller = new AbortController();
  const { signal } = controller;
  if (aborted === undefined) return { signal, end: () => undefined };
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

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

function deferred<T>(): Deferred<T> {
  let settle: Omit<Deferred<T>, 'promise'> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  if (settle === undefined) throw new TypeError('a promise runs its executor at once');
  return { promise, ...settle };
}
