import { Inject, Injectable } from '@nestjs/common';
import {
  type AnyToolOptions,
  definitionOf,
  type GuardedTool,
  runTool,
  streamTool,
  type ToolCall,
} from '@torii/engine/doors';
import { MODULE_OPTIONS_TOKEN } from './module-definition.ts';
import type { ToriiModuleOptions } from './options.ts';
import type { AnyGuardedToolOptions } from './tool-options.ts';

/** One call of a guarded method. */
export interface MethodCall {
  readonly options: AnyGuardedToolOptions;
  readonly args: readonly unknown[];

  /** Runs the method itself. */
  readonly execute: () => unknown;
}

/** Runs the methods that `@GuardedTool` makes tools, with the engine of this application. */
@Injectable()
export class GuardedMethods {
  readonly #definitions = new WeakMap<AnyGuardedToolOptions, Promise<string>>();

  constructor(@Inject(MODULE_OPTIONS_TOKEN) private readonly module: ToriiModuleOptions) {}

  /** Rejects as `runTool` does: with `ToriiDeniedError`, or with what the method threw. */
  async run(call: MethodCall): Promise<unknown> {
    return runTool(this.#guardedBy(call), toolCallOf(call), call);
  }

  /** As `run`, for a method that yields. */
  stream(call: MethodCall): AsyncGenerator<unknown, void, undefined> {
    return streamTool(this.#guardedBy(call), toolCallOf(call), call);
  }

  #guardedBy({ options, args }: MethodCall): GuardedTool {
    return {
      framework: 'nest',
      tool: options,
      options: this.#askedWith(options, args),
      definition: () => this.#definitionOf(options),
    };
  }

  /** The options of a tool, whose functions are given the arguments of this call. */
  #askedWith(options: AnyGuardedToolOptions, args: readonly unknown[]): AnyToolOptions {
    const { torii, tools = {} } = this.module;
    const { tool, price, payee, effect, charged, onDenied, id, skip, mode = tools.mode } = options;
    return {
      torii,
      tool,
      identify: async () => this.#credentialOf(options, args),
      price: typeof price === 'function' ? () => price(...args) : price,
      payee: typeof payee === 'function' ? () => payee(...args) : payee,
      effect,
      ...(charged === undefined ? {} : { charged: async (output) => charged(output) }),
      ...(onDenied === undefined ? {} : { onDenied: async (answer, message) => onDenied(answer, message) }),
      // What has no name of its own is known by what it asks for: whoever makes it again means the same call.
      approval: id === undefined ? 'result' : 'native',
      skip: typeof skip === 'function' ? async () => skip(...args) : skip,
      mode: typeof mode === 'function' ? async () => mode(...args) : mode,
      waitMs: options.waitMs ?? tools.waitMs,
      onDecision: options.onDecision ?? tools.onDecision,
    };
  }

  async #credentialOf(
    { identify, tool }: AnyGuardedToolOptions,
    args: readonly unknown[],
  ): Promise<string | undefined> {
    if (typeof identify === 'string') return identify;
    return identify === undefined ? this.module.tools?.identify?.(args, tool) : identify(...args);
  }

  #definitionOf(options: AnyGuardedToolOptions): Promise<string> {
    const { definition, tool } = options;
    if (definition !== undefined) return Promise.resolve(definition);
    const known = this.#definitions.get(options) ?? definitionOf({ name: tool });
    this.#definitions.set(options, known);
    return known;
  }
}

/** One argument is what the call does; several are it together. */
function toolCallOf({ options, args }: MethodCall): ToolCall {
  const alone = args.length === 1 ? args[0] : [...args];
  return {
    input: options.arguments === undefined ? alone : options.arguments(...args),
    id: options.id?.(...args),
    signal: options.signal?.(...args),
  };
}
