export { ToriiDeniedError } from './denied-error.ts';
export { guard } from './guard.ts';
export { type AnyTools, guardTools, withTorii } from './guard-tools.ts';
export type {
  ApprovalMode,
  CommonOptions,
  GuardOptions,
  GuardToolsOptions,
  Identify,
  OnDenied,
  PayeeOf,
  Price,
  ToolDecision,
} from './options.ts';
export {
  type ToolApprovalAnswer,
  type ToolApprovalRequest,
  type ToriiApproval,
  toriiApproval,
} from './tool-approval.ts';
export type { AnyTool, InputOf, OutputOf } from './tool-types.ts';
