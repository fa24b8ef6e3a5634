import { ToriiError } from '../../nouns/errors.ts';
import type { Run } from '../table-store.ts';
import type { Step } from '../transitions/index.ts';
import type { Connection } from './driver.ts';
import { SqliteFailure, unavailable } from './failure.ts';
import { elapsed, later, nextTurn } from '../turns.ts';

/** Most transitions in one commit, so that a crowd does not stop the event loop. */
const BATCH = 256;

/** How long to leave a locked file alone. */
const RETRY_MS = 10;

/** What a group commit works on. */
export interface Group {
  readonly path: string;
  readonly connection: Connection;

  /** How long a transition waits for somebody else's lock, in milliseconds. */
  readonly busyTimeoutMs: number;

  /** The view of the next transition. */
  step(): Step;

  /** Throws STORE_UNAVAILABLE when the file is no longer the one that was opened. Asked before every commit. */
  verify(): void;

  /** Called in a transaction, before the first transition, and after every rollback. */
  refresh(cause: 'begun' | 'rolled-back'): void;
}

interface Job {
  run(step: Step): void;
  resolve(): void;
  reject(error: unknown): void;
  lockedSince?: number;
}

/** Runs transitions in shared commits. */
export interface GroupCommit {
  readonly run: Run;

  /** Refuses new work and resolves when the queue is empty. */
  drain(): Promise<void>;
}

/**
 * Commits what was asked for in one turn of the event loop together: one wait for the disk for all of them. A promise
 * resolves only after its commit. A transition that throws is alone rejected; an outage rejects the whole commit.
 */
export function groupCommit(group: Group): GroupCommit {
  const queue: Job[] = [];
  let scheduled = false;
  let drained: (() => void) | undefined;

  const wake = (schedule: (task: () => void) => void): void => {
    if (scheduled) return;
    scheduled = true;
    schedule(flush);
  };

  function flush(): void {
    scheduled = false;
    const patient = commit(group, queue.splice(0, BATCH));
    if (patient.length > 0) {
      queue.unshift(...patient);
      return wake((task) => later(RETRY_MS, task));
    }
    if (queue.length > 0) return wake(nextTurn);
    drained?.();
  }

  return {
    run: (transition) =>
      new Promise((resolve, reject) => {
        if (drained !== undefined) return reject(new ToriiError('STORE_UNAVAILABLE', 'the store is closed'));
        queue.push(jobOf(transition, { resolve, reject }));
        wake(nextTurn);
      }),
    drain: () =>
      new Promise((resolve) => {
        drained = resolve;
        wake(nextTurn);
      }),
  };
}

function jobOf<T>(
  transition: (step: Step) => T,
  promise: { readonly resolve: (answer: T) => void; readonly reject: (error: unknown) => void },
): Job {
  let answer: { readonly value: T } | undefined;
  return {
    run(step) {
      answer = { value: transition(step) };
    },
    resolve: () => answer !== undefined && promise.resolve(answer.value),
    reject: promise.reject,
  };
}

/** Answers the jobs that wait for a lock; all others have been resolved or rejected. */
function commit(group: Group, batch: readonly Job[]): readonly Job[] {
  if (batch.length === 0) return [];
  try {
    transact(group, () => batch.forEach((job) => job.run(group.step())));
  } catch (error) {
    if (isTrouble(error)) return giveUp(group, batch, error);
    return commitApart(group, batch);
  }
  for (const job of batch) job.resolve();
  return [];
}

/** The same again after a mistake, with each transition in a savepoint of its own. */
function commitApart(group: Group, batch: readonly Job[]): readonly Job[] {
  const mistakes = new Map<Job, unknown>();
  try {
    transact(group, () => {
      for (const job of batch) runApart(group, job, mistakes);
    });
  } catch (error) {
    return giveUp(group, batch, error);
  }
  for (const job of batch) {
    if (mistakes.has(job)) job.reject(mistakes.get(job));
    else job.resolve();
  }
  return [];
}

function runApart(group: Group, job: Job, mistakes: Map<Job, unknown>): void {
  group.connection.exec('SAVEPOINT transition');
  try {
    job.run(group.step());
    group.connection.exec('RELEASE transition');
  } catch (error) {
    if (isTrouble(error)) throw error;
    group.connection.exec('ROLLBACK TO transition; RELEASE transition');
    group.refresh('rolled-back');
    mistakes.set(job, error);
  }
}

function transact(group: Group, body: () => void): void {
  group.verify();
  group.connection.exec('BEGIN IMMEDIATE');
  try {
    group.refresh('begun');
    body();
    group.connection.exec('COMMIT');
  } catch (error) {
    rollBack(group);
    throw error;
  }
}

function rollBack(group: Group): void {
  try {
    group.connection.exec('ROLLBACK');
  } catch {
    // SQLite rolls back by itself after some failures; then there is nothing left to roll back.
  }
  group.refresh('rolled-back');
}

function giveUp(group: Group, batch: readonly Job[], error: unknown): readonly Job[] {
  if (!SqliteFailure.isLock(error)) return rejectAll(group, batch, error);
  const now = elapsed();
  const patient = batch.filter((job) => now - (job.lockedSince ??= now) < group.busyTimeoutMs);
  rejectAll(
    group,
    batch.filter((job) => !patient.includes(job)),
    error,
  );
  return patient;
}

function rejectAll(group: Group, batch: readonly Job[], error: unknown): readonly Job[] {
  const told = ToriiError.is(error) ? error : unavailable(group.path, error);
  for (const job of batch) job.reject(told);
  return [];
}

function isTrouble(error: unknown): boolean {
  return SqliteFailure.isOutage(error) || (ToriiError.is(error) && error.code === 'STORE_UNAVAILABLE');
}
