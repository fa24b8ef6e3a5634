export { ToriiMessage, ToriiWebhookGuard, webhookGuard, webhookOf } from './webhook-guard.ts';
