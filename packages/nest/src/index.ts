export { CurrentAgent, CurrentCall, currentCall } from './current.ts';
export { ToriiDeniedException } from './denied-exception.ts';
export { GuardedTool, type ToolDecorator } from './guarded-tool.ts';
export { Guarded, SkipTorii } from './guarded.ts';
export {
  type Ask,
  type CallOptions,
  type GuardedOptions,
  type HttpRequest,
  InjectTorii,
  type ToriiModuleOptions,
} from './options.ts';
export type { GuardedToolOptions, ToolDefaults } from './tool-options.ts';
export { ToriiGuard } from './torii-guard.ts';
export { ToriiInterceptor } from './torii-interceptor.ts';
export { ToriiModule } from './torii-module.ts';
export { ToriiMessage, ToriiWebhookGuard, webhookGuard, webhookOf } from './webhook-guard.ts';
