import { type Denial, type GuardOptions, OutcomeUnknownError, type Waiting } from '@torii/engine';
import { explain, ToriiDeniedError } from './denied-error.ts';
import { type Guarded, report, requestOf, type SdkCall } from './guarded.ts';

/** Runs a tool once, if Torii lets it. What the tool throws leaves as it came. */
export async function run(guarded: Guarded, call: SdkCall): Promise<unknown> {
  call.options.abortSignal?.throwIfAborted();
  const { torii, charged, waitMs } = guarded.options;
  const request = await requestOf(guarded, call);
  const waiting = { signal: call.options.abortSignal, waitMs };
  const ending: GuardOptions<unknown> = charged === undefined ? waiting : { ...waiting, charged };
  const outcome = await torii.guard(request, () => lastOf(start(guarded, call)), ending);
  void report(guarded, call, outcome);
  if (outcome.kind === 'done') return outcome.value;
  if (outcome.kind === 'denied' || outcome.kind === 'waiting') return refuse(guarded, outcome);
  throw causeOf(outcome.error);
}

/** Starts the tool. An abort that came before is told apart from one that came too late: nothing ran. */
export function start(guarded: Guarded, { input, options }: SdkCall): unknown {
  if (options.abortSignal?.aborted === true) throw new AbortedBeforeStart(options.abortSignal.reason);
  return guarded.execute(input, options);
}

/** What stands in for the output of a call that may not run; throws where the options name nothing. */
export async function refuse({ options }: Guarded, answer: Denial | Waiting): Promise<unknown> {
  const { tool, approval = 'native', onDenied } = options;
  const message = explain(tool, answer, approval);
  if (onDenied === undefined) throw new ToriiDeniedError(message, answer);
  return onDenied(answer, message);
}

/** What the tool threw, or why it was aborted before it ran. */
export function causeOf(error: unknown): unknown {
  return error instanceof AbortedBeforeStart ? error.reason : error;
}

/** An error of a run that was aborted after the tool had started: what it did is not known. */
export function leftOpen(error: unknown): unknown {
  if (error instanceof AbortedBeforeStart) return error;
  return new OutcomeUnknownError('the run was aborted while the tool ran', { cause: error });
}

/** Whether a result has to be iterated. */
export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** Not named as an abort: an abort leaves open what the tool did, and here it did nothing. */
class AbortedBeforeStart extends Error {
  override readonly name = 'AbortedBeforeStart';

  constructor(readonly reason: unknown) {
    super('the run was aborted before the tool started');
  }
}

async function lastOf(result: unknown): Promise<unknown> {
  if (!isAsyncIterable(result)) return result;
  let last: unknown;
  for await (const value of result) last = value;
  return last;
}
