import 'reflect-metadata';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { mistake } from '@torii/engine/doors';
import { GuardedMethods } from './guarded-methods.ts';
import { enable } from './guarded-tool.ts';
import { GuardedMetadata, guardedKeys, SkipMetadata, ToolMetadata } from './metadata.ts';
import { MODULE_OPTIONS_TOKEN } from './module-definition.ts';
import type { ToriiModuleOptions } from './options.ts';
import type { AnyGuardedToolOptions } from './tool-options.ts';

/** A class that Nest knows, and the instance there is of it. */
interface Known {
  readonly name: string;
  readonly prototype: object;
  readonly instance: unknown;
}

/** Looks at every provider when the application starts, so that nothing runs unguarded which says that it is guarded. */
@Injectable()
export class StartUp implements OnModuleInit {
  readonly #scanner = new MetadataScanner();

  constructor(
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(GuardedMethods) private readonly methods: GuardedMethods,
    @Inject(MODULE_OPTIONS_TOKEN) private readonly options: ToriiModuleOptions,
  ) {}

  /** Throws OPTIONS_INVALID for the first mistake that it finds. */
  onModuleInit(): void {
    for (const known of knownOf(this.discovery.getControllers())) {
      this.#checkTools(known);
      checkOverrides(known);
    }
    for (const known of knownOf(this.discovery.getProviders())) {
      this.#checkTools(known);
      this.#checkHandlers(known);
      checkOverrides(known);
    }
  }

  #checkTools({ name, prototype, instance }: Known): void {
    for (const method of this.#scanner.getAllMethodNames(prototype)) {
      const tool = metadataOf<AnyGuardedToolOptions>(ToolMetadata.KEY, methodOf(prototype, method));
      if (tool === undefined) continue;
      if (tool.identify === undefined && this.options.tools?.identify === undefined)
        throw mistake(
          `\`${name}.${method}\`: expected \`identify\`, here or as \`tools.identify\` of the module`,
        );
      if (typeof instance === 'object' && instance !== null) enable(instance, this.methods);
    }
  }

  /** Guards are asked by whoever routes messages to a handler, and nobody routes any to the method of a service. */
  #checkHandlers({ name, prototype }: Known): void {
    const keys = this.#scanner.getAllMethodNames(prototype);
    const isWhole = isGuarded(prototype.constructor);
    const lost = keys.find(
      (key) => isGuarded(methodOf(prototype, key)) && !isRouted(methodOf(prototype, key)),
    );
    if (lost === undefined && (!isWhole || keys.some((key) => isRouted(methodOf(prototype, key))))) return;
    const where = lost === undefined ? name : `${name}.${lost}`;
    throw mistake(
      `\`${where}\`: expected \`@GuardedTool\`, for \`@Guarded\` is for handlers that Nest routes to`,
    );
  }
}

/** What takes the place of a guarded handler, in a class that extends its own or by another decorator, is not guarded. */
function checkOverrides({ name, prototype }: Known): void {
  for (const key of guardedKeys(prototype)) {
    const says = [prototype.constructor, methodOf(prototype, key)].some(
      (target) => isGuarded(target) || metadataOf(SkipMetadata.KEY, target) === true,
    );
    if (says) continue;
    const where = `${name}.${String(key)}`;
    throw mistake(
      `\`${where}\` takes the place of a guarded handler; expected \`@Guarded\` or \`@SkipTorii\` on it`,
    );
  }
}

/** What is said of a method by Nest itself, by the compiler, by us, and by those who call it without asking a guard. */
const UNROUTED =
  /^(?:__(?:guards|interceptors|pipes|exceptionFilters)__|design:.*|torii:.*|bullmq:.*|SCHEDULE.*|EVENT_LISTENER.*)$/;

/** Whether somebody else said something of a method: whoever routes to it. */
function isRouted(method: object): boolean {
  const keys: unknown[] = Reflect.getMetadataKeys(method);
  return keys.some((key) => !UNROUTED.test(String(key)));
}

function isGuarded(target: object): boolean {
  return metadataOf(GuardedMetadata.KEY, target) !== undefined;
}

function metadataOf<T>(key: string, target: object): T | undefined {
  return Reflect.getMetadata(key, target) as T | undefined;
}

function methodOf(prototype: object, name: string | symbol): object {
  return (prototype as Readonly<Record<string | symbol, object>>)[name] ?? {};
}

type Wrappers = ReturnType<DiscoveryService['getProviders']>;

function knownOf(wrappers: Wrappers): readonly Known[] {
  return wrappers.flatMap((wrapper) => {
    const instance: unknown = wrapper.isDependencyTreeStatic() ? wrapper.instance : undefined;
    const metatype: unknown = wrapper.inject === undefined ? wrapper.metatype : undefined;
    const prototype: unknown = typeof metatype === 'function' ? metatype.prototype : prototypeOf(instance);
    if (typeof prototype !== 'object' || prototype === null || prototype === Object.prototype) return [];
    // Values come in every shape; what has no class has no decorators.
    const { constructor }: { constructor: unknown } = prototype;
    return typeof constructor === 'function' ? [{ name: constructor.name, prototype, instance }] : [];
  });
}

function prototypeOf(instance: unknown): unknown {
  return typeof instance === 'object' && instance !== null ? Object.getPrototypeOf(instance) : undefined;
}
