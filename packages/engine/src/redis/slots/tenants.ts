import type { GuardedClient } from '../connection/guarded-client.ts';

/** The tenants that were ever asked for, by any process. */
export interface Tenants {
  has(tenant: string): Promise<boolean>;
  add(tenant: string): Promise<void>;
  all(): Promise<readonly string[]>;
}

/** Keeps them in a set of their own, which is in a slot of its own. */
export function tenantsOf(prefix: string, connect: (key: string) => Promise<GuardedClient>): Tenants {
  const key = `${prefix}:tenants`;
  let client: Promise<GuardedClient> | undefined;
  const ask = async (name: string, ...args: readonly string[]): Promise<unknown> => {
    client ??= connect(key);
    return (await client).command(name, key, ...args);
  };
  return {
    has: async (tenant) => (await ask('SISMEMBER', tenant)) === 1,
    add: async (tenant) => void (await ask('SADD', tenant)),
    async all() {
      const members = await ask('SMEMBERS');
      return Array.isArray(members) ? members.map(String).sort() : [];
    },
  };
}
