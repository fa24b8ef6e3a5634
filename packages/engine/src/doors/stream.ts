import type { GuardedTool, ToolCall } from './guarded-tool.ts';
import { causeOf, insteadOf, type Runner, start } from './run.ts';
import { type Last, openTool } from './session.ts';

/**
 * As `runTool`, for a tool that yields. The call ends when the tool does, at what its last value says it cost. When
 * nobody listens to the end it costs its price: the work may be done.
 */
export async function* streamTool(
  guarded: GuardedTool,
  call: ToolCall,
  runner: Runner,
): AsyncGenerator<unknown, void, undefined> {
  const session = await openTool(guarded, call);
  if (session.kind !== 'started') {
    yield await insteadOf(guarded, session, runner.refuse);
    return;
  }
  let last: Last | undefined;
  let delivering = false;
  try {
    for await (const value of valuesOf(runner, call)) {
      last = { value };
      delivering = true;
      yield value;
      delivering = false;
    }
    session.finish({ last, complete: true });
  } catch (error) {
    // While a value is out, a failure is the listener's: the tool did not fail.
    if (!delivering) session.fail(error);
    throw causeOf(error);
  } finally {
    session.finish({ last, complete: false });
    await session.written();
  }
}

/** Whether a result has to be iterated. */
export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** What a streaming tool said last, promised; of any other, what it returned as it is. */
export function lastValueOf(result: unknown): unknown {
  return isAsyncIterable(result) ? lastIn(result) : result;
}

async function lastIn(values: AsyncIterable<unknown>): Promise<unknown> {
  let last: unknown;
  for await (const value of values) last = value;
  return last;
}

async function* valuesOf(runner: Runner, { signal }: ToolCall): AsyncGenerator<unknown, void, undefined> {
  const result = start(runner, signal);
  if (isAsyncIterable(result)) yield* result;
  else yield await result;
}
