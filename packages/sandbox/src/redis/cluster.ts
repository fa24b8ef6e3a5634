import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { onFreePorts } from './on-free-ports.ts';
import { type RedisOptions, type RedisServer, startOn } from './start-redis.ts';

/** A cluster of our own. */
export interface RedisCluster {
  /** Those that hold the slots, in the order of the slots. */
  readonly primaries: readonly RedisServer[];

  /** The copy of each of them, in the same order. */
  readonly replicas: readonly RedisServer[];

  /** Stops all of them. */
  stop(): Promise<void>;
}

interface Member {
  readonly id: string;
  readonly port: number;
  readonly busPort: number;

  /** Which of the primaries it is, or copies. */
  readonly place: number;
  readonly copies: boolean;
}

const SLOTS = 16_384;
const PRIMARIES = 3;

/**
 * Starts three primaries with a replica each, and resolves when every member says that the cluster works, about two
 * seconds later. They find each other by the file that a running cluster would have left, so nobody has to introduce
 * them.
 */
export async function startCluster(options: RedisOptions = {}): Promise<RedisCluster> {
  const servers = await onFreePorts(() => startMembers(options));
  await Promise.all(servers.map((server) => server.logged('Cluster state changed: ok')));
  const replicas = servers.slice(PRIMARIES);
  await Promise.all(replicas.map((replica) => replica.logged('Finished with success')));
  return {
    primaries: servers.slice(0, PRIMARIES),
    replicas,
    stop: async () => void (await Promise.all(servers.map((server) => server.stop()))),
  };
}

/** All of them, or none. */
async function startMembers(options: RedisOptions): Promise<readonly RedisServer[]> {
  const members = await Promise.all(Array.from({ length: 2 * PRIMARIES }, (_, index) => memberAt(index)));
  const starting = members.map((member) => startMember(member, { members, options }));
  try {
    return await Promise.all(starting);
  } catch (error) {
    for (const one of await Promise.allSettled(starting)) {
      if (one.status === 'fulfilled') await one.value.stop();
    }
    throw error;
  }
}

async function memberAt(index: number): Promise<Member> {
  return {
    id: createHash('sha1').update(`member ${index}`).digest('hex'),
    port: await freePort(),
    busPort: await freePort(),
    place: index % PRIMARIES,
    copies: index >= PRIMARIES,
  };
}

async function startMember(
  member: Member,
  { members, options }: { readonly members: readonly Member[]; readonly options: RedisOptions },
): Promise<RedisServer> {
  const directory = await mkdtemp(join(tmpdir(), 'torii-redis-'));
  const lines = members.map((other) => lineOf(other, { members, mine: other === member }));
  const known = [...lines, `vars currentEpoch ${PRIMARIES} lastVoteEpoch 0`, ''].join('\n');
  await writeFile(join(directory, 'nodes.conf'), known);
  const clustered = {
    'cluster-enabled': 'yes',
    'cluster-port': member.busPort,
    'cluster-node-timeout': 2000,
    ...options,
  };
  try {
    return await startOn(member.port, { directory, options: clustered });
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

function lineOf(
  { id, port, busPort, place, copies }: Member,
  { members, mine }: { readonly members: readonly Member[]; readonly mine: boolean },
): string {
  const flags = `${mine ? 'myself,' : ''}${copies ? 'slave' : 'master'}`;
  const followed = copies ? members[place]?.id : '-';
  const first = Math.ceil((SLOTS / PRIMARIES) * place);
  const last = Math.ceil((SLOTS / PRIMARIES) * (place + 1)) - 1;
  const slots = copies ? '' : ` ${first}-${last}`;
  return `${id} 127.0.0.1:${port}@${busPort} ${flags} ${followed} 0 0 ${place + 1} connected${slots}`;
}
