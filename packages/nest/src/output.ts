import type { IncomingMessage } from 'node:http';

/** What a handler returned, as soon as it did. */
export interface Output {
  readonly value: unknown;
}

const outputs = new WeakMap<IncomingMessage, Output>();

/** What the handler of a request returned, to its end; undefined where it has not, or failed. */
export function outputOf(request: IncomingMessage): Output | undefined {
  return outputs.get(request);
}

/** Notes what the handler of a request returned. */
export function noteOutput(request: IncomingMessage, output: Output): void {
  outputs.set(request, output);
}
