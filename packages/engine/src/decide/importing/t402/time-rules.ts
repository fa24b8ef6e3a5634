import type { PolicyDocument } from '../../document/schema.ts';
import type { Translation } from '../imported.ts';
import type { AgentPolicy } from './document.ts';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

type TimeRules = NonNullable<AgentPolicy['timeRules']>;
type Window = NonNullable<TimeRules['allowedWindows']>[number];

/** When payments may happen. A blocked period includes its last instant there, and ends before `to` here. */
export function scheduleOf(
  rules: TimeRules | undefined,
  translation: Translation,
): Pick<PolicyDocument, 'schedule'> {
  const { allowedWindows, blockedPeriods = [], timezone } = rules ?? {};
  if (allowedWindows === undefined && blockedPeriods.length === 0) return {};
  if (timezone !== undefined && timezone !== 'UTC' && allowedWindows !== undefined) {
    const message = `hours are those of ${timezone}, as the document says; its own system counted them in UTC`;
    translation.assumed(['timeRules', 'timezone'], message);
  }
  if (allowedWindows?.length === 0) {
    translation.stricter(
      ['timeRules', 'allowedWindows'],
      'an empty list allows no time; leave it out to allow any',
    );
  }
  return {
    schedule: {
      timezone: timezone ?? 'UTC',
      ...(allowedWindows && {
        allow: allowedWindows.map((window, index) => openWindow(window, index, translation)),
      }),
      ...(blockedPeriods.length > 0 && {
        block: blockedPeriods.map(({ start, end, reason = '' }, index) => ({
          from: new Date(start).toISOString(),
          to: new Date(end + 1).toISOString(),
          reason: translation.reason(
            ['timeRules', 'blockedPeriods', index, 'reason'],
            [reason, 'a blocked period'],
          ),
        })),
      }),
    },
  };
}

function openWindow({ days, startHour, endHour }: Window, index: number, translation: Translation) {
  const path = ['timeRules', 'allowedWindows', index];
  if (endHour === 23) {
    translation.assumed([...path, 'endHour'], 'the window ends at 23:00; `24` is the end of the day');
  }
  if (endHour !== 0 && endHour < startHour) {
    translation.assumed(
      path,
      'a window that ends before it starts lasts until the next day; there it was never open',
    );
  }
  return {
    days: DAYS.filter((_, day) => days.includes(day)),
    from: time(startHour),
    to: endHour === 0 ? '24:00' : time(endHour),
  };
}

function time(hour: number): string {
  return `${String(hour).padStart(2, '0')}:00`;
}
