import { ToriiError } from '../../nouns/errors.ts';

/** What a store says that cannot answer. */
export function unavailable(message: string): ToriiError {
  return new ToriiError('STORE_UNAVAILABLE', message);
}

/** Failures after which nobody knows whether the step was done. */
const lost = new WeakSet<ToriiError>();

/** Failures of steps that were done, and that too few replicas have. */
const unsafe = new WeakSet<ToriiError>();

/** Whether the step may have been done although nobody heard of it: asking again by the same id tells. */
export function isLost(error: unknown): boolean {
  return ToriiError.is(error) && lost.has(error);
}

/** Whether the step was done, and may be undone by a failover. */
export function isUnsafe(error: unknown): boolean {
  return ToriiError.is(error) && unsafe.has(error);
}

/** Says that a step was done and is not yet on as many replicas as were demanded. */
export function tooFewReplicas(got: number, demanded: number): ToriiError {
  const error = unavailable(
    `${got} of ${demanded} replicas have it; nothing is handed out before they all do`,
  );
  unsafe.add(error);
  return error;
}

/** Whether the server does not know the script. Then nothing ran. */
export function isForgotten(error: unknown): boolean {
  return messageOf(error).startsWith('NOSCRIPT');
}

/** Whether a member of a cluster says that another one has the keys. Then nothing ran. */
export function isMoved(error: unknown): boolean {
  return /^(?:MOVED|ASK) /.test(messageOf(error));
}

/** What servers say before they run anything, and what to do about it. */
const REFUSALS: ReadonlyMap<string, string> = new Map([
  ['OOM', 'its memory is full; give it more'],
  ['READONLY', 'it is a replica'],
  ['LOADING', 'it is still reading its data'],
  ['BUSY', 'a script of somebody else keeps it busy'],
  ['NOREPLICAS', 'too few replicas follow it'],
  ['MASTERDOWN', 'it is a replica without its primary'],
  ['CLUSTERDOWN', 'its cluster is down'],
  ['TRYAGAIN', 'its cluster is moving the keys'],
  ['MOVED', 'its cluster moved the keys'],
  ['ASK', 'its cluster is moving the keys'],
  ['MISCONF', 'it cannot write to its disk'],
  ['NOPERM', 'the user of this connection may not run scripts'],
  ['NOAUTH', 'it wants a password'],
  ['WRONGPASS', 'the password is wrong'],
]);

/** How ioredis says that a command never left. */
const UNSENT = /enableOfflineQueue|Cluster isn't ready|Cluster is ended/;

/**
 * What a failure of the client means for who asked, in words of our own: an error of ioredis holds every argument of
 * its command, and one of the server may quote them, so neither is handed on.
 */
export function failureOf(error: unknown): ToriiError {
  if (ToriiError.is(error)) return error;
  const message = messageOf(error);
  const refusal = REFUSALS.get(message.split(' ', 1)[0] ?? '');
  if (refusal !== undefined) return unavailable(`redis cannot answer: ${refusal}`);
  if (UNSENT.test(message)) return unavailable('redis cannot answer: the connection is down');
  // A script that fails has failed for good: asked again it would fail again.
  if (nameOf(error) === 'ReplyError') return unavailable('redis cannot answer: the step failed');
  const failure = unavailable(
    message === 'Command timed out'
      ? 'redis did not answer in time'
      : 'redis did not answer: the connection was lost',
  );
  lost.add(failure);
  return failure;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}
