export {
  type SlackAnswer,
  slackDecision,
  type SlackDecisionOptions,
  type SlackPeople,
  type SlackRequest,
  type SlackResponse,
  type SlackUser,
} from './decision.ts';
export { approvalMessage, type SlackBlock, type SlackMessage } from './message.ts';
export { type SlackHeaders, verifySlackRequest, type VerifySlackOptions } from './verify.ts';
