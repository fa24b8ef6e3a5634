import type { Denial } from '../nouns/denial.ts';
import type { GuardOptions } from '../nouns/engine.ts';
import { OutcomeUnknownError } from '../nouns/errors.ts';
import type { Waiting } from '../nouns/outcome.ts';
import { isPromise } from '../nouns/steps.ts';
import { ToriiDeniedError } from './denied-error.ts';
import { explain } from './explain.ts';
import type { GuardedTool, ToolCall } from './guarded-tool.ts';
import { questionOf } from './question.ts';
import { report } from './standing.ts';

/** What a door does with one call. */
export interface Runner {
  /** Runs the tool itself. Called once at most. */
  readonly execute: () => unknown;

  /**
   * What the framework takes as the output of a call that may not run, where the options have no `onDenied`. `message`
   * is for the model. @default throws ToriiDeniedError
   */
  readonly refuse?: Refuse | undefined;
}

/** Answers for a call that may not run, in the framework's words. */
export type Refuse = (message: string, answer: Denial | Waiting) => unknown;

/**
 * Runs a tool once, if Torii lets it, and tells Torii what it cost. What the tool throws leaves as it came, and so does
 * the reason of an abort; a call that was aborted before the tool started costs nothing.
 */
export async function runTool(guarded: GuardedTool, call: ToolCall, runner: Runner): Promise<unknown> {
  const { signal } = call;
  signal?.throwIfAborted();
  const asked = questionOf(guarded, call);
  const question = isPromise(asked) ? await asked : asked;
  if (question === undefined) {
    signal?.throwIfAborted();
    return runner.execute();
  }
  const { torii, charged, waitMs } = guarded.options;
  const { request, mode } = question;
  const ending: GuardOptions<unknown> = { signal, waitMs, mode, ...(charged && { charged }) };
  const outcome = await torii.guard(request, () => start(runner, signal), ending);
  void report(guarded, call, outcome);
  if (outcome.kind === 'done') return outcome.value;
  if (outcome.kind === 'denied' || outcome.kind === 'waiting')
    return insteadOf(guarded, outcome, runner.refuse);
  throw causeOf(outcome.error);
}

/** Starts the tool. An abort that came before is told apart from one that came too late: nothing ran. */
export function start({ execute }: Runner, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) throw new AbortedBeforeStart(signal.reason);
  return execute();
}

/** What stands in for the output of a call that may not run: `onDenied`, else what the door says. */
export async function insteadOf(
  { options }: GuardedTool,
  answer: Denial | Waiting,
  refuse: Refuse = throwDenied,
): Promise<unknown> {
  const { tool, approval = 'native', onDenied } = options;
  const message = explain(tool, answer, approval);
  return onDenied === undefined ? refuse(message, answer) : onDenied(answer, message);
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

function throwDenied(message: string, answer: Denial | Waiting): never {
  throw new ToriiDeniedError(message, answer);
}

/** Not named as an abort: an abort leaves open what the tool did, and here it did nothing. */
class AbortedBeforeStart extends Error {
  override readonly name = 'AbortedBeforeStart';

  constructor(readonly reason: unknown) {
    super('the run was aborted before the tool started');
  }
}
