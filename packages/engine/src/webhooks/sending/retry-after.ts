const SECONDS = /^[0-9]{1,9}$/;

/** The form of dates that servers send: `Tue, 06 Jan 2026 12:00:00 GMT`. */
const DATE = /^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT$/;

/** How long a `Retry-After` asks to wait, in milliseconds: seconds or a date. 0 for anything else and for the past. */
export function retryAfterMs(header: unknown, nowMs: number): number {
  if (typeof header !== 'string') return 0;
  if (SECONDS.test(header)) return Number(header) * 1_000;
  const at = DATE.test(header) ? Date.parse(header) : NaN;
  return Number.isNaN(at) ? 0 : Math.max(0, at - nowMs);
}
