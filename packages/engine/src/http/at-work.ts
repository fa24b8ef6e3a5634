import type { IncomingMessage } from 'node:http';
import type { MaybePromise } from '../nouns/steps.ts';

const working = new WeakSet<IncomingMessage>();

/**
 * Says whether the handler of a request is at work: begun, and not heard of since. For doors that run the handler. One
 * that is at work when its response ends as a failure did not fail: something else has answered, such as a timeout.
 */
export function noteAtWork(request: IncomingMessage, isAtWork: boolean): void {
  if (isAtWork) working.add(request);
  else working.delete(request);
}

/** Asked when a response has ended, and answered once whoever ended it had the chance to say that it is done. */
export function isStillAtWork(request: IncomingMessage): MaybePromise<boolean> {
  return working.has(request) && isAtWorkNextTick(request);
}

async function isAtWorkNextTick(request: IncomingMessage): Promise<boolean> {
  // A tick that is asked for between promises comes after all that are resolved by now.
  await Promise.resolve();
  await new Promise<void>((resolve) => process.nextTick(resolve));
  return working.has(request);
}
