import 'reflect-metadata';
import { BullModule, getQueueToken, OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { type INestApplicationContext, Module, Scope } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { ToriiDeniedError } from '@torii/engine/doors';
import { testRedis } from '@torii/sandbox/redis';
import { type Job, type Queue, UnrecoverableError } from 'bullmq';
import { type Shop, shop, until } from './app.test-support.ts';
import { GuardedTool, ToriiModule } from './index.ts';

const redis = await testRedis();
afterAll(() => redis.stop());

interface Report {
  readonly token: string;
  readonly page: number;
}

type ReportJob = Job<Report, string>;

/** What a job is a call of: it has its own id, and what it carries besides the token is what it does. */
const asCall = {
  id: ({ queueName, id }: ReportJob) => `${queueName}:${id}`,
  identify: ({ data }: ReportJob) => data.token,
  arguments: ({ data }: ReportJob) => ({ page: data.page }),
};

let ran: string[] = [];
let failures = 0;
let ended: ((end: { readonly id: string | undefined; readonly error?: Error }) => void) | undefined;

@Processor('reports', { drainDelay: 1 })
class ReportProcessor extends WorkerHost {
  @GuardedTool({
    ...asCall,
    tool: 'search',
    price: ({ data }: ReportJob) => `${data.page}.00 USD`,
    charged: (output: string) => output,
    onDenied: (answer, message) => {
      // A job that policy denies is over; one that a person has to approve is tried again.
      throw answer.kind === 'denied'
        ? new UnrecoverableError(message)
        : new ToriiDeniedError(message, answer);
    },
  })
  override async process(job: ReportJob): Promise<string> {
    ran.push(`${job.id} try ${job.attemptsMade + 1}`);
    if (failures-- > 0) throw new Error('closed');
    return '0.25 USD';
  }

  @OnWorkerEvent('completed')
  onCompleted(job: Job): void {
    ended?.({ id: job.id });
  }

  @OnWorkerEvent('failed')
  onFailed(job: Job, error: Error): void {
    if (job.finishedOn !== undefined) ended?.({ id: job.id, error });
  }
}

@Processor({ name: 'approved', scope: Scope.REQUEST }, { drainDelay: 1 })
class ApprovedProcessor extends WorkerHost {
  @GuardedTool({ ...asCall, tool: 'publish', price: '1.00 USD', waitMs: 60_000 })
  override async process(job: ReportJob): Promise<string> {
    ran.push(`${job.id} published`);
    return 'done';
  }
}

describe('a worker of @nestjs/bullmq', () => {
  let at: Shop;
  let app: INestApplicationContext;

  beforeEach(async () => {
    ran = [];
    failures = 0;
    at = await shop();
    const { hostname: host, port } = new URL(redis.url);

    @Module({
      imports: [
        BullModule.forRoot({ connection: { host, port: Number(port) }, prefix: `${redis.prefix}-nest` }),
        BullModule.registerQueue({ name: 'reports' }, { name: 'approved' }),
        ToriiModule.forRoot({ torii: at.torii }),
      ],
      providers: [ReportProcessor, ApprovedProcessor],
    })
    class WorkerModule {}

    const module = await Test.createTestingModule({ imports: [WorkerModule] }).compile();
    app = await module.init();
  });
  afterEach(async () => {
    for (const name of ['reports', 'approved'])
      await app.get<Queue>(getQueueToken(name)).obliterate({ force: true });
    await app.close();
    await at.close();
  });

  async function add(
    queue: string,
    page: number,
    attempts = 1,
  ): Promise<{ id: string | undefined; error?: Error }> {
    const end = new Promise<{ id: string | undefined; error?: Error }>((resolve) => (ended = resolve));
    const data: Report = { token: await at.token(), page };
    await app.get<Queue>(getQueueToken(queue)).add('report', data, { attempts });
    return end;
  }

  test('is guarded: a job runs, and costs what it said', async () => {
    const { id, error } = await add('reports', 2);

    expect([error, ran]).toEqual([undefined, [`${id} try 1`]]);
    expect(await at.money()).toEqual({ spent: '0.25', held: '0.00' });
  });

  test('tries a job that failed again, as another attempt at the same call', async () => {
    failures = 2;

    const { id, error } = await add('reports', 3, 3);

    expect([error, ran]).toEqual([undefined, [`${id} try 1`, `${id} try 2`, `${id} try 3`]]);
    expect(await at.money()).toEqual({ spent: '0.25', held: '0.00' });
  });

  test('does not run a job that no budget has room for, and may end it at once', async () => {
    const { error } = await add('reports', 6, 3);

    expect(error?.message).toMatch(/`search` did not run. PRICE_ABOVE_CAP/);
    expect([ran, await at.count('call.denied')]).toEqual([[], 1]);
  });

  test('of the scope of a request is guarded, and waits for a person', async () => {
    void add('approved', 1);
    await until(async () => (await at.count('approval.created')) === 1);
    expect(ran).toEqual([]);

    await at.approveAll();

    await until(() => ran.length === 1);
    expect(await at.settled()).toEqual({ spent: '1.00', held: '0.00' });
  });
});
