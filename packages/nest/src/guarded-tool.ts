import 'reflect-metadata';
import { Inject } from '@nestjs/common';
import { checkToolOptions, mistake } from '@torii/engine/doors';
import { GuardedMethods, type MethodCall } from './guarded-methods.ts';
import { GuardedMetadata, ToolMetadata } from './metadata.ts';
import {
  type AnyGuardedToolOptions,
  guardedToolFields,
  type GuardedToolOptions,
  type SomeGuardedToolOptions,
} from './tool-options.ts';

/** A method that can be a tool: it promises its output, or yields it. */
export type ToolMethod = (...args: never[]) => Promise<unknown> | AsyncGenerator<unknown, unknown, undefined>;

/** A decorator of methods whose arguments and output are those that the functions of the options are given. */
export type ToolDecorator<Options> = <Method extends ToolMethod>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Method> & Fitting<Options, Method>,
) => void;

type OutputOf<Method extends ToolMethod> =
  ReturnType<Method> extends AsyncGenerator<infer Yielded> ? Yielded : Awaited<ReturnType<Method>>;

/** Nothing to add, or what nothing can be. */
type Fitting<Options, Method extends ToolMethod> =
  Options extends GuardedToolOptions<Parameters<Method>, OutputOf<Method>> ? unknown : never;

/** Its name is what Nest says is missing where nobody imports the module. */
const METHODS = Symbol('what `ToriiModule.forRoot` provides');

/** An instance of a class with guarded methods, with what they need to run. */
interface Instance {
  [METHODS]?: GuardedMethods;
}

/**
 * Makes a method of a provider a tool: each call asks Torii before it runs. A call that may not run throws
 * `ToriiDeniedError`, before anything ran. Every instance that Nest makes is guarded, whatever its scope; a method of
 * any other instance rejects with OPTIONS_INVALID. Throws OPTIONS_INVALID at once for options that are wrong.
 */
export function GuardedTool<Options extends SomeGuardedToolOptions>(
  options: Options,
): ToolDecorator<Options> {
  checkToolOptions(options, guardedToolFields);
  // The arguments and the output are those of the method below: the compiler has compared them.
  const any = { ...options } as unknown as AnyGuardedToolOptions;
  return (target, key, descriptor) => {
    const { value: method } = descriptor;
    if (method === undefined) throw mistake(`\`${String(key)}\`: expected a method`);
    if ([ToolMetadata, GuardedMetadata].some(({ KEY }) => Reflect.hasOwnMetadata(KEY, method)))
      throw mistake(`\`${String(key)}\` is guarded already; expected one \`@GuardedTool\``);
    if (options.skip === true) return;
    descriptor.value = likeness(method, standIn(any, method) as typeof method);
    ToolMetadata(any)(target, key, descriptor);
    // Every instance that Nest makes of the class is given this property before anybody else has the instance.
    Inject(GuardedMethods)(target, METHODS);
  };
}

/** A method that asks Torii first. One that yields says nothing before Torii says yes. */
function standIn(options: AnyGuardedToolOptions, method: (...args: never[]) => unknown): object {
  const run = method as (...args: unknown[]) => unknown;
  const callOf = (instance: Instance, args: unknown[]): MethodCall => ({
    options,
    args,
    execute: () => run.apply(instance, args),
  });
  if (isGenerator(method))
    return async function* (this: Instance, ...args: unknown[]) {
      yield* methodsOf(this, options).stream(callOf(this, args));
    };
  return async function (this: Instance, ...args: unknown[]) {
    const call = callOf(this, args);
    return methodsOf(this, options).run({ ...call, execute: () => promised(options, call.execute()) });
  };
}

/** A generator that nobody has begun has done nothing. Begun outside, it would yield what its call had paid for long ago. */
function promised({ tool }: AnyGuardedToolOptions, output: unknown): unknown {
  if (Object.prototype.toString.call(output) !== '[object AsyncGenerator]') return output;
  throw mistake(
    `\`${tool}\`: expected \`async *\` on a method that yields; it can hand on others by \`yield*\``,
  );
}

function isGenerator(method: object): boolean {
  return Object.prototype.toString.call(method) === '[object AsyncGeneratorFunction]';
}

function methodsOf(instance: Instance, { tool }: AnyGuardedToolOptions): GuardedMethods {
  const methods = instance[METHODS];
  if (methods !== undefined) return methods;
  throw mistake(
    `\`${tool}\` was called on an instance that Nest does not know; expected a class among \`providers\`, and \`ToriiModule\``,
  );
}

const enabled = new WeakSet<object>();

/**
 * For an instance that a factory made, and that Nest therefore gives nothing. Throws OPTIONS_INVALID where another module
 * has done so before: nobody can say whose engine its calls are for.
 */
export function enable(instance: object, methods: GuardedMethods): void {
  const own: Instance = instance;
  if (own[METHODS] === undefined) enabled.add(instance);
  own[METHODS] ??= methods;
  if (!enabled.has(instance) || own[METHODS] === methods) return;
  const { name } = instance.constructor;
  throw mistake(
    `\`${name}\` is no class that Nest makes here, and two \`ToriiModule\` know its instance; expected one, or the class among \`providers\``,
  );
}

/** What other decorators said of the method, and its name, are those of what stands in for it. */
function likeness<Method extends object>(method: Method, guarded: Method): Method {
  for (const key of Reflect.getOwnMetadataKeys(method) as unknown[])
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, method), guarded);
  for (const name of ['name', 'length']) {
    const own = Object.getOwnPropertyDescriptor(method, name);
    if (own !== undefined) Object.defineProperty(guarded, name, own);
  }
  return guarded;
}
