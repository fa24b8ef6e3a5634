export {
  type ApprovalMode,
  type CommonOptions,
  type Identify,
  type PayeeOf,
  type Price,
  type ToolDecision,
  ToriiDeniedError,
} from '@torii/engine/doors';
export { guard } from './guard.ts';
export { type AnyTools, guardTools, withTorii } from './guard-tools.ts';
export type { GuardOptions, GuardToolsOptions, OnDenied } from './options.ts';
export {
  type ToolApprovalAnswer,
  type ToolApprovalRequest,
  type ToriiApproval,
  toriiApproval,
} from './tool-approval.ts';
export type { AnyTool, InputOf, OutputOf } from './tool-types.ts';
