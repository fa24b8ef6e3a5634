import { altered } from '../suite/altered.ts';
import type { Breaking } from './world.ts';

const tried = { at: 0, durationMs: 0, status: 200, reason: undefined } as const;

/** Writes down that a message was delivered, and then sends it. */
export const finishesFirst: Breaking = (store) => {
  const looked = new Map<string, number>();
  return altered(store, (inner) => ({
    async delivery(id) {
      const found = await inner.delivery(id);
      const times = (looked.get(id) ?? 0) + 1;
      looked.set(id, times);
      // The second look is the one right before the request.
      if (found?.state === 'queued' && times % 2 === 0) await inner.finish(id, { kind: 'delivered', tried });
      return found;
    },
  }));
};

/** Gives a message another id at each try. */
export const namesAnew: Breaking = (store) =>
  altered(store, (inner) => ({
    async delivery(id) {
      const own = ownId(id);
      const found = await inner.delivery(own);
      if (found === undefined) return undefined;
      const other = `${own}-try${found.attempts}`;
      return { ...found, id: other, body: found.body.replaceAll(own, other) };
    },
    finish: (id, result) => inner.finish(ownId(id), result),
  }));

/** Builds the bytes of a message anew at each try. */
export const buildsAnew: Breaking = (store) =>
  altered(store, (inner) => ({
    async delivery(id) {
      const found = await inner.delivery(id);
      if (found === undefined) return undefined;
      return { ...found, body: JSON.stringify({ ...JSON.parse(found.body), try: found.attempts }) };
    },
  }));

/** Forgets what a page of the journal told after its first event, and moves on. */
export const losesTheRest: Breaking = (store) =>
  altered(store, (inner) => ({
    enqueue: (endpoint, cursor, deliveries) => inner.enqueue(endpoint, cursor, deliveries.slice(0, 1)),
  }));

/** Tries again for as long as it fails, and tells nobody of what it gave up. */
export const dropsDeadLetters: Breaking = (store) =>
  altered(store, (inner) => ({
    finish: (id, result) =>
      inner.finish(id, result.kind === 'gave-up' ? { kind: 'delivered', tried: result.tried } : result),
  }));

function ownId(id: string): string {
  return id.replace(/-try\d+$/, '');
}
