import { type Clock, type Store, systemClock } from '@torii/engine';
import { redisStore } from '@torii/engine/redis';
import { fakeRandom } from '@torii/engine/testing';
import { isUnavailable } from '../model/operation.ts';
import { asking, charge } from '../suite/asking.ts';
import { allEntries, chargesIn } from '../suite/journal.ts';
import { pause } from '../suite/pause.ts';
import { type Result, Violations } from '../suite/result.ts';
import { withServer } from '../suite/servers.ts';
import type { Proving } from '../suite/suite.ts';
import type { Breaking } from './disturbed.ts';

/** Short windows, so that many of them end while somebody watches. */
const WINDOW_MS = 250;
const AMOUNT = 7n;
const LIMIT = 100n;

/** As far off as a process may be, and further. */
const TOLERATED_MS = [-4_000, -900, 0, 900, 4_000];
const REFUSED_MS = [-300_000, -6_000, 6_000, 300_000];

/**
 * Processes whose clocks are off by up to four seconds share a server, in windows of a quarter of a second: each call
 * must be posted to the window of the server's time, and none may hold more than its limit. A process that is off by
 * more than five seconds must be turned away.
 */
export function clocksDiffer(
  { calls, breaking = (sound) => sound }: { readonly calls: number; readonly breaking?: Breaking },
  { progress }: Proving,
): Promise<Result> {
  const found = new Violations();
  return withServer(async ({ url }) => {
    for (const aheadMs of REFUSED_MS) {
      const isOpen = await opened(url, aheadMs).then(
        (store) => store.close().then(() => true),
        (error: unknown) => {
          if (isUnavailable(error)) return false;
          throw error;
        },
      );
      if (isOpen) found.add(`a process whose clock is ${aheadMs} ms off was let in`);
    }
    const sound = await Promise.all(TOLERATED_MS.map((aheadMs) => opened(url, aheadMs)));
    const stale = await asked(sound.map(breaking), calls, (done) => progress.step(done, calls, 'calls'));
    const [first] = sound;
    const grants = first === undefined ? 0 : await windowFlaws(first, found);
    await Promise.all(sound.map((store) => store.close()));
    return {
      tried: {
        'clocks refused': REFUSED_MS.length,
        'calls of wrong clocks': calls,
        'grants of wrong clocks': grants,
      },
      violations: found.list(),
      counted: { 'windows computed again': stale },
    };
  });
}

function opened(url: string, aheadMs: number): Promise<Store> {
  return redisStore({ redis: url, commandTimeoutMs: 5_000 }).open({ clock: off(aheadMs) });
}

function off(aheadMs: number): Clock {
  return { ...systemClock, now: () => systemClock.now() + aheadMs };
}

async function asked(stores: readonly Store[], calls: number, step: (done: number) => void): Promise<number> {
  const random = fakeRandom(7);
  let [next, stale] = [0, 0];
  const client = async (store: Store, aheadMs: number): Promise<void> => {
    for (let index = next++; index < calls; index = next++) {
      let nowMs = systemClock.now() + aheadMs;
      for (let tries = 0; tries < 3; tries++) {
        const startMs = nowMs - (nowMs % WINDOW_MS);
        const window = { window: 'hour', startMs, endMs: startMs + WINDOW_MS } as const;
        const budget = charge('short', { amount: AMOUNT, limit: LIMIT, ...window });
        const answer = await store.reserve(asking(`c${index}`, [budget]));
        if (answer.kind !== 'stale-window') break;
        stale += 1;
        nowMs = answer.nowMs;
      }
      step(index + 1);
      await pause(random.below(8));
    }
  };
  await Promise.all(stores.map((store, index) => client(store, TOLERATED_MS[index] ?? 0)));
  return stale;
}

async function windowFlaws(store: Store, found: Violations): Promise<number> {
  const sums = new Map<number, bigint>();
  const grants = (await allEntries(store)).filter(({ type }) => type === 'call.reserved');
  for (const entry of grants) {
    const startMs = chargesIn(entry)[0]?.startMs ?? 0;
    const rightMs = entry.at - (entry.at % WINDOW_MS);
    if (startMs !== rightMs)
      found.add(`a call at ${entry.at} was posted to the window of ${startMs}, not of ${rightMs}`);
    const sum = (sums.get(rightMs) ?? 0n) + AMOUNT;
    sums.set(rightMs, sum);
    if (sum > LIMIT) found.add(`the window of ${rightMs} granted ${sum} of ${LIMIT}`);
  }
  return grants.length;
}
