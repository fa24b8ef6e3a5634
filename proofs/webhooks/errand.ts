import type { Death } from '../crash/points.ts';

/** What a process that sends webhooks is told to do, as one argument of JSON. */
export interface Errand {
  /** The files of the store and of the queue of jobs. */
  readonly store: string;
  readonly jobs: string;

  /** Where it dies; undefined for one that sends all there is. */
  readonly death: Death | undefined;

  /** Its questions are those of this run. */
  readonly run: string;

  /** Where webhooks go, by endpoint. */
  readonly urls: Readonly<Record<string, string>>;

  /** How far its clock is ahead of the machine's: leases of the dead have run out. */
  readonly aheadMs: number;
  readonly broken: boolean;
}

/** Both endpoints and their secrets. */
export const SECRETS: Readonly<Record<string, string>> = {
  first: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8G',
  second: 'the secret of the second endpoint',
};

export const QUESTIONS_PER_RUN = 5;

/** Where a process dies that sends webhooks, in the order in which it comes there. */
export const points: readonly string[] = [
  'before enqueue',
  'during enqueue',
  'after enqueue',
  'before put',
  'after put',
  'before send',
  'webhook arrived',
  'webhook answered',
  'before finish',
  'during finish',
  'after finish',
];

/** Shows the bug of a cursor that moves on before the deliveries are queued. */
export const MOVES_ON_AT = 'during enqueue';
