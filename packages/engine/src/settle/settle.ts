import type { GuardOptions, Permit } from '../nouns/engine.ts';
import { type Money, tryMoney } from '../nouns/money.ts';
import type { Done, Execution, Failed, Unresolved } from '../nouns/outcome.ts';
import { known, type Steps } from '../nouns/steps.ts';

/**
 * Ends the call by how its execution went: an answer costs what it says, a failure costs nothing, an unknown outcome
 * keeps the hold. A store that cannot take the end leaves the hold where it is; the tool's answer is not lost.
 */
export function* settle<T>(
  permit: Permit,
  execution: Execution<T>,
  options: GuardOptions<T> = {},
): Steps<Done<T> | Failed | Unresolved> {
  const callId = permit.call.id;
  if (execution.kind === 'unknown') {
    yield* written(permit.suspend(nameOf(execution.error)));
    return { kind: 'unresolved', callId, error: execution.error };
  }
  if (execution.kind === 'threw') {
    const ended = yield* written(permit.release(nameOf(execution.error)));
    const released = ended?.call.state === 'released';
    return {
      kind: 'failed',
      callId,
      error: execution.error,
      released,
      budgets: ended?.budgets ?? permit.budgets,
    };
  }
  const { charged } = options;
  const ending = charged === undefined ? permit.settle() : yield* endDone(permit, execution.value, charged);
  const ended = yield* written(ending);
  return {
    kind: 'done',
    callId,
    value: execution.value,
    charged: ended?.call.charged,
    budgets: ended?.budgets ?? permit.budgets,
  };
}

type Ending = ReturnType<Permit['settle']>;

/** Says what an answer cost. */
type Charged<T> = NonNullable<GuardOptions<T>['charged']>;

function* endDone<T>(permit: Permit, value: T, charged: Charged<T>): Steps<Ending> {
  let amount: Money | undefined;
  try {
    amount = tryMoney(yield* known(charged(value)));
  } catch {
    return permit.suspend('the function that says what it cost failed');
  }
  if (amount === undefined) return permit.suspend('what it cost is no amount');
  return permit.settle(amount);
}

function* written(ending: Ending): Steps<Awaited<Ending> | undefined> {
  try {
    return yield* known(ending);
  } catch {
    return undefined;
  }
}

/** Names the error for the journal without its message, which may hold what is not ours to keep. */
function nameOf(error: unknown): string {
  try {
    return error instanceof Error
      ? `the tool threw ${String(error.name)}`
      : `the tool threw a ${typeof error}`;
  } catch {
    return 'the tool threw';
  }
}
