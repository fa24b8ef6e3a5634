import { Queue, type Worker } from 'bullmq';
import { AT_ONCE, type Lane, lanes, laneOf } from '../jobs/naming.ts';
import { errorOf, type JobsContext } from '../jobs/attempt.ts';
import { ToriiError } from '../nouns/errors.ts';
import type { Job, JobHandler, Jobs, JobsSource } from '../nouns/jobs.ts';
import { type QueueClients, queueClients } from '../redis/connection/queue-clients.ts';
import { type BullmqJobsOptions, type BullmqSettings, bullmqSettings } from './options.ts';
import { bulkOf, jobIdOf, type Pointer } from './pointer.ts';
import { workerOf, WorkUnderWay } from './work-under-way.ts';

/** How long a process has a job without renewing that, and how often others look for those that were left behind. */
export interface Leases {
  readonly leaseMs: number;
  readonly lookMs: number;
}

const LEASES: Leases = { leaseMs: 30_000, lookMs: 15_000 };

/** How long closing waits for Redis, in milliseconds: what it cannot be told then is done again elsewhere. */
const FAREWELL_MS = 4_000;

/** How many jobs are put in one round trip. */
const PUT_AT_ONCE = 500;

/**
 * A queue of jobs in Redis, by BullMQ, which any number of processes share. One that dies while it does a job is found by
 * the others, however often that happens.
 */
export function bullmqJobs(options: BullmqJobsOptions): JobsSource {
  const settings = bullmqSettings(options);
  return { open: (context) => openBullmq(settings, context) };
}

/** As `bullmqJobs`, with leases that a test need not wait for. */
export async function openBullmq(
  settings: BullmqSettings,
  context: JobsContext,
  leases: Leases = LEASES,
): Promise<Jobs> {
  const outages = new Outages(context.onError);
  const clients = queueClients(settings.redis, (error) => outages.tell(error));
  clients.waiting.on('ready', () => outages.end());
  try {
    await requireSafe(clients);
    const queue = new BullmqQueue({ settings, context, outages, clients, leases });
    // BullMQ never tries again what it did not get done while it was put together.
    await queue.ready();
    return queue;
  } catch (error) {
    clients.disconnect();
    throw ToriiError.is(error) ? error : unavailable(error);
  }
}

async function requireSafe({ asking }: QueueClients): Promise<void> {
  const [, policy = 'noeviction'] = /maxmemory_policy:(\S+)/.exec(await asking.info('memory')) ?? [];
  if (policy === 'noeviction') return;
  throw new ToriiError(
    'REDIS_EVICTS',
    `the redis of the jobs forgets keys when it is full (\`maxmemory-policy ${policy}\`); expected \`noeviction\``,
  );
}

interface BullmqParts {
  readonly settings: BullmqSettings;
  readonly context: JobsContext;
  readonly outages: Outages;
  readonly clients: QueueClients;
  readonly leases: Leases;
}

class BullmqQueue implements Jobs {
  readonly #parts: BullmqParts;
  readonly #queues: Readonly<Record<Lane, Queue<Pointer>>>;
  readonly #work: WorkUnderWay;
  readonly #prefix: string;
  #workers: readonly Worker<Pointer>[] = [];
  #working = false;
  #closing: Promise<void> | undefined;

