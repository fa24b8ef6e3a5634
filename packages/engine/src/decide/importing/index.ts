export type { Imported, Remark } from './imported.ts';
export {
  importIteraToolsPolicies,
  importIteraToolsPolicy,
  type IteraToolsClasses,
  type IteraToolsOptions,
  type IteraToolsTiers,
  type IteraToolsTiersOptions,
} from './itera-tools.ts';
export {
  allowAll,
  allowOnlyRecipients,
  blockAbove,
  blockRecipient,
  denyAll,
  requireApprovalAbove,
} from './pay-sentry/builders.ts';
export type { PaySentryPolicy, PaySentryRule } from './pay-sentry/document.ts';
export { importPaySentryPolicy, type PaySentryOptions } from './pay-sentry/import-pay-sentry.ts';
export { importProxyPolicy } from './proxy.ts';
export { importT402Policy, type T402Options } from './t402/import-t402.ts';
