import type { Cluster, Redis } from 'ioredis';
import type { Link, Place } from './connection.ts';
import { unavailable } from './failures.ts';
import { GatedServer, type GateOptions } from './gated-server.ts';
import { requireGood } from './single-link.ts';

/** The way to a cluster. Every member is looked at when it is found: a replica may be promoted at any time. */
export function clusterLink(redis: Cluster, gate: GateOptions): Link {
  const members = new Map<Redis, GatedServer>();
  const changes = new Set<() => void>();
  const told = (): void => {
    for (const tell of changes) tell();
    changes.clear();
  };
  const changed = (): Promise<void> => new Promise((resolve) => changes.add(resolve));
  const watch = (node: Redis): void => {
    if (members.has(node)) return;
    const server = new GatedServer(node, gate);
    members.set(node, server);
    // Where another connection takes its place, ioredis does not say that this one is gone.
    node.once('end', () => members.delete(node));
    const follow = (): void => {
      told();
      if (members.has(node)) void server.verdict().then(follow);
    };
    void server.verdict().then(follow);
    // Members connect when they are first needed, and would not be looked at until then.
    if (node.status === 'wait') node.connect().catch(() => undefined);
  };
  redis.on('error', () => undefined);
  redis.on('+node', watch);
  redis.on('-node', (node: Redis) => {
    members.get(node)?.close();
    members.delete(node);
    told();
  });
  redis.on('ready', told);
  redis.on('close', told);
  redis.on('refresh', told);
  return {
    redis,
    open: () => open(redis, { members, watch, changed }),
    at: (key) => placeOf(redis, key, { members, changed, told }),
    close() {
      for (const server of members.values()) server.close();
      redis.disconnect();
      told();
    },
  };
}

interface Members {
  readonly members: ReadonlyMap<Redis, GatedServer>;
}

async function open(redis: Cluster, { members, watch, changed }: Members & Watching): Promise<void> {
  await ready(redis);
  // Members come and go while a cluster is read, so what counts is who is a primary once all are looked at.
  for (;;) {
    const change = changed();
    for (const node of redis.nodes('master')) watch(node);
    const primaries = redis.nodes('master').flatMap((node) => members.get(node) ?? []);
    if (primaries.length === 0) throw unavailable('no primary of the cluster can be reached');
    if (!primaries.some(({ looking }) => looking)) return primaries.forEach(requireGood);
    await change;
  }
}

/** What `connect` promises never comes where ioredis tries a second time, but the event does. */
function ready(redis: Cluster): Promise<void> {
  return new Promise((resolve, reject) => {
    redis.once('ready', resolve);
    redis.connect().catch(() => reject(unavailable('no member of the cluster can be reached')));
  });
}

interface Watching {
  readonly watch: (node: Redis) => void;
  readonly changed: () => Promise<void>;
}

async function placeOf(
  redis: Cluster,
  key: string,
  { members, changed, told }: Members & Pick<Watching, 'changed'> & { readonly told: () => void },
): Promise<Place> {
  const slot = Number(await redis.cluster('KEYSLOT', key));
  let finding: Promise<unknown> | undefined;
  const find = (): void => {
    // Asked of any member, a command for the key is led to the one that holds it, and ioredis learns where that is.
    finding ??= redis
      .exists(key)
      .catch(() => undefined)
      .finally(() => {
        finding = undefined;
        const server = holder();
        // Told in vain, whoever waits would ask again at once, and so on.
        if (server !== undefined && server.shut === undefined) told();
      });
  };
  const holder = (): GatedServer | undefined => {
    const address = redis.slots[slot]?.[0];
    const node = redis.nodes('all').find((one) => addressOf(one) === address);
    return node === undefined ? undefined : members.get(node);
  };
  return {
    shut() {
      const server = redis.status === 'ready' ? holder() : undefined;
      if (server !== undefined && server.shut === undefined) return undefined;
      if (redis.status === 'ready' && server?.objection === undefined) find();
      return server?.shut ?? 'redis cannot answer: no member of the cluster is known to hold the keys';
    },
    changed,
  };
}

function addressOf({ options: { host = '127.0.0.1', port = 6379 } }: Redis): string {
  return `${host}:${port}`;
}
