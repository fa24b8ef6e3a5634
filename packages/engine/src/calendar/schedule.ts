import { type Hours, hoursAt, openWeek, type OpenWeek, type OpenWindow } from './open-week.ts';
import { END_OF_TIME_MS, zoneOffsets, type ZoneOffsets } from './zone-offsets.ts';

const ALWAYS: Hours = { open: true, untilMs: Infinity };

/** A time in which nothing is allowed, whatever the hours say. The end is the first instant that is free again. */
export interface BlockedPeriod {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: string;
}

/** When calls may happen at all. */
export interface Schedule {
  /** IANA time zone whose clock the open hours follow. */
  readonly zone: string;

  /** Undefined restricts nothing; an empty list is never open. */
  readonly allow: readonly OpenWindow[] | undefined;

  readonly block: readonly BlockedPeriod[];
}

/** Whether a schedule is open at an instant. Shared between callers, so it must not be changed. */
export type ScheduleState =
  | { readonly open: true }
  | {
      readonly open: false;

      /** The first of the schedule's periods that blocks this instant; undefined outside the open hours only. */
      readonly blockedBy: BlockedPeriod | undefined;

      /** Its place in the schedule's list. */
      readonly blockIndex: number | undefined;

      /** The next instant that is open; undefined when there is none. */
      readonly opensAtMs: number | undefined;
    };

/** A schedule ready for questions. It keeps its last answer, which holds for a stretch of time. */
export interface CompiledSchedule {
  readonly block: readonly BlockedPeriod[];

  /** The same in the order of time, without overlaps. */
  readonly closures: readonly Closure[];

  /** Undefined when every hour is open. */
  readonly hours: { readonly week: OpenWeek; readonly offsets: ZoneOffsets } | undefined;

  readonly last: { fromMs: number; untilMs: number; state: ScheduleState };
}

interface Closure {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Prepares a schedule for `stateAt`. Throws a RangeError for a zone that `isZone` refuses. */
export function compileSchedule({ zone, allow, block }: Schedule): CompiledSchedule {
  const offsets = zoneOffsets(zone);
  return {
    block,
    closures: closuresOf(block),
    hours: allow === undefined ? undefined : { week: openWeek(allow), offsets },
    last: { fromMs: 0, untilMs: 0, state: { open: true } },
  };
}

/**
 * Whether a schedule is open at `nowMs`, and if not, when it opens. Open hours are what the zone's clock reads: hours
 * that clocks skip do not exist that day, hours that they repeat are open both times.
 */
export function stateAt(schedule: CompiledSchedule, nowMs: number): ScheduleState {
  const { last } = schedule;
  if (last.fromMs <= nowMs && nowMs < last.untilMs) return last.state;
  if (!Number.isFinite(nowMs)) throw new RangeError(`expected an instant in milliseconds, got \`${nowMs}\``);
  const hours = hoursOf(schedule, nowMs);
  last.fromMs = nowMs;
  last.untilMs = Math.min(hours.untilMs, nextEdge(schedule.block, nowMs));
  last.state = judge(schedule, hours, nowMs);
  return last.state;
}

function judge(schedule: CompiledSchedule, hours: Hours, nowMs: number): ScheduleState {
  const index = schedule.block.findIndex((period) => period.fromMs <= nowMs && nowMs < period.toMs);
  const blockedBy = schedule.block[index];
  if (hours.open && blockedBy === undefined) return { open: true };
  return {
    open: false,
    blockedBy,
    blockIndex: blockedBy === undefined ? undefined : index,
    opensAtMs: nextOpening(schedule, nowMs),
  };
}

/** Ends, because blocked periods are few and a week later than the last of them the open hours return. */
function nextOpening(schedule: CompiledSchedule, fromMs: number): number | undefined {
  const { closures } = schedule;
  let instantMs = fromMs;
  let next = 0;
  while (instantMs < END_OF_TIME_MS) {
    while ((closures[next]?.toMs ?? Infinity) <= instantMs) next += 1;
    const closure = closures[next];
    if (closure !== undefined && closure.fromMs <= instantMs) {
      instantMs = closure.toMs;
      continue;
    }
    const { open, untilMs } = hoursOf(schedule, instantMs);
    if (open) return instantMs;
    instantMs = untilMs;
  }
  return undefined;
}

function hoursOf({ hours }: CompiledSchedule, instantMs: number): Hours {
  return hours === undefined ? ALWAYS : hoursAt(hours.week, hours.offsets, instantMs);
}

/** The first instant after `nowMs` at which a blocked period begins or ends. */
function nextEdge(block: readonly BlockedPeriod[], nowMs: number): number {
  let edge = Infinity;
  for (const { fromMs, toMs } of block) {
    if (fromMs > nowMs && fromMs < edge) edge = fromMs;
    if (toMs > nowMs && toMs < edge) edge = toMs;
  }
  return edge;
}

function closuresOf(block: readonly BlockedPeriod[]): readonly Closure[] {
  const sorted = block
    .filter(({ fromMs, toMs }) => fromMs < toMs)
    .sort((one, other) => one.fromMs - other.fromMs);
  const closures: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of sorted) {
    const last = closures.at(-1);
    if (last === undefined || fromMs > last.toMs) closures.push({ fromMs, toMs });
    else last.toMs = Math.max(last.toMs, toMs);
  }
  return closures;
}
