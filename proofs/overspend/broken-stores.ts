import { altered } from '../suite/altered.ts';
import type { Breaking } from './schedules.ts';

/** More than anybody asks for. */
const NO_LIMIT = 1_000_000_000n;

/** Looks at the budgets, and holds after others had their turn. */
export const checkThenAct: Breaking = (store, pause) =>
  altered(store, (inner) => ({
    async reserve(reservation) {
      const { budgets } = await inner.status(reservation.budgets, []);
      const fits = budgets.every(({ left }, index) => left >= (reservation.budgets[index]?.amount ?? 0n));
      await pause();
      const unchecked = reservation.budgets.map((one) => ({ ...one, limit: NO_LIMIT }));
      return inner.reserve(fits ? { ...reservation, budgets: unchecked } : reservation);
    },
  }));

/** Holds again for every repeat of a reservation. */
export const holdsTwice: Breaking = (store) => {
  let copies = 0;
  const last = new Map<string, string>();
  const known = (id: string): string => last.get(id) ?? id;
  return altered(store, (inner) => ({
    reserve(reservation) {
      const id = last.has(reservation.call.id) ? `${reservation.call.id}#${copies++}` : reservation.call.id;
      last.set(reservation.call.id, id);
      return inner.reserve({ ...reservation, call: { ...reservation.call, id } });
    },
    settle: (settlement) => inner.settle({ ...settlement, callId: known(settlement.callId) }),
    release: (callId, facts) => inner.release(known(callId), facts),
  }));
};

/** Returns the money of a started call whose time is up, although it may have been spent. */
export const releasesOnExpiry: Breaking = (store) =>
  altered(store, (inner) => ({
    async expire(limit) {
      const ended = await inner.expire(limit);
      for (const { id } of await inner.unresolved(limit)) await inner.release(id, {});
      return ended;
    },
  }));

/** Keeps what a call did not use. */
export const keepsTheRest: Breaking = (store) =>
  altered(store, (inner) => ({
    async settle(settlement) {
      const call = await inner.call(settlement.callId);
      const amounts = new Map(settlement.amounts);
      for (const { currency, amount } of call?.budgets ?? []) {
        if (amount > (amounts.get(currency) ?? 0n)) amounts.set(currency, amount);
      }
      return inner.settle({ ...settlement, amounts });
    },
  }));

/** Tells every asking that the call is its own to run. */
export const startsForAll: Breaking = (store) =>
  altered(store, (inner) => ({
    async reserve(reservation) {
      const answer = await inner.reserve(reservation);
      return answer.kind === 'reserved' ? { ...answer, fresh: true } : answer;
    },
  }));
