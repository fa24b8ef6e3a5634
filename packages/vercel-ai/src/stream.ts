import type { Denial, Money, Outcome, Permit, Waiting } from '@torii/engine';
import { type Guarded, report, requestOf, type SdkCall } from './guarded.ts';
import { causeOf, isAsyncIterable, leftOpen, refuse, start } from './run.ts';

/**
 * As `run`, for a tool that yields. The call ends when the tool does, at what its last value says it cost. When nobody
 * listens to the end it costs its price: the work may be done.
 */
export async function* stream(guarded: Guarded, call: SdkCall): AsyncGenerator<unknown, void, undefined> {
  call.options.abortSignal?.throwIfAborted();
  const session = await open(guarded, call);
  if (session.kind !== 'started') {
    yield await refuse(guarded, session);
    return;
  }
  let last: Last | undefined;
  let delivering = false;
  try {
    for await (const value of valuesOf(guarded, call)) {
      last = { value };
      delivering = true;
      yield value;
      delivering = false;
    }
    session.finish({ last, complete: true });
  } catch (error) {
    // While a value is out, a failure is the listener's: the tool did not fail.
    if (!delivering) session.fail(call.options.abortSignal?.aborted === true ? leftOpen(error) : error);
    throw causeOf(error);
  } finally {
    session.finish({ last, complete: false });
    await session.written();
  }
}

interface Last {
  readonly value: unknown;
}

/** How a stream ended: its last value, if it had one, and whether that was the end. */
interface Ending {
  readonly last: Last | undefined;
  readonly complete: boolean;
}

/** A call that has started, and whose end the engine waits for. The first end counts. */
interface Session {
  readonly kind: 'started';
  readonly finish: (ending: Ending) => void;
  readonly fail: (error: unknown) => void;
  readonly written: () => Promise<void>;
}

async function open(guarded: Guarded, call: SdkCall): Promise<Session | Denial | Waiting> {
  const { torii, charged, waitMs } = guarded.options;
  const leaving = whileWaiting(call.options.abortSignal);
  const started = deferred<{ readonly kind: 'started' }>();
  const ended = deferred<Ending>();
  const tool = async (permit: Permit): Promise<Ending & { readonly price: Money }> => {
    leaving.end();
    started.resolve({ kind: 'started' });
    return { ...(await ended.promise), price: permit.call.price };
  };
  const outcome = torii.guard(await requestOf(guarded, call), tool, {
    waitMs,
    signal: leaving.signal,
    charged: ({ last, complete, price }) => (last && complete && charged ? charged(last.value) : price),
  });
  const first = await Promise.race([started.promise, outcome]);
  if (first.kind === 'started') {
    const written = async (): Promise<void> => void report(guarded, call, lastOf(await outcome));
    return { ...first, finish: ended.resolve, fail: ended.reject, written };
  }
  leaving.end();
  // Aborted between the leave to start and the start: nothing ran.
  if (first.kind === 'failed') throw causeOf(first.error);
  if (first.kind !== 'denied' && first.kind !== 'waiting')
    throw new TypeError('the call ended before it started');
  void report(guarded, call, first);
  return first;
}

/** A signal that ends the waiting for people. From the start on an abort is for the stream to judge. */
function whileWaiting(aborted: AbortSignal | undefined): {
  readonly signal: AbortSignal;
  readonly end: () => void;
} {
  const controller = new AbortController();
  const abort = (): void => controller.abort(aborted?.reason);
  aborted?.addEventListener('abort', abort, { once: true });
  return { signal: controller.signal, end: () => aborted?.removeEventListener('abort', abort) };
}

/** The outcome as the application knows it: its value is what the tool said last. */
function lastOf(outcome: Outcome<Ending>): Outcome<unknown> {
  return outcome.kind === 'done' ? { ...outcome, value: outcome.value.last?.value } : outcome;
}

async function* valuesOf(guarded: Guarded, call: SdkCall): AsyncGenerator<unknown, void, undefined> {
  const result = start(guarded, call);
  if (isAsyncIterable(result)) yield* result;
  else yield await result;
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
