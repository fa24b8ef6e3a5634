import type { Clock } from '../nouns/clock.ts';
import type { PromisedStore, StoreSource } from '../nouns/store.ts';
import { approvalsOf } from './people/approvals.ts';
import { type Connection, connect } from './connection/connection.ts';
import { Draining } from './journal/draining.ts';
import { holdsOf } from './holds/holds.ts';
import { journalOf, type RedisJournal } from './journal/journal.ts';
import { FieldNames, slotKeys } from './keys.ts';
import type { OpenLedger } from '../nouns/ledger.ts';
import { openSlot } from './slots/opening.ts';
import { type RedisSettings, type RedisStoreOptions, redisSettings } from './options.ts';
import { outboxOf } from './journal/outbox.ts';
import { PolicyNews } from './slots/policy-news.ts';
import { restoreFrom } from './rebuild/restoring.ts';
import { withdrawingUnsafe, withRepeats } from './connection/repeats.ts';
import { type ActivePolicies, activePolicies, revisionsOf } from './people/revisions.ts';
import { revocationsOf } from './people/revocations.ts';
import { ALL_SCRIPTS } from './scripts/all.ts';
import { sessionsOf } from './people/sessions.ts';
import { UnderWay } from './connection/under-way.ts';
import { Suspicion } from './slots/suspicion.ts';
import { TenantSlot } from './slots/tenant-slot.ts';
import { type Tenants, tenantsOf } from './slots/tenants.ts';

/** The tenant of everybody whose token names none. Its slot has the revisions of the policies. */
const ROOT = 'default';

/**
 * Keeps everything in Redis 7 or newer, so that any number of processes can share it: one step is one round trip. Refuses
 * a server that would forget what was spent, and never answers from data that is not the data it knows.
 */
export function redisStore(options: RedisStoreOptions): StoreSource<PromisedStore> {
  const settings = redisSettings(options);
  return { open: ({ clock }) => openRedis(settings, { clock }) };
}

const NONE_ACTIVE: ActivePolicies = { hash: undefined, activations: 0 };

/** When a store is, and what a test says of that. */
export interface RedisContext {
  readonly clock: Clock;

  /** Milliseconds since 1970 where a test says the time of the server. */
  readonly now?: () => number;
}

/** Opens the store of the default tenant. */
export async function openRedis(settings: RedisSettings, context: RedisContext): Promise<PromisedStore> {
  const { clock, now } = context;
  const ledger = await settings.ledger?.open();
  let connection: Connection | undefined;
  try {
    connection = await connect(settings, { clock, scripts: ALL_SCRIPTS, compareClocks: now === undefined });
    const stores = new RedisStores({ settings, context, connection, ledger });
    await stores.open();
    return stores.of(ROOT);
  } catch (error) {
    await connection?.close();
    await ledger?.close();
    throw error;
  }
}

interface RedisParts {
  readonly settings: RedisSettings;
  readonly context: RedisContext;
  readonly connection: Connection;
  readonly ledger: OpenLedger | undefined;
}

/** One tenant: its data, and the store that works on it. */
interface TenantStore {
  readonly slot: TenantSlot;
  readonly store: PromisedStore;
}

class RedisStores {
  readonly #parts: RedisParts;
  readonly #names = new FieldNames();
  readonly #tenants: Tenants;
  readonly #news: PolicyNews;
  readonly #made = new Map<string, TenantStore>();
  readonly #underWay = new UnderWay();
  #closing: Promise<void> | undefined;

