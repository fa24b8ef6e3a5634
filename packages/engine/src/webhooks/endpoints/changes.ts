import type { Event } from '../../nouns/entry.ts';
import { ToriiError } from '../../nouns/errors.ts';
import type { EndpointRecord, Outbox } from '../../nouns/outbox.ts';

const TRIES = 8;

/** What becomes of an endpoint, without its number, and the entries that tell of it. */
export interface Change {
  readonly record: Omit<EndpointRecord, 'revision'>;
  readonly events: readonly Event[];
}

/**
 * Changes what the store knows of an endpoint. `change` is given what it knows now, undefined for nothing, and answers
 * undefined to leave it: it is asked again where somebody else was faster. Answers what is kept now.
 */
export async function changeEndpoint(
  store: Pick<Outbox, 'endpoints' | 'putEndpoint'>,
  id: string,
  change: (known: EndpointRecord | undefined) => Change | undefined,
): Promise<EndpointRecord | undefined> {
  for (let tried = 0; tried < TRIES; tried++) {
    const known = (await store.endpoints()).find((record) => record.id === id);
    const changed = change(known);
    if (changed === undefined) return known;
    const record = { ...changed.record, revision: (known?.revision ?? 0) + 1 };
    if (await store.putEndpoint(record, changed.events)) return record;
  }
  throw new ToriiError('STORE_UNAVAILABLE', `the endpoint \`${id}\` is being changed by others all the time`);
}
