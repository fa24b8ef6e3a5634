import { dutiesOf } from './jobs/duties.ts';
import { embeddedJobs } from './jobs/embedded-jobs.ts';
import { deliveryJob, tenantOf } from './jobs/pointing.ts';
import { recallDeliveries } from './jobs/recall.ts';
import { settleIdle } from './operators/carve-outs.ts';
import type { AssetTable } from './nouns/asset.ts';
import type { Clock } from './nouns/clock.ts';
import type { Job, JobKind, Jobs } from './nouns/jobs.ts';
import type { Delivery } from './nouns/outbox.ts';
import type { Random } from './nouns/random.ts';
import type { Store } from './nouns/store.ts';
import type { Settings } from './options.ts';
import type { Courier } from './webhooks/sending/courier.ts';

/** How long to collect what is written to a store before the journal is looked at, in milliseconds. */
const SOON_MS = 50;

/** How often the jobs of every tenant are put again, so that a queue that was lost is whole again. */
const PLANTED_EVERY_MS = 60_000;
const SHORTEST_LOOK_MS = 1_000;
const LONGEST_LOOK_MS = 30_000;

/** What every tenant has one job of. */
const PLANTED: readonly JobKind[] = ['expiry', 'notices', 'reconciliation'];

/** What works in the background: it expires holds and approvals, settles carve-outs, reminds, and sends webhooks. */
export interface Workers {
  /**
   * Begins with every store that is known, and records that the engine started. Await it before the first call. Rejects
   * when the store as opened does not answer; a tenant's that does not is begun with later, and told of.
   */
  start(): Promise<void>;

  /** Something was written to this store that webhooks may tell of. */
  wake(store: Store): void;

  /** Has deliveries sent that were queued again. */
  revive(store: Store, deliveries: readonly Delivery[]): Promise<void>;

  /** Stops what is under way; it is done again by another process, or at the next start. */
  close(): Promise<void>;
}

/** What workers are made of. */
export interface WorkerParts {
  /** The store as opened. */
  readonly store: Store;

  /** The queue that processes share. */
  readonly jobs: Jobs;
  readonly courier: Courier;
  readonly clock: Clock;
  readonly random: Random;
  readonly onError: (error: Error) => void;
  readonly holdTtlMs: number;
  readonly assets: AssetTable;

  /** Records in the journal of a store that the engine started. */
  readonly recordStart: (store: Store) => Promise<void>;
}

/** Opens the queues and puts workers together that have not started. */
export async function openWorkers(
  settings: Omit<Settings, 'assets' | 'store'> & Omit<WorkerParts, 'jobs'>,
): Promise<Workers> {
  const { clock, random, onError } = settings;
  const jobs = await settings.jobs.open({ clock, random, onError });
  try {
    // The ledger of a store belongs to one process, which alone can fill it: whatever queue others share.
    const own = await embeddedJobs().open({ clock, random, onError });
    return new StoreWorkers({ ...settings, jobs }, own);
  } catch (error) {
    await jobs.close();
    throw error;
  }
}

class StoreWorkers implements Workers {
  readonly #parts: WorkerParts;
  readonly #own: Jobs;

  /** Stores that this process has begun with, or begins with now. */
  readonly #begun = new Map<string, Promise<void>>();

