import { type Change, changeEndpoint } from '../webhooks/endpoints/changes.ts';
import { activeSecrets, type Endpoint, hostIn, readSettings } from '../webhooks/endpoints/endpoint.ts';
import { createWebhookSecret } from '../webhooks/signing/secret.ts';
import type { Courier } from '../webhooks/sending/courier.ts';
import { madeAt } from '../webhooks/sending/fan-out.ts';
import type { Egress } from '../egress/index.ts';
import type { JsonObject } from '../nouns/canonical.ts';
import type { Event } from '../nouns/entry.ts';
import { type Delivery, deliveryStates, type EndpointRecord, type EndpointSecret } from '../nouns/outbox.ts';
import type { ChangedBy } from '../nouns/policies.ts';
import type { Store } from '../nouns/store.ts';
import type {
  EndpointName,
  EndpointSettings,
  EndpointStatus,
  EndpointWithSecret,
  Replay,
  Webhooks,
} from '../nouns/webhooks.ts';
import type { Parts } from '../parts.ts';
import { storeOf } from './operate.ts';
import { factsOf, invalid, named } from './whom.ts';

const LISTED = 100;
const DAY_MS = 86_400_000;
const OVERLAP_MS = DAY_MS;
const LONGEST_OVERLAP_MS = 30 * DAY_MS;

/** What operators need to look after webhooks. */
export interface WebhookParts extends Pick<Parts, 'store' | 'clock' | 'random'> {
  readonly courier: Courier;
  readonly egress: Egress;

  /** Has deliveries sent that were queued again, also those of which a job was done before. */
  readonly revive: (store: Store, deliveries: readonly Delivery[]) => Promise<void>;
}

/** Endpoints, deliveries and replays, for operators. */
export function webhooksOf(parts: WebhookParts): Webhooks {
  const { courier } = parts;
  return {
    endpoints: { ...endpointsOf(parts), ...switchesOf(parts) },
    async ping(name) {
      const store = await storeOf(parts, name);
      return store && courier.ping(store, name.id);
    },
    async deliveries({ tenant, limit = LISTED, ...query } = {}) {
      if (!Number.isInteger(limit) || limit < 1) throw invalid('limit', 'expected a whole number from 1');
      if (query.state !== undefined && !deliveryStates.includes(query.state))
        throw invalid('state', `expected one of \`${deliveryStates.join('`, `')}\``);
      const store = await storeOf(parts, tenant === undefined ? {} : { tenant });
      return store === undefined ? [] : store.deliveries({ ...query, limit: Math.min(limit, LISTED) });
    },
    async delivery(name) {
      const store = await storeOf(parts, name);
      return store?.delivery(name.id);
    },
    replay: (which, by) => replay(parts, which, by),
  };
}

