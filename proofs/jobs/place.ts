import { type Clock, embeddedJobs, systemClock, systemRandom } from '@torii/engine';
import { bullmqJobs } from '@torii/engine/bullmq';
import { Worker } from 'bullmq';
import { fastClock, type Jobs, type Place } from './errand.ts';

/** The clock of a place. Redis has its own, which nobody makes faster. */
export function clockAt(place: Place, originMs: number): Clock {
  return place.kind === 'embedded' ? fastClock(originMs) : systemClock;
}

/** Opens the queue of a place. Complaints are told to nobody: servers that die are the point of it. */
export function openAt(place: Place, clock: Clock): Promise<Jobs> {
  const source =
    place.kind === 'embedded'
      ? embeddedJobs({ path: place.path })
      : bullmqJobs({ redis: place.url, prefix: place.prefix, concurrency: 16 });
  return source.open({ clock, random: systemRandom, onError: () => undefined });
}

interface Leases {
  readonly lockDuration: number;
  readonly lockRenewTime: number;
  readonly stalledInterval: number;
  readonly maxStalledCount?: number;
}

const SHORT: Leases = { lockDuration: 1_500, lockRenewTime: 500, stalledInterval: 700 };

/**
 * Gives the workers of BullMQ in this process leases of a second and a half instead of half a minute, and nothing else: so the
 * proof ends before the coffee is cold. `broken` sets what BullMQ has by default.
 */
export function shortenLeases(broken: boolean): void {
  const run = Reflect.get(Worker.prototype, 'run');
  Worker.prototype.run = function (this: Worker): Promise<void> {
    Object.assign(this.opts, SHORT, broken ? { maxStalledCount: 1 } : {});
    return Reflect.apply(run, this, []);
  };
}
