import { Temporal } from 'temporal-polyfill';

/** Offsets do not begin with a letter. `SystemV/` is ICU's own, although it looks like IANA's. */
const NAME = /^(?!SystemV\/)[A-Z]/i;

/**
 * Whether a text is a time zone of IANA, spelled as IANA spells it: `Europe/Berlin`, `UTC`, `Asia/Calcutta` as well as
 * `Asia/Kolkata`. Refuses what a runtime would take besides: offsets, other capitals, abbreviations such as `PST`.
 */
export function isZone(text: string): boolean {
  if (!NAME.test(text)) return false;
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(text).timeZoneId === text;
  } catch {
    return false;
  }
}
