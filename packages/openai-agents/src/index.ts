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
export { guardOptions } from './guard-options.ts';
export { guardTools } from './guard-tools.ts';
export { type HostedMcpApproval, hostedMcpApproval, type HostedMcpOptions } from './hosted-mcp-approval.ts';
export { toriiTool } from './torii-tool.ts';
export type { AnyTool, GuardOptions, GuardToolsOptions, InputOf, OutputOf } from './options.ts';
