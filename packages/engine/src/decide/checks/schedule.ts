import { compileSchedule, parseTimeOfDay, type Schedule, stateAt } from '../../calendar/index.ts';
import type { NormalizedPolicy } from '../document/schema.ts';
import { instantMs } from '../document/words.ts';
import type { Check } from '../question.ts';

/** When calls may happen at all. */
export function scheduleChecks(policy: string, document: NormalizedPolicy): readonly Check[] {
  if (document.schedule === undefined) return [];
  const schedule = scheduleOf(document, document.schedule);
  const compiled = compileSchedule(schedule);
  return [
    ({ facts: { nowMs } }, { reasons }) => {
      const state = stateAt(compiled, nowMs);
      if (state.open) return;
      const { opensAtMs, blockedBy } = state;
      const value = new Date(nowMs).toISOString();
      const limit = opensAtMs === undefined ? 'no time' : `from ${new Date(opensAtMs).toISOString()}`;
      const later = opensAtMs === undefined ? {} : { retryAfterMs: opensAtMs - nowMs };
      if (blockedBy === undefined) {
        const message = `policy \`${policy}\` allows calls at certain times of ${schedule.zone} only, and not now; it opens ${limit}`;
        reasons.push({
          code: 'SCHEDULE_CLOSED',
          message,
          policy,
          clause: 'schedule.allow',
          value,
          limit,
          ...later,
        });
        return;
      }
      const message = `policy \`${policy}\` blocks calls now: ${blockedBy.reason}; it opens ${limit}`;
      const clause = `schedule.block[${schedule.block.indexOf(blockedBy)}]`;
      reasons.push({ code: 'SCHEDULE_BLOCKED', message, policy, clause, value, limit, ...later });
    },
  ];
}

function scheduleOf(
  { timezone }: NormalizedPolicy,
  { timezone: zone = timezone ?? 'UTC', allow, block = [] }: NonNullable<NormalizedPolicy['schedule']>,
): Schedule {
  return {
    zone,
    allow: allow?.map(({ days, from, to }) => ({
      ...(days === undefined ? {} : { days }),
      fromMinute: parseTimeOfDay(from) ?? 0,
      toMinute: parseTimeOfDay(to) ?? 0,
    })),
    block: block.map(({ from, to, reason }) => ({
      fromMs: instantMs(from) ?? 0,
      toMs: instantMs(to) ?? 0,
      reason,
    })),
  };
}
