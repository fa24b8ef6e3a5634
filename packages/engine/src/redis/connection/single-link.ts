import type { Redis } from 'ioredis';
import { ToriiError } from '../../nouns/errors.ts';
import type { Link, Place } from './connection.ts';
import { unavailable } from './failures.ts';
import { GatedServer, type GateOptions } from './gated-server.ts';

/** The way to one server, which Sentinel may replace by another. */
export function singleLink(redis: Redis, gate: GateOptions): Link {
  const server = new GatedServer(redis, gate);
  const place: Place = { shut: () => server.shut, changed: () => server.verdict() };
  return {
    redis,
    async open() {
      const looked = server.verdict();
      await Promise.all([redis.connect().catch(() => undefined), looked]);
      requireGood(server);
    },
    at: () => Promise.resolve(place),
    close() {
      server.close();
      redis.disconnect();
    },
  };
}

/** Throws what is wrong with a server. */
export function requireGood({ redis, shut, objection }: GatedServer): void {
  if (shut === undefined) return;
  const { host = 'localhost', port = 6379 } = redis.options;
  const where = `redis at \`${host}:${port}\``;
  if (objection !== undefined) throw new ToriiError(objection.code, `${where}: ${objection.message}`);
  throw unavailable(`${where} cannot be used: ${shut}`);
}
