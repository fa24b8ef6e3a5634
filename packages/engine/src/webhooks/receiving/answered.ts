import type { WebhookReceipt } from './receiver.ts';

/** What is read of a response of Node's `http`: frameworks extend it, or have it inside. */
export interface AnswerOfNode {
  readonly statusCode: number;
  readonly writableFinished: boolean;
  readonly destroyed: boolean;
  once(event: 'close', listener: () => void): unknown;
}

/**
 * Forgets an accepted message unless its request is answered with 200 to 299: what a handler failed on comes again, and
 * must not look as if it had been dealt with. For whoever hands accepted messages to handlers of somebody else.
 */
export function forgetUnlessDone(
  response: AnswerOfNode,
  accepted: Extract<WebhookReceipt, { kind: 'accepted' }>,
): void {
  const over = (): void => {
    const isDone = response.writableFinished && response.statusCode >= 200 && response.statusCode < 300;
    // A memory that cannot forget now lets the message pass as repeated: the handler was told of it once.
    if (!isDone) accepted.forget().catch(() => undefined);
  };
  // The sender may have left while the memory was asked.
  if (response.destroyed) over();
  else response.once('close', over);
}