  constructor(parts: BullmqParts) {
    const { settings, context, clients, outages } = parts;
    this.#parts = parts;
    // The braces put all keys into one slot of a cluster, without which no script of BullMQ can run there.
    this.#prefix = `${settings.prefix}:{jobs}`;
    const queueOf = (lane: Lane): Queue<Pointer> => {
      const streams = { events: { maxLen: 100 } };
      const queue = new Queue<Pointer>(lane, { connection: clients.asking, prefix: this.#prefix, streams });
      queue.on('error', (error) => outages.tell(error));
      return queue;
    };
    this.#queues = { tending: queueOf('tending'), deliveries: queueOf('deliveries') };
    this.#work = new WorkUnderWay(context);
  }

  async ready(): Promise<void> {
    await Promise.all(lanes.map((lane) => this.#queues[lane].waitUntilReady()));
  }

  put(jobs: readonly Job[]): Promise<void> {
    return this.#asked(jobs, (queue, some) => this.#add(queue, some));
  }

  revive(jobs: readonly Job[]): Promise<void> {
    return this.#asked(jobs, async (queue, some) => {
      await Promise.all(some.map((job) => forgetEnded(queue, jobIdOf(job))));
      await this.#add(queue, some);
    });
  }

  async work(handler: JobHandler): Promise<void> {
    if (this.#working)
      throw new ToriiError('OPTIONS_INVALID', 'expected `work` to be called once for a queue of jobs');
    this.#working = true;
    const { settings, clients, leases, outages } = this.#parts;
    if (!settings.work || this.#closing !== undefined) return;
    const atOnce = { ...AT_ONCE, deliveries: settings.concurrency };
    this.#workers = lanes.map((lane) =>
      workerOf(lane, (job, token) => this.#work.process(handler, job, token), {
        connection: clients.waiting,
        prefix: this.#prefix,
        concurrency: atOnce[lane],
        lockDuration: leases.leaseMs,
        stalledInterval: leases.lookMs,
      }),
    );
    for (const worker of this.#workers) worker.on('error', (error) => outages.tell(error));
    await Promise.all(this.#workers.map((worker) => worker.waitUntilReady()));
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #asked(
    jobs: readonly Job[],
    ask: (queue: Queue<Pointer>, some: readonly Job[]) => Promise<void>,
  ): Promise<void> {
    if (this.#closing !== undefined) throw new ToriiError('STORE_UNAVAILABLE', 'the queue of jobs is closed');
    try {
      for (const lane of lanes) {
        const wanted = jobs.filter(({ kind }) => laneOf(kind) === lane);
        for (let from = 0; from < wanted.length; from += PUT_AT_ONCE)
          await ask(this.#queues[lane], wanted.slice(from, from + PUT_AT_ONCE));
      }
    } catch (error) {
      throw unavailable(error);
    }
  }

  async #add(queue: Queue<Pointer>, jobs: readonly Job[]): Promise<void> {
    const now = this.#parts.context.clock.now();
    await queue.addBulk(jobs.map((job) => bulkOf(job, now)));
  }

  async #close(): Promise<void> {
    const { clients, context } = this.#parts;
    let cancel = (): void => undefined;
    const patience = new Promise<void>((resolve) => {
      cancel = context.clock.after(FAREWELL_MS, resolve, 'somebody waits');
    });
    // First nobody takes anything more: what is given back would be taken again at once.
    const closed = Promise.all(this.#workers.map((worker) => worker.close()));
    this.#work.stop();
    const farewell = closed.then(() => Promise.all(lanes.map((lane) => this.#queues[lane].close())));
    await Promise.race([farewell, patience]);
    cancel();
    clients.disconnect();
  }
}

/** Makes room for a job of the same id where the last one is over; one that waits or runs is left as it is. */
async function forgetEnded(queue: Queue<Pointer>, jobId: string): Promise<void> {
  const state = await queue.getJobState(jobId);
  if (state === 'completed' || state === 'failed') await queue.remove(jobId);
}

function unavailable(cause: unknown): ToriiError {
  const { message } = errorOf(cause);
  return new ToriiError('STORE_UNAVAILABLE', `the queue of jobs in redis cannot answer: ${message}`, {
    cause,
  });
}

/** Tells of an outage once, and not with every new try to connect. */
class Outages {
  readonly #onError: (error: Error) => void;
  readonly #told = new Set<string>();

  constructor(onError: (error: Error) => void) {
    this.#onError = onError;
  }

  tell(error: Error): void {
    if (this.#told.has(error.message)) return;
    this.#told.add(error.message);
    this.#onError(error);
  }

  /** The next one is told of again. */
  end(): void {
    this.#told.clear();
  }
}
