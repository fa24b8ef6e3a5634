export type { WebhookEndpoint, WebhookEvent } from './endpoint.ts';
export type { WebhookApproval, WebhookPayload } from './payload.ts';
export type { WebhookError, WebhookProblem } from './problem.ts';
export { signWebhook, verifyWebhook } from './signature.ts';
