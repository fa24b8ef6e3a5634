import type { IncomingMessage } from 'node:http';

/** What a handler returned, as soon as it did. */
export interface Output {
  readonly value: unknown;
}

const outputs = new WeakMap<IncomingMessage, Output>();

const running = new WeakSet<IncomingMessage>();

/** Notes that the handler of a request runs, until it returned or failed. */
export function noteRunning(request: IncomingMessage, isRunning: boolean): void {
  if (isRunning) running.add(request);
  else running.delete(request);
}

/** Whether the handler of a request was begun and nobody heard its end: somebody else has answered, or nobody. */
export function isRunning(request: IncomingMessage): boolean {
  return running.has(request);
}

/** What the handler of a request returned, to its end; undefined where it has not, or failed. */
export function outputOf(request: IncomingMessage): Output | undefined {
  return outputs.get(request);
}

/** Notes what the handler of a request returned. */
export function noteOutput(request: IncomingMessage, output: Output): void {
  outputs.set(request, output);
}
