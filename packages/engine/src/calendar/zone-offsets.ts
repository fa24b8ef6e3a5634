import { Temporal } from 'temporal-polyfill';
import { isZone } from './zone.ts';

const NANOSECONDS = 1_000_000;
const KEPT = 16;

/** The last instant that a date can hold, and with a minus the first. */
export const END_OF_TIME_MS = 8.64e15;

/** A stretch of time in which a zone's clock ticks evenly: what it reads is the time plus the offset. */
export interface OffsetPeriod {
  readonly startMs: number;
  readonly endMs: number;
  readonly offsetMs: number;
}

/** What the clock of one zone reads. Remembers the periods that were asked for lately. */
export class ZoneOffsets {
  #last: OffsetPeriod = { startMs: 0, endMs: 0, offsetMs: 0 };
  readonly #known: OffsetPeriod[] = [];

  /** Throws a RangeError for a text that `isZone` refuses. */
  constructor(readonly zone: string) {
    if (!isZone(zone))
      throw new RangeError(`expected an IANA time zone such as \`Europe/Berlin\`, got \`${zone}\``);
  }

  /** The period that contains an instant. Throws a RangeError for a number that is not one. */
  at(instantMs: number): OffsetPeriod {
    const last = this.#last;
    if (contains(last, instantMs)) return last;
    this.#last = this.#known.find((period) => contains(period, instantMs)) ?? this.#ask(instantMs);
    return this.#last;
  }

  #ask(instantMs: number): OffsetPeriod {
    const instant = Temporal.Instant.fromEpochMilliseconds(instantMs);
    const here = instant.toZonedDateTimeISO(this.zone);
    // The transition before an instant excludes the instant, at which this period may begin.
    const before = here.add({ milliseconds: 1 }).getTimeZoneTransition('previous');
    const after = here.getTimeZoneTransition('next');
    const period = {
      startMs: before?.epochMilliseconds ?? -END_OF_TIME_MS,
      endMs: after?.epochMilliseconds ?? END_OF_TIME_MS,
      offsetMs: here.offsetNanoseconds / NANOSECONDS,
    };
    if (this.#known.push(period) > KEPT) this.#known.shift();
    return period;
  }
}

const zones = new Map<string, ZoneOffsets>();

/** The one `ZoneOffsets` of a zone. Throws a RangeError for a text that `isZone` refuses. */
export function zoneOffsets(zone: string): ZoneOffsets {
  const known = zones.get(zone);
  if (known !== undefined) return known;
  const offsets = new ZoneOffsets(zone);
  zones.set(zone, offsets);
  return offsets;
}

function contains({ startMs, endMs }: OffsetPeriod, instantMs: number): boolean {
  return startMs <= instantMs && instantMs < endMs;
}
