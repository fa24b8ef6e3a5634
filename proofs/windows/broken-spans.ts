import { engineSpan, type SpanOf } from './spans.ts';

const DAY_MS = 86_400_000;

/** A day that begins at midnight and lasts 24 hours, whatever the clocks do in it. */
export const fixedDay: SpanOf = (unit, zone, nowMs) => {
  const span = engineSpan(unit, zone, nowMs);
  return unit === 'day' ? { startMs: span.startMs, endMs: span.startMs + DAY_MS } : span;
};

/** A day that is known by its date: it begins at the midnight that the offset of now would have had. */
export const dateLabel: SpanOf = (unit, zone, nowMs) => {
  if (unit !== 'day') return engineSpan(unit, zone, nowMs);
  const read = readingOf(zone, nowMs);
  const startMs = nowMs - (read % DAY_MS);
  return { startMs, endMs: startMs + DAY_MS };
};

/** What the clock of a zone reads, as if it stood in UTC. */
function readingOf(zone: string, nowMs: number): number {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  return Date.parse(`${format.format(nowMs).replace(' ', 'T')}Z`) + (nowMs % 1_000);
}
