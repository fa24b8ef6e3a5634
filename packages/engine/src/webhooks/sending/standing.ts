import type { EndpointRecord } from '../../nouns/outbox.ts';
import type { Store } from '../../nouns/store.ts';
import { changeEndpoint } from '../endpoints/changes.ts';
import { type Endpoint, hostIn } from '../endpoints/endpoint.ts';
import type { Registry } from '../endpoints/registry.ts';

/** How long an endpoint may fail without a success before it is disabled, in milliseconds. */
export const FAILING_MS = 5 * 86_400_000;

/** What is written about an endpoint as its requests end. */
export interface Standing {
  /** It took a message: whatever failed before is over. */
  took(store: Store, endpoint: Endpoint): Promise<void>;

  /** It did not: that began now, or so long ago that it is disabled. */
  failed(store: Store, endpoint: Endpoint, nowMs: number): Promise<void>;

  /** It wants no more messages. */
  disable(store: Store, endpoint: Endpoint, reason: string): Promise<void>;
}

/** Keeps how endpoints stand in the store of each tenant. Most requests write nothing. */
export function standingOf(registry: Registry): Standing {
  const change: typeof changeEndpoint = async (store, id, changed) => {
    const kept = await changeEndpoint(store, id, changed);
    registry.changed(store);
    return kept;
  };
  const disable = async (
    store: Store,
    endpoint: Endpoint,
    because: { readonly reason: string; readonly since?: number },
  ): Promise<void> => {
    const { reason, since } = because;
    const facts = { endpoint: endpoint.id, host: hostIn(endpoint.url), reason };
    await change(store, endpoint.id, (known = fresh(endpoint)) =>
      known.state === 'active' && (since === undefined || known.failingSince === since)
        ? {
            record: { ...known, state: 'disabled', reason },
            events: [{ type: 'webhook.endpoint_disabled', facts }],
          }
        : undefined,
    );
  };
  return {
    disable: (store, endpoint, reason) => disable(store, endpoint, { reason }),
    async took(store, { id, record }) {
      if (record?.failingSince === undefined) return;
      await change(store, id, (known) => {
        if (known?.failingSince === undefined) return undefined;
        const { failingSince: _, ...well } = known;
        return { record: well, events: [] };
      });
    },
    async failed(store, endpoint, nowMs) {
      const since = endpoint.record?.failingSince;
      if (since !== undefined && nowMs - since >= FAILING_MS)
        return disable(store, endpoint, { reason: 'it failed for five days without a success', since });
      if (since !== undefined) return;
      await change(store, endpoint.id, (known = fresh(endpoint)) =>
        known.state === 'active' && known.failingSince === undefined
          ? { record: { ...known, failingSince: nowMs }, events: [] }
          : undefined,
      );
    },
  };
}

/** What is known of an endpoint that nothing was written about. */
function fresh({ id }: Endpoint): EndpointRecord {
  return { id, state: 'active', revision: 0 };
}
