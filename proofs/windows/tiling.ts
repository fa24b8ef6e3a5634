import { type Result, Violations } from '../suite/result.ts';
import type { Proving } from '../suite/suite.ts';
import { type CalendarUnit, calendarUnits, type Span, type SpanOf } from './spans.ts';
import { ZoneClock } from './zone-clock.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** A window may begin up to a year before the time that is looked at. */
const MARGIN_MS = 800 * DAY_MS;

/** How much of time, and in which zones. */
export interface Stretch {
  readonly zones: readonly string[];
  readonly fromMs: number;
  readonly days: number;
}

/** Every zone of IANA that the machine knows, from 2025 on. */
export function everywhere(full: boolean): Stretch {
  const zones = [...new Set([...Intl.supportedValuesOf('timeZone'), 'UTC'])];
  return full
    ? { zones, fromMs: Date.UTC(2000, 0), days: 13_149 }
    : { zones, fromMs: Date.UTC(2025, 0), days: 1_100 };
}

/**
 * Walks from window to window: each must begin where the one before ended, contain all of its instants, and begin when
 * the clock on the wall first reads it. A gap would grant nothing, an overlap would grant twice.
 */
export async function tiles(spanOf: SpanOf, stretch: Stretch, { progress }: Proving): Promise<Result> {
  const found = new Violations();
  const tried: Record<string, number> = { zones: 0 };
  const untilMs = stretch.fromMs + stretch.days * DAY_MS;
  for (const [index, zone] of stretch.zones.entries()) {
    const clock = new ZoneClock(zone, { fromMs: stretch.fromMs - MARGIN_MS, untilMs: untilMs + MARGIN_MS });
    for (const unit of calendarUnits) {
      const walk = { spanOf, unit, clock, found };
      tried[`${unit} windows`] = (tried[`${unit} windows`] ?? 0) + walked(walk, stretch.fromMs, untilMs);
    }
    tried['zones'] = index + 1;
    progress.step(index + 1, stretch.zones.length, 'zones');
    // Somebody may want to stop it.
    if (index % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return { tried, violations: found.list() };
}

interface Walk {
  readonly spanOf: SpanOf;
  readonly unit: CalendarUnit;
  readonly clock: ZoneClock;
  readonly found: Violations;
}

function walked(walk: Walk, fromMs: number, untilMs: number): number {
  const { spanOf, unit, clock, found } = walk;
  let windows = 0;
  let span = spanOf(unit, clock.zone, fromMs);
  if (unit !== 'hour' && span.startMs !== clock.start(unit, fromMs)) {
    found.add(`${named(walk, span)} does not contain ${iso(fromMs)} by the clock on the wall`);
  }
  while (span.startMs < untilMs && windows < MOST_WINDOWS) {
    windows += 1;
    const flaw = flawOf(walk, span);
    if (flaw !== undefined) {
      found.add(`${named(walk, span)} ${flaw}`);
      if (!(span.endMs > span.startMs)) return windows;
    }
    const next = spanOf(unit, clock.zone, span.endMs);
    if (next.startMs !== span.endMs) {
      found.add(`${named(walk, span)} is followed by one that begins at ${iso(next.startMs)}`);
      // Go on where time has not been looked at, so that a broken one does not stay where it is.
      span = { startMs: span.endMs, endMs: Math.max(next.endMs, span.endMs + HOUR_MS) };
    } else span = next;
  }
  return windows;
}

/** A walk that does not come forward has to end. */
const MOST_WINDOWS = 1_000_000;

function flawOf({ spanOf, unit, clock }: Walk, span: Span): string | undefined {
  const { startMs, endMs } = span;
  if (!(startMs < endMs)) return 'ends before it begins';
  const wallMs = clock.next(unit, startMs);
  if (endMs !== wallMs) return `ends although the clock on the wall ends it at ${iso(wallMs)}`;
  const inside = [startMs, startMs + Math.floor((endMs - startMs) / 2), endMs - 1];
  for (const instantMs of inside) {
    const again = spanOf(unit, clock.zone, instantMs);
    if (again.startMs !== startMs || again.endMs !== endMs) {
      return `is another one at ${iso(instantMs)}: ${iso(again.startMs)} to ${iso(again.endMs)}`;
    }
  }
  return unit === 'hour' && endMs - startMs > 2 * HOUR_MS ? 'is an hour of more than two' : undefined;
}

function named({ unit, clock }: Walk, { startMs, endMs }: Span): string {
  return `the ${unit} of ${clock.zone} from ${iso(startMs)} to ${iso(endMs)}`;
}

function iso(instantMs: number): string {
  return Number.isFinite(instantMs) ? new Date(instantMs).toISOString() : String(instantMs);
}
