/** What went wrong with one event. Nothing is lost by a failed try; the other kinds deserve a look. */
export type WebhookProblem =
  /** The endpoint did not take it; it is tried again at `nextTryAt`, milliseconds since 1970. */
  | (FailedTry & { readonly kind: 'try-failed'; readonly nextTryAt: number })
  /** That was the last try, or the endpoint answered 410. It is not sent again. */
  | (FailedTry & { readonly kind: 'gave-up' })
  /** The entry of the journal at `sequence` could not be made into a message. It is left out. */
  | {
      readonly kind: 'event-skipped';
      readonly endpoint: string;
      readonly sequence: number;
      readonly reason: string;
    };

/** One try that did not end in an answer of 200 to 299. */
export interface FailedTry {
  /** The id of the endpoint: its URL may hold a token. */
  readonly endpoint: string;
  readonly deliveryId: string;

  /** Tries so far, this one included. */
  readonly tries: number;
  readonly reason: string;
}

/** Never thrown: told to `onError`, with the details in `problem`. */
export class WebhookError extends Error {
  override readonly name = 'WebhookError';

  constructor(readonly problem: WebhookProblem) {
    super(messageOf(problem));
  }
}

/** Told of every problem, and of what a store rejected with. */
export type Report = (problem: unknown) => void;

/** Wraps a listener so that neither its throwing nor its rejecting reaches the courier. */
export function safely(listener: ((error: Error) => void | Promise<void>) | undefined): Report {
  return (problem) => {
    const error = problem instanceof Error ? problem : new Error('webhooks failed', { cause: problem });
    void (async () => {
      try {
        await listener?.(error);
      } catch {
        // A listener that fails must not stop deliveries.
      }
    })();
  };
}

function messageOf(problem: WebhookProblem): string {
  const { endpoint, reason } = problem;
  switch (problem.kind) {
    case 'event-skipped':
      return `entry ${problem.sequence} was not sent to \`${endpoint}\`: ${reason}`;
    case 'gave-up':
      return `gave up \`${problem.deliveryId}\` to \`${endpoint}\` after ${problem.tries} tries: ${reason}`;
    case 'try-failed':
      return `try ${problem.tries} of \`${problem.deliveryId}\` to \`${endpoint}\` failed and will be repeated: ${reason}`;
  }
}
