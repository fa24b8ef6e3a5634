import type { SessionKey } from '../nouns/hold.ts';
import { subjectKey, subjectsOf } from '../nouns/revocation.ts';
import type { Store } from '../nouns/store.ts';
import { over, type Parts, type Planted } from './planted.test-support.ts';

/** The store where nobody is revoked but the caller. */
function askingOnlyFor(caller: SessionKey | undefined, parts: Parts): Store {
  const own = new Set(caller === undefined ? [] : subjectsOf(caller).map(subjectKey));
  return over(parts, {
    revocation: (key) => (own.has(key) ? parts.tables.revocation(key) : undefined),
  });
}

/** Bugs in what is asked of those who set money aside. */
export const plantedRevocations: readonly Planted[] = [
  {
    name: 'grants what somebody set aside who was revoked',
    caughtBy: /grants nothing of what a revoked session set aside/,
    methods: (parts) => ({
      reserve: (reservation) => askingOnlyFor(reservation.call, parts).reserve(reservation),
    }),
  },
  {
    name: 'starts what spends the money of somebody who was revoked',
    caughtBy: /starts no call that spends what a revoked agent set aside/,
    methods: (parts) => ({
      start: (request) => askingOnlyFor(parts.tables.call(request.callId), parts).start(request),
    }),
  },
  {
    name: 'extends what spends the money of somebody who was revoked',
    caughtBy: /extends no call that spends what a revoked agent set aside/,
    methods: (parts) => ({
      extend: (extension) => askingOnlyFor(parts.tables.call(extension.callId), parts).extend(extension),
    }),
  },
  {
    name: 'asks only for those who set aside what is charged, and for nobody behind them',
    caughtBy: /asks for everybody whose money was set aside again/,
    methods: (parts) => ({
      reserve: (...asked) =>
        over(parts, {
          call(id) {
            const known = parts.tables.call(id);
            return known?.state === 'carved' ? { ...known, budgets: [] } : known;
          },
        }).reserve(...asked),
    }),
  },
];