  /** Stores that were there at the start, and which endpoints were there before them. */
  readonly #heardAtStart = new Map<string, ReadonlySet<string>>();
  readonly #planted = new Set<string>();
  readonly #recalled = new Set<string>();
  readonly #waking = new Map<string, () => void>();
  readonly #underWay = new Set<Promise<void>>();
  #plantedAt = 0;
  #cancelLook: () => void = () => undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: WorkerParts, own: Jobs) {
    this.#parts = parts;
    this.#own = own;
  }

  async start(): Promise<void> {
    const { store, jobs } = this.#parts;
    const heard = await this.#heardBy(store);
    const stores = await store.all();
    for (const each of stores) this.#heardAtStart.set(tenantOf(each), heard);
    const others = stores.filter((each) => tenantOf(each) !== tenantOf(store));
    await Promise.all(others.map((each) => this.#recordAndBegin(each).catch(this.#parts.onError)));
    // The store as opened comes last: an endpoint that it has seen was enrolled in all others that answered.
    await this.#recordAndBegin(store);
    const handler = dutiesOf(this.#dutyParts());
    await this.#plant(stores);
    this.#plantedAt = this.#parts.clock.now();
    await this.#own.work(handler);
    await jobs.work(handler);
    this.#lookLater();
  }

  wake(store: Store): void {
    const tenant = tenantOf(store);
    if (this.#closing !== undefined || this.#waking.has(tenant)) return;
    const { clock, jobs, random } = this.#parts;
    const told = (): void => {
      this.#waking.delete(tenant);
      this.#track(async () => {
        if (!this.#planted.has(tenant)) await this.#plant([store]);
        const job = { kind: 'fan-out', tenant, subject: random.id('wake'), dueAt: clock.now() } as const;
        await jobs.put([job]);
      });
    };
    this.#waking.set(tenant, clock.after(SOON_MS, told));
  }

  async revive(store: Store, deliveries: readonly Delivery[]): Promise<void> {
    await this.#parts.jobs.revive(deliveries.map((delivery) => deliveryJob(store, delivery)));
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#cancelLook();
    for (const cancel of this.#waking.values()) cancel();
    await Promise.all([this.#parts.jobs.close(), this.#own.close(), ...this.#underWay]);
    await this.#parts.courier.close();
  }

  #dutyParts(): Parameters<typeof dutiesOf>[0] {
    const { store, jobs, courier, clock, holdTtlMs, assets } = this.#parts;
    return {
      store,
      jobs,
      courier,
      clock,
      holdTtlMs,
      begin: (each) => this.#begin(each),
      recall: (each) => this.#recall(each),
      settleIdle: (each) => settleIdle({ assets }, each),
      wake: (each) => this.wake(each),
    };
  }

  /** The endpoints that the store has seen before. */
  async #heardBy(store: Store): Promise<ReadonlySet<string>> {
    const { fixed } = this.#parts.courier;
    const cursors = await Promise.all(fixed.map((id) => store.cursor(id)));
    return new Set(fixed.filter((_, index) => (cursors[index] ?? 0) > 0));
  }

  /** Webhooks that no store has seen yet begin after this entry, in the journal of each tenant. */
  async #recordAndBegin(store: Store): Promise<void> {
    await this.#parts.recordStart(store);
    await this.#begin(store);
  }

  /** Enrolls the endpoints. A tenant who came since the start is new to every endpoint that is configured. */
  #begin(store: Store): Promise<void> {
    const tenant = tenantOf(store);
    const { courier } = this.#parts;
    const heard = this.#heardAtStart.get(tenant) ?? new Set(courier.fixed);
    const beginning = this.#begun.get(tenant) ?? courier.enroll(store, heard);
    this.#begun.set(tenant, beginning);
    return beginning.catch((error: unknown) => {
      // Tried again when it is next needed.
      this.#begun.delete(tenant);
      throw error;
    });
  }

  async #recall(store: Store): Promise<void> {
    const tenant = tenantOf(store);
    if (this.#recalled.has(tenant)) return;
    await recallDeliveries(store, this.#parts.jobs);
    this.#recalled.add(tenant);
  }

  /** Puts the jobs that these stores always have. Where they are there already, nothing changes. */
  async #plant(stores: readonly Store[]): Promise<void> {
    const dueAt = this.#parts.clock.now();
    const jobs = (kinds: readonly JobKind[]): readonly Job[] =>
      stores.flatMap((store) => kinds.map((kind) => ({ kind, tenant: tenantOf(store), subject: '', dueAt })));
    await this.#own.revive(jobs(['draining']));
    await this.#parts.jobs.revive(jobs(PLANTED));
    for (const store of stores) this.#planted.add(tenantOf(store));
  }

  #lookLater(): void {
    if (this.#closing !== undefined) return;
    const { clock, holdTtlMs } = this.#parts;
    const lookMs = Math.min(Math.max(holdTtlMs, SHORTEST_LOOK_MS), LONGEST_LOOK_MS);
    this.#cancelLook = clock.after(lookMs, () => this.#track(() => this.#look()));
  }

  /** Plants the jobs of tenants who came since the last look, and now and then those of all. */
  async #look(): Promise<void> {
    const now = this.#parts.clock.now();
    try {
      const stores = await this.#parts.store.all();
      const everybody = now - this.#plantedAt >= PLANTED_EVERY_MS;
      const wanted = everybody ? stores : stores.filter((each) => !this.#planted.has(tenantOf(each)));
      await this.#plant(wanted);
      if (everybody) this.#plantedAt = now;
    } finally {
      this.#lookLater();
    }
  }

  #track(work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => {
        // What fails because everything closes is nobody's concern.
        if (this.#closing === undefined) this.#report(error);
      })
      .finally(() => this.#underWay.delete(running));
    this.#underWay.add(running);
  }

  #report(error: unknown): void {
    this.#parts.onError(error instanceof Error ? error : new Error('the workers failed', { cause: error }));
  }
}
