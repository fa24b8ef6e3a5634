import type { EntryType } from '../nouns/entry.ts';

/** Events about an approval. */
export const approvalEvents = [
  'approval.created',
  'approval.decision_submitted',
  'approval.approved',
  'approval.denied',
  'approval.expired',
  'approval.cancelled',
  'approval.reminded',
  'approval.escalated',
] as const satisfies readonly EntryType[];

/** Events about anything else that somebody may have to look at. */
export const alertEvents = [
  'budget.threshold_reached',
  'budget.frozen',
  'budget.unfrozen',
  'access.revoked',
  'access.restored',
  'call.unresolved',
  'policies.activated',
  'policies.rejected',
  'store.rebuilt',
  'webhook.endpoint_disabled',
  'webhook.gave_up',
  'circuit.opened',
  'circuit.closed',
] as const satisfies readonly EntryType[];

/** What an endpoint can be told of. */
export const webhookEvents = [...approvalEvents, ...alertEvents] as const;

export type ApprovalEvent = (typeof approvalEvents)[number];
export type AlertEvent = (typeof alertEvents)[number];
export type WebhookEvent = ApprovalEvent | AlertEvent;

/** Whether an entry tells of an approval. */
export function isApprovalEvent(type: string): type is ApprovalEvent {
  return approvalEvents.some((event) => event === type);
}

/** Whether endpoints can be told of an entry. */
export function isWebhookEvent(type: string): type is WebhookEvent {
  return webhookEvents.some((event) => event === type);
}
