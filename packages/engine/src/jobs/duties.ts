import type { Clock } from '../nouns/clock.ts';
import type { Job, JobEnd, JobHandler, JobKind, Jobs } from '../nouns/jobs.ts';
import type { DeliveryPlace } from '../nouns/outbox.ts';
import type { Store } from '../nouns/store.ts';
import type { Courier } from '../webhooks/sending/courier.ts';
import { deliveryJob, tenantOf } from './pointing.ts';
import { reviveLost } from './recall.ts';

const AT_ONCE = 200;
const SHORTEST_MS = 1_000;
const LONGEST_MS = 30_000;

/** How soon carve-outs are looked at again that are over and still in use: nothing says when that ends. */
const CARVE_OUTS_MS = 5_000;
const RECONCILED_EVERY_MS = 60_000;
const DRAINED_EVERY_MS = 5_000;

/** A delivery that is due for so long has lost its job: those that wait for room are asked for more often. */
const LOST_AFTER_MS = 60_000;
const LOST_AT_ONCE = 500;

/** What the duties work with. */
export interface DutyParts {
  /** The store as opened. */
  readonly store: Store;
  readonly jobs: Pick<Jobs, 'put' | 'revive'>;
  readonly courier: Pick<Courier, 'fanOut' | 'send'>;
  readonly clock: Clock;

  /** How long a call may run: nobody notices late what is looked at as often. */
  readonly holdTtlMs: number;

  /** Begins with a store that this process has not seen before. Rejects while that does not answer. */
  readonly begin: (store: Store) => Promise<void>;

  /** Puts what the process has to find again that had its jobs in memory. Once for each store. */
  readonly recall: (store: Store) => Promise<void>;

  /** Settles carve-outs that are over and that nobody holds any of. Answers whether any is left. */
  readonly settleIdle: (store: Store) => Promise<boolean>;

  /** Something was written that webhooks may tell of. */
  readonly wake: (store: Store) => void;
}

type Duty = (store: Store, job: Job, signal: AbortSignal) => Promise<JobEnd>;

const DONE: JobEnd = { kind: 'done' };

/** What each kind of job does. Each duty is safe to repeat, and rejects when its store does not answer. */
export function dutiesOf(parts: DutyParts): JobHandler {
  const duties: Readonly<Record<JobKind, Duty>> = {
    expiry: expiryOf(parts),
    notices: noticesOf(parts),
    'fan-out': async (store, _job, signal) => {
      await parts.begin(store);
      await fanOut(parts, store, signal);
      return DONE;
    },
    delivery: deliveryOf(parts),
    reconciliation: reconciliationOf(parts),
    draining: async (store) => {
      await store.drain();
      return { kind: 'again', dueAt: parts.clock.now() + DRAINED_EVERY_MS };
    },
  };
  return (job, signal) => duties[job.kind](storeOf(parts.store, job.tenant), job, signal);
}

function storeOf(store: Store, tenant: string): Store {
  return tenant === tenantOf(store) ? store : store.of(tenant);
}

function expiryOf(parts: DutyParts): Duty {
  return async (store) => {
    const ended = await store.expire(AT_ONCE);
    if (ended > 0) parts.wake(store);
    const left = await parts.settleIdle(store);
    if (ended >= AT_ONCE) return { kind: 'again', dueAt: parts.clock.now() };
    return soon(parts, store, left ? CARVE_OUTS_MS : LONGEST_MS);
  };
}

function noticesOf(parts: DutyParts): Duty {
  return async (store) => {
    const written = await store.announce(AT_ONCE);
    if (written > 0) parts.wake(store);
    if (written >= AT_ONCE) return { kind: 'again', dueAt: parts.clock.now() };
    return soon(parts, store, LONGEST_MS);
  };
}

/** When the next thing is due, and at the latest in so long: something that is due sooner may come meanwhile. */
async function soon({ clock, holdTtlMs }: DutyParts, store: Store, longestMs: number): Promise<JobEnd> {
  const now = clock.now();
  const latest = now + Math.max(Math.min(holdTtlMs, longestMs), SHORTEST_MS);
  const next = (await store.nextDeadline()) ?? latest;
  return { kind: 'again', dueAt: Math.max(now + SHORTEST_MS, Math.min(next, latest)) };
}

async function fanOut({ jobs, courier }: DutyParts, store: Store, signal: AbortSignal): Promise<void> {
  const deliveries = await courier.fanOut(store, signal);
  // Where the process dies here, reconciliation finds the deliveries that have no job.
  await jobs.put(deliveries.map((delivery) => deliveryJob(store, delivery)));
}

function deliveryOf({ jobs, courier, wake }: DutyParts): Duty {
  return async (store, { subject }, signal) => {
    const dot = subject.lastIndexOf('.');
    const [id, attempts] = [subject.slice(0, dot), Number(subject.slice(dot + 1))];
    const delivery = await store.delivery(id);
    // Another try has a job of its own: this one is about a try that was made.
    if (delivery?.state !== 'queued' || delivery.attempts !== attempts) return DONE;
    const sent = await courier.send(store, id, signal);
    if (sent.kind === 'later' && !sent.counted) return { kind: 'again', dueAt: sent.dueAt };
    // An endpoint that fails may have been written about in the journal, of which others are told.
    if (sent.kind === 'later' || attempts > 0) wake(store);
    if (sent.kind === 'over') return DONE;
    const { dueAt } = sent;
    // A delivery that is sent again from the start has tries of the same numbers as before.
    await jobs.revive([deliveryJob(store, { ...delivery, attempts: attempts + 1, dueAt })]);
    return DONE;
  };
}

function reconciliationOf(parts: DutyParts): Duty {
  const { jobs, clock, begin, recall } = parts;
  const places = new Map<string, DeliveryPlace>();
  return async (store, _job, signal) => {
    await begin(store);
    await fanOut(parts, store, signal);
    await recall(store);
    const lostBefore = clock.now() - LOST_AFTER_MS;
    const due = await store.due(LOST_AT_ONCE);
    const lost = due.filter(({ dueAt }) => dueAt <= lostBefore);
    await jobs.revive(lost.map((delivery) => deliveryJob(store, delivery)));
    // Those may wait for an endpoint that is down, for days: what lost its job behind them must not wait as long.
    if (lost.length === LOST_AT_ONCE) {
      const tenant = tenantOf(store);
      const next = await reviveLost(store, jobs, { from: places.get(tenant), dueBefore: lostBefore });
      if (next === undefined) places.delete(tenant);
      else places.set(tenant, next);
    }
    return { kind: 'again', dueAt: clock.now() + RECONCILED_EVERY_MS };
  };
}
