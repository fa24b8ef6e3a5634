import type { GuardOptions, Permit } from '../nouns/engine.ts';
import { type Money, tryMoney } from '../nouns/money.ts';
import type { Done, Execution, Failed, Unresolved } from '../nouns/outcome.ts';

/**
 * Ends the call by how its execution went: an answer costs what it says, a failure costs nothing, an unknown outcome
 * keeps the hold. A store that cannot take the end leaves the hold where it is; the tool's answer is not lost.
 */
export async function settle<T>(
  permit: Permit,
  execution: Execution<T>,
  options: GuardOptions<T> = {},
): Promise<Done<T> | Failed | Unresolved> {
  const callId = permit.call.id;
  if (execution.kind === 'unknown') {
    await written(permit.suspend(nameOf(execution.error)));
    return { kind: 'unresolved', callId, error: execution.error };
  }
  if (execution.kind === 'threw') {
    const ended = await written(permit.release(nameOf(execution.error)));
    const released = ended?.call.state === 'released';
    return {
      kind: 'failed',
      callId,
      error: execution.error,
      released,
      budgets: ended?.budgets ?? permit.budgets,
    };
  }
  const ended = await written(endDone(permit, execution.value, options));
  return {
    kind: 'done',
    callId,
    value: execution.value,
    charged: ended?.call.charged,
    budgets: ended?.budgets ?? permit.budgets,
  };
}

type Ending = ReturnType<Permit['settle']>;

async function endDone<T>(permit: Permit, value: T, { charged }: GuardOptions<T>): Ending {
  if (charged === undefined) return permit.settle();
  let amount: Money | undefined;
  try {
    amount = tryMoney(await charged(value));
  } catch {
    return permit.suspend('the function that says what it cost failed');
  }
  if (amount === undefined) return permit.suspend('what it cost is no amount');
  return permit.settle(amount);
}

async function written(ending: Ending): Promise<Awaited<Ending> | undefined> {
  try {
    return await ending;
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
