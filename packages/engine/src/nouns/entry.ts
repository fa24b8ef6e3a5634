import type { JsonObject } from './canonical.ts';

/** What the journal records: noun and past participle. */
export const entryTypes = [
  'engine.started',
  'store.rebuilt',
  'policies.saved',
  'policies.activated',
  'policies.rejected',
  'policies.shadowed',
  'identity.refused',
  'call.denied',
  'call.shadowed',
  'call.reserved',
  'call.started',
  'call.extended',
  'call.settled',
  'call.released',
  'call.unresolved',
  'call.expired',
  'budget.threshold_reached',
  'budget.frozen',
  'budget.unfrozen',
  'carve-out.closed',
  'wallet.credited',
  'wallet.debited',
  'wallet.transferred',
  'access.revoked',
  'access.restored',
  'approval.created',
  'approval.decision_submitted',
  'approval.approved',
  'approval.denied',
  'approval.expired',
  'approval.cancelled',
  'approval.reminded',
  'approval.escalated',
  'webhook.endpoint_saved',
  'webhook.endpoint_disabled',
  'webhook.endpoint_enabled',
  'webhook.endpoint_removed',
  'webhook.gave_up',
  'webhook.replayed',
  'circuit.opened',
  'circuit.closed',
] as const;

export type EntryType = (typeof entryTypes)[number];

/** What happened, before it has a place in the journal. */
export interface Event {
  readonly type: EntryType;
  readonly callId?: string;

  /** Facts of the event: plain data, amounts as decimal text. Never secrets, tokens or whole objects. */
  readonly facts: JsonObject;
}

/** One line of the journal, linked to the line before it. */
export interface Entry extends Event {
  /** 1 for the first entry, without gaps. */
  readonly seq: number;

  /** Milliseconds since 1970, by the store's clock, never decreasing. */
  readonly at: number;

  /** Hash of the entry before; 64 zeros for the first. */
  readonly previous: string;

  /** SHA-256 over `previous` and the canonical form of the rest. */
  readonly hash: string;
}
