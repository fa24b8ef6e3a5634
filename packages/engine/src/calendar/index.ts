export { type CalendarSpan, calendarSpan } from './calendar-span.ts';
export type { OpenWindow, Weekday } from './open-week.ts';
export { rollingSlice } from './rolling-slice.ts';
export {
  type BlockedPeriod,
  type CompiledSchedule,
  compileSchedule,
  type Schedule,
  type ScheduleState,
  stateAt,
} from './schedule.ts';
export { parseTimeOfDay } from './time-of-day.ts';
export { isZone } from './zone.ts';
