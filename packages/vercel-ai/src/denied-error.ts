import { type Denial, explainDenial, type Waiting } from '@torii/engine';
import type { ApprovalMode } from './options.ts';

const BRAND: unique symbol = Symbol.for('torii.tool-denied') as never;

/**
 * Thrown by a guarded tool whose call may not run, before anything ran. The SDK makes it the error of that call and
 * goes on with the run: the model reads `message`.
 */
export class ToriiDeniedError extends Error {
  override readonly name = 'ToriiDeniedError';
  readonly [BRAND] = true;

  constructor(
    message: string,
    /** The whole answer, as data that JSON can say. */
    readonly denial: Denial | Waiting,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** Holds across duplicate installs of this package, where `instanceof` does not. */
  static is(value: unknown): value is ToriiDeniedError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

/** Says to a model that its call did not run, why, and what it can do about it. */
export function explain(tool: string, answer: Denial | Waiting, mode: ApprovalMode): string {
  return answer.kind === 'denied'
    ? `\`${tool}\` did not run. ${explainDenial(answer)}`
    : explainWaiting(tool, answer, mode);
}

/** Why a person has to look, for that person. */
export function explainDemand({ approval }: Waiting): string {
  const why = [...new Set(approval.quorums.map(({ reason }) => reason))].join('; ');
  return `${why} (Torii approval ${approval.id})`;
}

function explainWaiting(tool: string, waiting: Waiting, mode: ApprovalMode): string {
  const until = new Date(waiting.approval.expiresAt).toISOString();
  const advice =
    mode === 'result'
      ? 'once it is approved, make the same call with the same arguments again'
      : 'do not repeat it before that';
  return `\`${tool}\` did not run. A person has to approve it first, until ${until}: ${explainDemand(waiting)}; ${advice}`;
}
