import { type TestRedis, testRedis } from '@torii/sandbox/redis';
import { Redis } from 'ioredis';
import { PARTS, slotKeys } from './keys.ts';
import { asInSource, type ScriptClient, type Slot } from './script.ts';

/** A Redis to test on, and slots on it. */
export interface SlotLab {
  readonly client: Redis;

  /** A new, empty slot whose time is what `now` says. `through` may be another client, which changes what is asked. */
  slot(now: () => number, through?: ScriptClient): Promise<Slot>;

  close(): Promise<void>;
}

/** Starts a Redis, or uses the one that tests are given. */
export async function slotLab(): Promise<SlotLab> {
  const server: TestRedis = await testRedis();
  const client = new Redis(server.url, { commandTimeout: 10_000, maxRetriesPerRequest: 0 });
  let opened = 0;
  return {
    client,
    async slot(now, through = client) {
      const keys = slotKeys(`${server.prefix}:${opened++}`, 'default');
      const empty = { epoch: 'test', seq: 0, at: 0, due: Number.MAX_SAFE_INTEGER, frozen: 0, revoked: 0 };
      await client.hset(keys[0] ?? '', empty);
      for (const part of ['calls', 'counters', 'moves'] as const)
        await client.hset(keys[PARTS.indexOf(part)] ?? '', '', 1);
      let highest = 0;
      return {
        client: through,
        keys,
        epoch: 'test',
        floor: () => highest,
        seen: (version) => void (highest = Math.max(highest, version)),
        now,
      };
    },
    async close() {
      client.disconnect();
      await server.stop();
    },
  };
}

/** A client that plants a bug: every script that has `find` runs with `replace` in its place, and `done` is told. */
export function planting(
  client: ScriptClient,
  bug: { readonly find: string; readonly replace: string; readonly done: () => void },
): ScriptClient {
  return {
    evalsha: () => Promise.reject(new Error('NOSCRIPT the source is changed on its way')),
    eval(source, ...rest) {
      const [find, replace] = [bug.find, bug.replace].map((piece) => asInSource(source, piece));
      if (find === undefined || replace === undefined || !source.includes(find))
        return client.eval(source, ...rest);
      bug.done();
      return client.eval(source.replaceAll(find, replace), ...rest);
    },
  };
}
