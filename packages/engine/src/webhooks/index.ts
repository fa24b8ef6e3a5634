export type { WebhookEndpoint } from './endpoints/endpoint.ts';
export { type AlertEvent, type ApprovalEvent, type WebhookEvent, webhookEvents } from './events.ts';
export type {
  AlertPayload,
  ApprovalPayload,
  PingPayload,
  WebhookApproval,
  WebhookPayload,
} from './message.ts';
export type { WebhookError, WebhookProblem } from './problem.ts';
export { type AnswerOfNode, forgetUnlessDone } from './receiving/answered.ts';
export {
  type ReceiverOptions,
  type WebhookReceipt,
  webhookReceiver,
  type WebhookRequest,
} from './receiving/receiver.ts';
export { memorySeen, type SeenMessages } from './receiving/seen.ts';
export {
  type VerifyOptions,
  verifyWebhook,
  type WebhookHeaders,
  type WebhookRefusal,
  webhookRefusals,
  type WebhookSecrets,
} from './receiving/verify.ts';
export { createWebhookSecret, webhookPublicKey } from './signing/secret.ts';
export { signWebhook, webhookHeaders, type WebhookMessage } from './signing/signature.ts';
