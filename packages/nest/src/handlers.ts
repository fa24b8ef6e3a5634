import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { mistake } from '@torii/engine/doors';
import { checkOptions, type Settings } from '@torii/engine/http';
import { type HandlerOptions, httpSettings, rawRequest } from './http-door.ts';
import { GuardedMetadata, SkipMetadata } from './metadata.ts';
import { MODULE_OPTIONS_TOKEN } from './module-definition.ts';
import { type AnyGuardedOptions, moduleFields, type ToriiModuleOptions } from './options.ts';
import { outputOf } from './output.ts';
import { toolDefaultFields } from './tool-options.ts';

/** What handlers of this application are calls, and how. */
@Injectable()
export class GuardedHandlers {
  readonly #known = new WeakMap<AnyGuardedOptions, HandlerOptions>();
  readonly #settings = new WeakMap<HandlerOptions, Settings<ExecutionContext, ExecutionContext>>();

  /** Throws OPTIONS_INVALID for options of the module that are wrong. */
  constructor(
    @Inject(MODULE_OPTIONS_TOKEN) readonly options: ToriiModuleOptions,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {
    checkOptions(options, moduleFields);
    if (options.tools !== undefined) checkOptions(options.tools, toolDefaultFields);
  }

  /** How the handler of a context is a call; undefined where it is none. What is said nearer to it counts. */
  of(context: ExecutionContext): HandlerOptions | undefined {
    for (const target of [context.getHandler(), context.getClass()]) {
      if (this.reflector.get(SkipMetadata, target) === true) return undefined;
      const own: AnyGuardedOptions | undefined = this.reflector.get(GuardedMetadata, target);
      if (own !== undefined) return this.#complete(own);
    }
    return undefined;
  }

  /** The same as the engine reads it over HTTP. */
  settingsOf(options: HandlerOptions): Settings<ExecutionContext, ExecutionContext> {
    const known = this.#settings.get(options);
    if (known !== undefined) return known;
    const settings = httpSettings(options, (context) => outputOf(rawRequest(context)));
    this.#settings.set(options, settings);
    return settings;
  }

  #complete(own: AnyGuardedOptions): HandlerOptions {
    const known = this.#known.get(own);
    if (known !== undefined) return known;
    const { torii, identify, onDenied, onDecision, mode, waitMs, approvalsPath } = this.options;
    const common = { identify, onDenied, onDecision, mode, waitMs, approvalsPath };
    // The functions of the module are given whatever request a handler is given.
    const complete = { ...common, ...defined(own), torii } as HandlerOptions;
    this.#known.set(own, complete);
    return complete;
  }
}

/** Without what is said to be undefined, which counts as not said. */
function defined(options: AnyGuardedOptions): AnyGuardedOptions {
  const said = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said) as unknown as AnyGuardedOptions;
}

/** What the module brings. Nest's own word for its absence is the name of a class that nobody outside knows. */
export function imported(handlers: GuardedHandlers | undefined): GuardedHandlers {
  if (handlers !== undefined) return handlers;
  throw mistake('`@Guarded`: expected `ToriiModule.forRoot(...)` among the imports of the application');
}
