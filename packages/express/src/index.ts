export {
  type Problem,
  type ProblemBody,
  type ProblemContext,
  problemOf,
  type Reply,
  send,
  type ToriiCall,
  toriiOf,
  type Verdict,
} from '@torii/engine/http';
export { guard, type GuardOptions } from './guard.ts';
export { toriiMiddleware } from './middleware.ts';
export type { ToriiOptions } from './options.ts';
export { type RouterOptions, toriiRouter } from './router/router.ts';
export type { SessionOf, SessionPerson } from './router/session.ts';
export { slackApprovals } from './slack-approvals.ts';
export { webhookOf, webhookReceiver } from './webhook-receiver.ts';