  constructor(parts: RedisParts) {
    const { connection, settings } = parts;
    this.#parts = parts;
    this.#tenants = tenantsOf(settings.prefix, (key) => connection.client(key));
    this.#news = new PolicyNews({
      root: () => this.#tenant(ROOT).slot,
      others: async () => {
        const tenants = await this.#tenants.all();
        return tenants.filter((tenant) => tenant !== ROOT).map((tenant) => this.#tenant(tenant).slot);
      },
    });
  }

  /** Opens the default tenant's slot, so that whatever is wrong is known at once. */
  async open(): Promise<void> {
    await this.#tenant(ROOT).slot.ready();
  }

  of(tenant: string): PromisedStore {
    return this.#tenant(tenant).store;
  }

  async #all(): Promise<readonly PromisedStore[]> {
    const kept = (await this.#parts.ledger?.tenants()) ?? [];
    const tenants = new Set([...(await this.#tenants.all()), ...kept]);
    tenants.delete(ROOT);
    return [ROOT, ...[...tenants].sort()].map((tenant) => this.of(tenant));
  }

  #tenant(tenant: string): TenantStore {
    return this.#made.get(tenant) ?? this.#make(tenant);
  }

  #make(tenant: string): TenantStore {
    const { connection, settings, context, ledger } = this.#parts;
    const { clock, now } = context;
    const keys = slotKeys(settings.prefix, tenant);
    const restore =
      ledger === undefined ? undefined : restoreFrom(ledger, { tenant, names: this.#names, clock });
    const slot: TenantSlot = new TenantSlot({
      keys,
      clock,
      now,
      client: () => connection.client(keys[0] ?? ''),
      restore,
      open: async () => {
        const known = await this.#tenants.has(tenant);
        const kept = (await ledger?.head(tenant))?.seq ?? 0;
        const policies = tenant === ROOT ? NONE_ACTIVE : await activePolicies(this.#tenant(ROOT).slot);
        const { acceptLoss } = settings;
        const opening = { clock, known, kept, policies, acceptLoss, restore };
        return openSlot(slot, opening);
      },
      opened: async (found) => {
        await this.#tenants.add(tenant);
        // Between reading the policies and being known to others, other ones may have become active.
        if (tenant !== ROOT) await this.#news.tell(found);
      },
    });
    const journal = journalOf(slot, this.#names, ledger?.journal(tenant));
    const made = { slot, store: this.#store(tenant, { slot, journal }) };
    this.#made.set(tenant, made);
    return made;
  }

  #store(
    tenant: string,
    parts: { readonly slot: TenantSlot; readonly journal: RedisJournal },
  ): PromisedStore {
    const { slot, journal } = parts;
    const { ledger } = this.#parts;
    const suspicion = new Suspicion(slot, this.#names);
    const plain = holdsOf(slot, this.#names);
    const holds: typeof plain = {
      ...plain,
      // Steps reach the server in the order in which they were asked for, so nothing is waited for without need.
      reserve: (reservation) =>
        slot.isUnsuspected()
          ? plain.reserve(reservation)
          : suspicion.look(reservation.budgets).then(() => plain.reserve(reservation)),
    };
    const repeated = withRepeats(holds, () => slot.reachable());
    const draining = ledger === undefined ? undefined : new Draining(ledger, { tenant, journal });
    const root = tenant === ROOT ? slot : this.#tenant(ROOT).slot;
    const store: PromisedStore = {
      ...holds,
      ...repeated,
      ...withdrawingUnsafe(repeated),
      ...sessionsOf(slot, this.#names),
      ...revocationsOf(slot, this.#names),
      ...approvalsOf(slot, this.#names),
      ...revisionsOf(root, (policies) => this.#news.spread(policies)),
      ...outboxOf(slot, this.#names),
      append: (events) => journal.append(events),
      entries: (query) => journal.entries(query),
      denials: (agent, limit) => journal.denials(agent, limit),
      history: (wallet, page) => journal.history(wallet, page),
      expire: async (limit) => {
        const ended = await holds.expire(limit);
        if (tenant === ROOT) await this.#news.repair();
        return ended;
      },
      drain: () => draining?.drain() ?? journal.link(),
      tenant,
      of: (other) => this.of(other),
      all: () => this.#all(),
      close: () => (this.#closing ??= this.#close()),
    };
    return this.#underWay.counted(store);
  }

  async #close(): Promise<void> {
    const { connection, ledger } = this.#parts;
    await this.#underWay.finish();
    for (const { slot } of this.#made.values()) slot.close();
    await connection.close();
    await ledger?.close();
  }
}