function endpointsOf(parts: WebhookParts): Pick<Webhooks['endpoints'], 'list' | 'save' | 'rotate'> {
  const { courier, clock } = parts;
  return {
    async list(query = {}) {
      const store = await storeOf(parts, query);
      if (store === undefined) return [];
      courier.changed(store);
      const known = [...(await courier.endpoints(store)).values()];
      return known.map((endpoint) => statusOf(endpoint, clock.now())).sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    save: (settings, by) => save(parts, settings, by),
    rotate: (endpoint, by) => rotate(parts, endpoint, by),
  };
}

async function save(
  { courier, egress, clock, random, store: opened }: WebhookParts,
  { tenant, ...given }: EndpointSettings,
  by: ChangedBy,
): Promise<EndpointWithSecret> {
  const facts = factsOf(by);
  const read = readSettings(given, (asked) => egress.refusalOf(asked));
  const { url, events, id = random.id('endpoint') } = read;
  if (courier.fixed.includes(id))
    throw invalid('endpoint.id', 'expected another id: an endpoint of the options has this one');
  const store = tenant === undefined ? opened : opened.of(named(tenant, 'endpoint.tenant'));
  const made = createWebhookSecret(random);
  let secret: string | undefined;
  const kept = await changeEndpoint(store, id, (known) => {
    secret = known?.settings === undefined ? made : undefined;
    const settings = { url, events, secrets: known?.settings?.secrets ?? [{ value: made }] };
    const change = secret === undefined ? 'changed' : 'created';
    const record: Change['record'] =
      known?.settings === undefined ? { id, state: 'active', settings } : { ...known, settings };
    return { record, events: [saved({ ...facts, endpoint: id, host: hostIn(url), change, events })] };
  });
  // An endpoint of the same id may have been removed: the new one does not hear what happened since.
  if (secret !== undefined) await store.enqueue(id, await madeAt(store, id), []);
  courier.changed(store);
  return { endpoint: recordStatus(kept, clock.now()), secret };
}

async function rotate(
  parts: WebhookParts,
  { overlapMs = OVERLAP_MS, ...name }: EndpointName & { readonly overlapMs?: number },
  by: ChangedBy,
): Promise<EndpointWithSecret | undefined> {
  const facts = factsOf(by);
  if (!Number.isInteger(overlapMs) || overlapMs < 0 || overlapMs > LONGEST_OVERLAP_MS)
    throw invalid('overlapMs', 'expected whole milliseconds, at most 30 days');
  const store = await storeOf(parts, name);
  if (store === undefined) return undefined;
  const secret = createWebhookSecret(parts.random);
  const now = parts.clock.now();
  let changed = false;
  const kept = await changeEndpoint(store, name.id, (known) => {
    changed = known?.settings !== undefined;
    if (known?.settings === undefined) return undefined;
    const [current] = known.settings.secrets;
    const before: readonly EndpointSecret[] =
      current === undefined || overlapMs === 0 ? [] : [{ value: current.value, untilMs: now + overlapMs }];
    const settings = { ...known.settings, secrets: [{ value: secret }, ...before] };
    const told = { endpoint: name.id, host: hostIn(settings.url), change: 'rotated', overlapMs };
    return { record: { ...known, settings }, events: [saved({ ...facts, ...told })] };
  });
  parts.courier.changed(store);
  return changed ? { endpoint: recordStatus(kept, now), secret } : undefined;
}

function switchesOf(parts: WebhookParts): Pick<Webhooks['endpoints'], 'enable' | 'disable' | 'remove'> {
  const { courier } = parts;
  /** Changes an endpoint that there is; answers whether `change` did. */
  const change = async (
    name: EndpointName,
    by: ChangedBy,
    changed: (
      known: Change['record'],
      facts: JsonObject,
    ) => { readonly record: Change['record']; readonly type: Event['type'] } | undefined,
  ): Promise<boolean> => {
    const facts = factsOf(by);
    const store = await storeOf(parts, name);
    if (store === undefined) return false;
    courier.changed(store);
    const endpoint = (await courier.endpoints(store)).get(name.id);
    if (endpoint === undefined) return false;
    let did = false;
    const told = { ...facts, endpoint: name.id, host: hostIn(endpoint.url) };
    await changeEndpoint(store, name.id, (known) => {
      const found = known ?? (endpoint.fixed ? { id: name.id, state: 'active' as const } : undefined);
      const next = found === undefined ? undefined : changed(found, told);
      did = next !== undefined;
      return next && { record: next.record, events: [{ type: next.type, facts: told }] };
    });
    courier.changed(store);
    return did;
  };
  return {
    enable: (name, by) =>
      change(name, by, ({ reason: _, failingSince: __, ...known }) =>
        known.state === 'disabled'
          ? { record: { ...known, state: 'active' }, type: 'webhook.endpoint_enabled' }
          : undefined,
      ),
    disable: (name, by) =>
      change(name, by, (known) =>
        known.state === 'active'
          ? {
              record: { ...known, state: 'disabled', reason: 'an operator disabled it' },
              type: 'webhook.endpoint_disabled',
            }
          : undefined,
      ),
    remove: (name, by) =>
      change(name, by, ({ id, state }) =>
        state === 'removed' || courier.fixed.includes(id)
          ? undefined
          : { record: { id, state: 'removed' }, type: 'webhook.endpoint_removed' },
      ),
  };
}

async function replay(parts: WebhookParts, which: Replay, by: ChangedBy): Promise<readonly string[]> {
  const facts = factsOf(by);
  const store = await storeOf(parts, which);
  if (store === undefined) return [];
  const queued: string[] = [];
  const again = async (ids: readonly string[]): Promise<void> => {
    const deliveries = await store.requeue(ids, parts.clock.now());
    queued.push(...deliveries.map(({ id }) => id));
    await parts.revive(store, deliveries);
  };
  try {
    await eachAsked(store, which, again);
  } finally {
    // What was queued is sent, also where the rest of it failed: so it is written down.
    if (queued.length > 0) {
      const asked =
        'ids' in which
          ? { deliveries: [...queued] }
          : { endpoint: which.endpoint, fromMs: which.fromMs, untilMs: which.untilMs };
      const replayed = { ...facts, ...asked, count: queued.length };
      await store.append([{ type: 'webhook.replayed', facts: replayed }]);
    }
  }
  return queued;
}

async function eachAsked(
  store: Store,
  which: Replay,
  again: (ids: readonly string[]) => Promise<void>,
): Promise<void> {
  if ('ids' in which) {
    if (which.ids.length > LISTED || !which.ids.every((id) => typeof id === 'string'))
      throw invalid('ids', `expected at most ${LISTED} ids of deliveries`);
    return again(which.ids);
  }
  const { endpoint, fromMs, untilMs, states = ['gave-up'] } = which;
  if (!(fromMs < untilMs)) throw invalid('untilMs', 'expected a time after `fromMs`');
  for (const state of states) await eachPage(store, { endpoint, state, fromMs, untilMs }, again);
}

async function eachPage(
  store: Store,
  query: Omit<Parameters<Store['deliveries']>[0], 'limit' | 'after'>,
  each: (ids: readonly string[]) => Promise<void>,
): Promise<void> {
  let page = await store.deliveries({ ...query, limit: LISTED });
  while (page.length > 0) {
    await each(page.map(({ id }) => id));
    const after = page.at(-1);
    if (page.length < LISTED || after === undefined) return;
    page = await store.deliveries({ ...query, limit: LISTED, after });
  }
}

function saved(facts: JsonObject): Event {
  return { type: 'webhook.endpoint_saved', facts };
}

/** How an endpoint that was made at run time stands. */
function recordStatus(record: EndpointRecord | undefined, nowMs: number): EndpointStatus {
  const { url = '', events = [], secrets = [] } = record?.settings ?? {};
  return statusOf(
    { id: record?.id ?? '', url, events: new Set(events), secrets, fixed: false, record },
    nowMs,
  );
}

function statusOf(endpoint: Endpoint, nowMs: number): EndpointStatus {
  const { id, url, events, fixed, record, secrets } = endpoint;
  const { state = 'active', reason, failingSince } = record ?? {};
  const untilMs = activeSecrets(endpoint, nowMs).length > 1 ? secrets.at(-1)?.untilMs : undefined;
  return {
    id,
    url,
    host: hostIn(url),
    events: [...events],
    fixed,
    state: state === 'disabled' ? 'disabled' : 'active',
    ...(reason === undefined ? {} : { reason }),
    ...(failingSince === undefined ? {} : { failingSince }),
    ...(untilMs === undefined ? {} : { previousSecretUntil: untilMs }),
  };
}
