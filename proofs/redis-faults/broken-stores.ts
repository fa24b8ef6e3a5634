import { memoryStore, type Store, systemClock } from '@torii/engine';
import { isUnavailable } from '../model/operation.ts';
import { altered } from '../suite/altered.ts';
import { pause } from '../suite/pause.ts';
import { openRedisStore } from '../suite/servers.ts';
import type { Breaking } from './disturbed.ts';
import { lossIn, type Opening } from './forgetting.ts';

/** Asks a store in memory where Redis cannot answer: what is good for rates is bad for money. */
export const fallsBackToMemory: Breaking = (store) => {
  const memory = memoryStore().open({ clock: systemClock });
  return altered(store, (inner) => ({
    async reserve(reservation) {
      try {
        return await inner.reserve(reservation);
      } catch (error) {
        if (!isUnavailable(error)) throw error;
        return (await memory).reserve(reservation);
      }
    },
  }));
};

const IMPATIENT_MS = 4;

/** Asks again under another name when an answer takes its time. */
export const asksAnew: Breaking = (store) =>
  altered(store, (inner) => ({
    async reserve(reservation) {
      const asked = Promise.resolve(inner.reserve(reservation));
      const late = pause(IMPATIENT_MS).then(() => undefined);
      const answer = await Promise.race([asked, late]);
      if (answer !== undefined) return answer;
      await asked.catch(() => undefined);
      return inner.reserve({
        ...reservation,
        call: { ...reservation.call, id: `${reservation.call.id}-again` },
      });
    },
  }));

/** Accepts every loss, so that nobody has to be called at night. */
export const acceptsByItself: Opening = async (url, tuning) => {
  try {
    return await openRedisStore(url, tuning);
  } catch (error) {
    const acceptLoss = lossIn(error);
    if (acceptLoss === undefined) throw error;
    return openRedisStore(url, { ...tuning, acceptLoss });
  }
};

/** Says that a call was settled when nobody knows. */
export const assumesTheBest: Breaking = (store: Store) =>
  altered(store, (inner) => ({
    async settle(settlement) {
      try {
        return await inner.settle(settlement);
      } catch (error) {
        if (!isUnavailable(error)) throw error;
        return { kind: 'unknown-call', version: 0 };
      }
    },
  }));

/** Refused once, it reserves nothing any more. */
export const givesUp: Breaking = (store) => {
  let refusal: Error | undefined;
  return altered(store, (inner) => ({
    async reserve(reservation) {
      if (refusal !== undefined) throw refusal;
      try {
        return await inner.reserve(reservation);
      } catch (error) {
        if (error instanceof Error && isUnavailable(error)) refusal = error;
        throw error;
      }
    },
  }));
};

/** Tells everybody who ends a call that he was the first. */
export const endsForAll: Breaking = (store) =>
  altered(store, (inner) => ({
    async settle(settlement) {
      const answer = await inner.settle(settlement);
      return answer.kind === 'ended' ? { ...answer, first: true } : answer;
    },
  }));
