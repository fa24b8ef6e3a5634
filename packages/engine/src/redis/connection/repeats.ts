import type { PromisedStore } from '../../nouns/store.ts';
import { isLost, isUnsafe } from './failures.ts';

/** The steps that are told apart by an id, so that asking again tells what became of the first time. */
export type RepeatableSteps = Pick<
  PromisedStore,
  'reserve' | 'refuse' | 'start' | 'extend' | 'settle' | 'release' | 'withdraw' | 'suspend' | 'move'
>;

/**
 * Asks once more after a lost reply. `reachable` waits until there is somebody to ask. No other step is ever asked for
 * twice: what it did already it would do again.
 */
export function withRepeats(steps: RepeatableSteps, reachable: () => Promise<void>): RepeatableSteps {
  const twice = <T>(step: () => Promise<T>): Promise<T> =>
    step().catch(async (error: unknown) => {
      if (!isLost(error)) throw error;
      await reachable();
      return step();
    });
  return {
    reserve: (reservation) => twice(() => steps.reserve(reservation)),
    refuse: (refusal) => twice(() => steps.refuse(refusal)),
    start: (request) => twice(() => steps.start(request)),
    extend: (extension) => twice(() => steps.extend(extension)),
    settle: (settlement) => twice(() => steps.settle(settlement)),
    release: (callId, facts) => twice(() => steps.release(callId, facts)),
    withdraw: (call, facts) => twice(() => steps.withdraw(call, facts)),
    suspend: (callId, facts) => twice(() => steps.suspend(callId, facts)),
    move: (movement) => twice(() => steps.move(movement)),
  };
}

/**
 * Takes back a start that too few replicas have: its caller is told that nothing runs. Nobody waits for that; where it
 * fails, the expiry finds the call when its time is up.
 */
export function withdrawingUnsafe(
  steps: Pick<RepeatableSteps, 'reserve' | 'start' | 'withdraw'>,
): Pick<RepeatableSteps, 'reserve' | 'start'> {
  const facts = { reason: 'too few replicas had it in time; nothing ran' };
  const guarded = <T>(step: Promise<T>, call: { id: string; attempt: string } | undefined): Promise<T> =>
    step.catch((error: unknown) => {
      if (isUnsafe(error) && call !== undefined) steps.withdraw(call, facts).catch(() => undefined);
      throw error;
    });
  return {
    reserve: (reservation) => {
      const { call, attempt, then } = reservation;
      const started = then.kind === 'start' ? { id: call.id, attempt } : undefined;
      return guarded(steps.reserve(reservation), started);
    },
    start: (request) => guarded(steps.start(request), { id: request.callId, attempt: request.attempt }),
  };
}
