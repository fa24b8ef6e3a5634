import { type INestApplication, Module, type ModuleMetadata } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  createEngine,
  type Engine,
  type EngineOptions,
  type EntryType,
  memoryStore,
  signAgentToken,
  signApproverToken,
} from '@torii/engine';
import { fakeClock, type FakeClock } from '@torii/engine/testing';
import { ToriiModule, type ToriiModuleOptions } from './index.ts';

/** The platforms of Nest, and how each is made. */
export const platforms = [
  { platform: 'Express', adapter: () => new ExpressAdapter() },
  { platform: 'Fastify', adapter: () => new FastifyAdapter() },
];

export type Adapter = ExpressAdapter | FastifyAdapter;

const issuer = {
  issuer: 'https://issuer.example',
  audience: 'torii',
  algorithm: 'HS256',
  key: 'k'.repeat(32),
} as const;

/** The policy of tests that say nothing else. */
export const policy = {
  id: 'research',
  tools: { allow: ['search', 'publish', 'shop/*', 'free'], deny: ['shop/delete'] },
  budgets: [
    { scope: 'call', window: 'call', limit: '5.00 USD' },
    { scope: 'agent', window: 'day', limit: '10.00 USD' },
  ],
  rates: [{ scope: 'agent', limit: 50, per: 'minute' }],
  approvals: [{ when: { tools: ['publish'] }, approvers: ['ada@example.com'], expiresIn: '1h' }],
};

/** An engine on a clock that stands still, for one test. */
export interface Shop {
  readonly torii: Engine;
  readonly clock: FakeClock;
  readonly token: (claims?: { agent?: string; session?: string }) => Promise<string>;

  /** How many entries of a type the journal has. */
  readonly count: (type: EntryType) => Promise<number>;

  /** Decimal text of what the agent's day budget has spent and holds. */
  readonly money: () => Promise<{ spent: string; held: string }>;

  /** As `money`, once nothing runs any more: a response is there before its call has ended. */
  readonly settled: () => Promise<{ spent: string; held: string }>;

  /** A person says yes to everything that waits. */
  readonly approveAll: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Close it after the test. */
export async function shop(options: Partial<EngineOptions> = {}): Promise<Shop> {
  const clock = fakeClock();
  const identity = { issuers: [issuer] };
  const torii = await createEngine({ policies: [policy], identity, clock, store: memoryStore(), ...options });
  const lasting = { ...issuer, clock, expiresInSeconds: 3_600 };
  const token: Shop['token'] = ({ agent = 'bot', session = 's1' } = {}) =>
    signAgentToken({ ...lasting, agent, owner: 'olga@example.com', session });
  const count: Shop['count'] = async (type) => (await torii.journal.entries({ types: [type] })).length;
  const money: Shop['money'] = async () => {
    const status = await torii.agents.status(await token());
    if (status.kind === 'denied') throw new Error(status.message);
    const budget = status.budgets.find(({ window }) => window === 'day');
    return { spent: cents(budget?.spent), held: cents(budget?.held) };
  };
  const over = async (): Promise<boolean> => {
    const ends = await Promise.all([count('call.settled'), count('call.released'), count('call.unresolved')]);
    return ends.reduce((sum, each) => sum + each, 0) === (await count('call.reserved'));
  };
  return {
    torii,
    clock,
    token,
    count,
    money,
    settled: async () => {
      await until(over);
      return money();
    },
    approveAll: async () => {
      const credential = await signApproverToken({
        ...lasting,
        approver: 'ada@example.com',
        roles: ['approver'],
      });
      const list = await torii.approvals.list({ credential, status: 'pending' });
      if (list.kind === 'denied') throw new Error(list.message);
      for (const { id, actionHash } of list.approvals)
        await torii.approvals.decide({ credential, approvalId: id, verdict: 'approve', actionHash });
    },
    close: async () => {
      const closing = torii.close();
      // Calls that a test left running are not waited for.
      await clock.advance(3_600_000);
      await closing;
    },
  };
}

/** Resolves once it is true, some turns of the event loop later. */
export async function until(isTrue: () => Promise<boolean> | boolean): Promise<void> {
  for (let turn = 0; !(await isTrue()); turn++) {
    if (turn > 20_000) throw new Error('it never came true');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function cents(units: bigint | undefined): string {
  return (Number(units ?? 0n) / 1_000_000).toFixed(2);
}

/** What an application is made of, and what it says to `ToriiModule`. */
export interface AppSetting extends ModuleMetadata {
  readonly options: ToriiModuleOptions;

  /** Called before the application listens. */
  readonly prepare?: (app: INestApplication) => void;
}

/** An application that listens on a free port. Close it after the test. */
export async function serve(
  adapter: Adapter,
  { options, prepare, imports = [], ...metadata }: AppSetting,
): Promise<{ app: INestApplication; url: string }> {
  @Module({ imports: [ToriiModule.forRoot(options), ...imports], ...metadata })
  class AppModule {}

  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const app = module.createNestApplication(adapter, { logger: false });
  prepare?.(app);
  await app.listen(0, '127.0.0.1');
  return { app, url: await app.getUrl() };
}

/** What a client was answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Reads an answer of JSON; anything else is its `text`. */
export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  const body = isJson ? (JSON.parse(text) as Answer['body']) : { text };
  return { status: response.status, headers: response.headers, body };
}
