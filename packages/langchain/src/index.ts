export {
  type ApprovalMode,
  type CommonOptions,
  type PayeeOf,
  type Price,
  type ToolDecision,
} from '@torii/engine/doors';
export { guard } from './guard.ts';
export { guardTools } from './guard-tools.ts';
export { type ToriiMiddleware, toriiMiddleware } from './middleware.ts';
export type {
  GuardOptions,
  GuardToolsOptions,
  MiddlewareOptions,
  OfRun,
  OnDenied,
  ToolNamed,
} from './options.ts';
export type { ToriiInterrupt } from './pause.ts';
export type { RunContext } from './run-context.ts';
export type { AnyTool, InputOf, OutputOf } from './tool-types.ts';
