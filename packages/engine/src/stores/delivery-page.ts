import type { DeliveryPlace, DeliveryQuery, Try } from '../nouns/outbox.ts';

/** Where a page of deliveries begins and ends. */
export interface DeliveryBounds {
  /** Milliseconds since 1970. */
  readonly fromMs: number;

  /** Only what is listed after this: the end of the page before, or the end of the time that is asked for. */
  readonly before: DeliveryPlace;
}

/** The bounds of a query as whole numbers. No id comes before the empty one, so it stands for the beginning of its time. */
export function deliveryBounds({ fromMs, untilMs, after }: DeliveryQuery): DeliveryBounds {
  const until = { queuedAt: wholeMs(untilMs ?? Infinity), id: '' };
  const isNearer = after !== undefined && after.queuedAt < until.queuedAt;
  return { fromMs: wholeMs(fromMs ?? 0), before: isNearer ? after : until };
}

function wholeMs(timeMs: number): number {
  return Math.ceil(Math.min(Math.max(timeMs, 0), Number.MAX_SAFE_INTEGER));
}

/** A try as it was told, from JSON, which leaves out what is undefined. */
export function tryOf({
  at,
  durationMs,
  status,
  reason,
}: Pick<Try, 'at' | 'durationMs'> & Partial<Try>): Try {
  return { at, durationMs, status, reason };
}
