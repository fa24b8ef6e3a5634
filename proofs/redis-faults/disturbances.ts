import type { FaultProxy, RedisServer } from '@torii/sandbox/redis';
import { pause } from '../suite/pause.ts';

/** What can be broken, and by whom. */
export interface Reach {
  readonly server: RedisServer;
  readonly proxy: FaultProxy;
}

/** Something that happens to Redis, or on the way to it, for a short while. Everything works again afterwards. */
export interface Disturbance {
  readonly name: string;
  happen(reach: Reach): Promise<void>;

  /** Nobody can be told anything while it lasts. */
  readonly silent?: true;
}

/** Longer than a command may take, so that clients give up. */
export const LASTS_MS = 400;

const CUTS = 12;
const FLUSHES = 40;

/** One for each way of section 5.2 in which Redis fails its clients. */
export const disturbances: readonly Disturbance[] = [
  {
    name: 'replies cut',
    async happen({ proxy }) {
      for (let cut = 0; cut < CUTS; cut++) {
        proxy.cutReplyAfter(0);
        await pause(LASTS_MS / CUTS);
      }
      proxy.heal();
    },
  },
  { name: 'black hole', silent: true, happen: ({ proxy }) => lasting(proxy, () => proxy.blackHole()) },
  {
    name: 'replies swallowed',
    silent: true,
    happen: ({ proxy }) => lasting(proxy, () => proxy.swallowReplies()),
  },
  {
    name: 'replies late',
    async happen({ proxy }) {
      proxy.delayReplies(LASTS_MS / 2);
      await pause(LASTS_MS);
      // What is still on its way must not be overtaken: no network turns the bytes of a connection round.
      proxy.reset();
      proxy.heal();
    },
  },
  { name: 'connections reset', happen: ({ proxy }) => lasting(proxy, () => proxy.reset()) },
  {
    name: 'server stopped',
    async happen({ server }) {
      server.pause();
      await pause(LASTS_MS);
      server.resume();
    },
  },
  {
    name: 'scripts flushed',
    async happen({ server }) {
      for (let flush = 0; flush < FLUSHES; flush++) await server.command('SCRIPT', 'FLUSH');
    },
  },
  {
    name: 'clients thrown out',
    async happen({ server }) {
      for (let time = 0; time < 4; time++) {
        await server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        await pause(LASTS_MS / 4);
      }
    },
  },
  {
    name: 'out of memory (OOM)',
    happen: ({ server }) => configured(server, 'maxmemory', ['1', '0']),
  },
  {
    name: 'made a replica (READONLY)',
    async happen({ server }) {
      // A primary that nobody can reach: the data stays, and nothing may be written.
      await server.command('REPLICAOF', '127.0.0.1', '1');
      await pause(LASTS_MS);
      await server.command('REPLICAOF', 'NO', 'ONE');
    },
  },
  {
    name: 'killed, reads its data (LOADING)',
    happen: ({ server }) =>
      server.restart({ 'key-load-delay': 2_000, 'loading-process-events-interval-bytes': 1_024 }),
  },
  {
    name: 'busy with a script (BUSY)',
    async happen({ server }) {
      await server.command('CONFIG', 'SET', 'busy-reply-threshold', '20');
      const busy = server.command('EVAL', 'while true do end', '0').catch(() => undefined);
      await pause(LASTS_MS);
      await server.command('SCRIPT', 'KILL');
      await busy;
    },
  },
  {
    name: 'too few replicas (NOREPLICAS)',
    happen: ({ server }) => configured(server, 'min-replicas-to-write', ['1', '0']),
  },
];

async function lasting(proxy: FaultProxy, fault: () => void): Promise<void> {
  fault();
  await pause(LASTS_MS);
  proxy.heal();
}

async function configured(
  server: RedisServer,
  name: string,
  [wrong, right]: readonly [wrong: string, right: string],
): Promise<void> {
  await server.command('CONFIG', 'SET', name, wrong);
  await pause(LASTS_MS);
  await server.command('CONFIG', 'SET', name, right);
}
