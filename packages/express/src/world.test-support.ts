import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import {
  type Clock,
  createEngine,
  type Engine,
  type EngineOptions,
  type EntryType,
  memoryStore,
  type PersonRole,
  signAgentToken,
  signApproverToken,
  type Store,
  ToriiError,
} from '@torii/engine';
import express, { type Express } from 'express';

/** Both versions that the peer range allows; the types are those of version 5. */
export const versions = [
  { version: 5, express },
  { version: 4, express: createRequire(import.meta.url)('express4') as typeof express },
];

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

const issuer = {
  issuer: 'https://issuer.example',
  audience: 'torii',
  algorithm: 'HS256',
  key: 'k'.repeat(32),
} as const;

/** What a test can do to the store, and what it saw there. */
export interface Watch {
  /** Reservations wait for it. */
  gate: Promise<void> | undefined;

  /** These methods reject. */
  broken: readonly (keyof Store)[];

  /** Resolves when a reservation is asked for. */
  readonly reserved: () => Promise<void>;

  /** Resolves when that many calls have ended: `settle`, `release` or `suspend`, in order. */
  readonly ended: (count: number) => Promise<readonly string[]>;
}

export interface World {
  readonly torii: Engine;
  readonly watch: Watch;
  readonly clock: Clock & { advance: (ms: number) => void };
  readonly agentToken: (claims?: { agent?: string; session?: string }) => Promise<string>;
  readonly approverToken: (approver?: string, roles?: readonly PersonRole[]) => Promise<string>;

  /** How many entries of a type the journal has. */
  readonly count: (type: EntryType) => Promise<number>;

  /** Decimal text of what the agent's day budget has spent and holds. */
  readonly money: () => Promise<{ spent: string; held: string }>;

  /** Serves an application; answers its address. */
  readonly serve: (app: Express) => Promise<string>;
  readonly close: () => Promise<void>;
}

/** An engine on a memory store whose clock stands still, and servers on free ports. Close it in the test. */
export async function world(options: Partial<EngineOptions> = {}): Promise<World> {
  const clock = stillClock();
  const { watch, wrap } = observed();
  const store = { open: async (context: { clock: Clock }) => wrap(await memoryStore().open(context)) };
  const torii = await createEngine({
    policies: [policy],
    identity: { issuers: [issuer] },
    clock,
    store,
    ...options,
  });
  const lasting = { ...issuer, clock, expiresInSeconds: 3_600 };
  const agentToken: World['agentToken'] = ({ agent = 'bot', session = 's1' } = {}) =>
    signAgentToken({ ...lasting, agent, owner: 'olga@example.com', session });
  const closers: (() => Promise<void>)[] = [];
  return {
    torii,
    watch,
    clock,
    agentToken,
    approverToken: (approver = 'ada@example.com', roles = ['approver', 'owner']) =>
      signApproverToken({ ...lasting, approver, roles }),
    count: async (type) => (await torii.journal.entries({ types: [type] })).length,
    async money() {
      const status = await torii.agents.status(await agentToken());
      if (status.kind === 'denied') throw new Error(status.message);
      const budget = status.budgets.find(({ window, policy: id }) => window === 'day' && id === 'research');
      return { spent: cents(budget?.spent), held: cents(budget?.held) };
    },
    serve: (app) => serve(app, closers),
    async close() {
      await Promise.all(closers.map((stop) => stop()));
      const closing = torii.close();
      // Calls that a test left running are not waited for.
      clock.runOut();
      await closing;
    },
  };
}

async function serve(app: Express, closers: (() => Promise<void>)[]): Promise<string> {
  app.set('env', 'test');
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function cents(units: bigint | undefined): string {
  return (Number(units ?? 0n) / 1_000_000).toFixed(2);
}

/** Far from the machine's own time, so that a door which looks at that is found out. */
const START_MS = Date.parse('2031-05-14T12:33:09Z');

/** Time passes when the test says so; whoever waits for it waits until `runOut`. */
function stillClock(): World['clock'] & { readonly runOut: () => void } {
  let nowMs = START_MS;
  const waiting = new Set<() => void>();
  return {
    now: () => nowMs,
    after(_delayMs, task, waited) {
      if (waited !== undefined) waiting.add(task);
      return () => void waiting.delete(task);
    },
    advance: (ms) => void (nowMs += ms),
    runOut: () => waiting.forEach((task) => task()),
  };
}

function observed(): { watch: Watch; wrap: (store: Store) => Store } {
  const ends: string[] = [];
  let listeners: (() => void)[] = [];
  let reserve = (): void => undefined;
  const reserved = new Promise<void>((resolve) => (reserve = resolve));
  const heard = async (isDone: () => boolean): Promise<void> => {
    while (!isDone()) await new Promise<void>((resolve) => listeners.push(resolve));
  };
  const watch: Watch = {
    gate: undefined,
    broken: [],
    reserved: () => reserved,
    ended: async (count) => {
      await heard(() => ends.length >= count);
      return ends;
    },
  };
  const guarded = <Name extends 'reserve' | 'settle' | 'release' | 'suspend' | 'status' | 'approvals'>(
    store: Store,
    name: Name,
  ): Store[Name] =>
    (async (...parameters: unknown[]) => {
      if (name === 'reserve') reserve();
      if (name === 'reserve') await watch.gate;
      if (watch.broken.includes(name))
        throw new ToriiError('STORE_UNAVAILABLE', 'the store is broken by the test');
      const method = store[name] as (...values: unknown[]) => Promise<unknown>;
      const answer = await method(...parameters);
      if (['settle', 'release', 'suspend'].includes(name)) {
        ends.push(name);
        for (const listener of listeners) listener();
        listeners = [];
      }
      return answer;
    }) as never;
  const wrap = (store: Store): Store => {
    const wrapped: Store = {
      ...store,
      reserve: guarded(store, 'reserve'),
      settle: guarded(store, 'settle'),
      release: guarded(store, 'release'),
      suspend: guarded(store, 'suspend'),
      status: guarded(store, 'status'),
      approvals: guarded(store, 'approvals'),
      // Every tenant has the same store here: this one.
      of: () => wrapped,
      all: () => Promise.resolve([wrapped]),
    };
    return wrapped;
  };
  return { watch, wrap };
}

/** The members of a JSON answer. */
export async function bodyOf(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>;
}

/** The header with which an agent says who it is. */
export function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}
