export { requestOf } from './call-request.ts';
export { definitionOf, type ToolDefinition } from './definition.ts';
export { ToriiDeniedError } from './denied-error.ts';
export { explain, explainDemand } from './explain.ts';
export {
  checkOptions,
  checkToolOptions,
  type Field,
  type Fields,
  flagField,
  functionField,
  isEngine,
  mistake,
  namesField,
  requireTool,
  toolFields,
  toolSetFields,
  waitField,
} from './fields.ts';
export {
  type GuardedTool,
  guardedOf,
  guardedTool,
  isGuarded,
  markOf,
  type ToolCall,
  type ToolToGuard,
} from './guarded-tool.ts';
export type {
  AnyToolOptions,
  ApprovalMode,
  CommonOptions,
  Identify,
  InsteadOf,
  OfRun,
  PayeeOf,
  Price,
  SomeToolOptions,
  ToolDecision,
  ToolOptions,
} from './options.ts';
export { insteadOf, type Refuse, type Runner, runTool } from './run.ts';
export { type Ending, type Last, openTool, type Session } from './session.ts';
export { mayNeedPeople, report, standingOf } from './standing.ts';
export { lastValueOf, streamTool } from './stream.ts';
export { checkNames, optionsOfTool, optionsOfTools, type ToolSetOptions } from './tool-set.ts';
