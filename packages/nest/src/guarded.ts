import 'reflect-metadata';
import { applyDecorators, UseGuards, UseInterceptors } from '@nestjs/common';
import { mistake } from '@torii/engine/doors';
import { checkOptions } from '@torii/engine/http';
import { type AnyGuardedOptions, guardedFields, type GuardedOptions, type HttpRequest } from './options.ts';
import { ToriiGuard } from './torii-guard.ts';
import { ToriiInterceptor } from './torii-interceptor.ts';
import { GuardedMetadata, noteGuarded, SkipMetadata, ToolMetadata } from './metadata.ts';

/**
 * Makes a handler a call, or each handler of a class; what a method says counts instead of what its class says. Brings
 * the guard and the interceptor along, so that neither can be forgotten: without `ToriiModule` the application does not
 * start. Throws OPTIONS_INVALID at once for options that are wrong.
 */
export function Guarded<Req extends object = HttpRequest, Output = unknown>(
  options: GuardedOptions<Req, Output>,
): ClassDecorator & MethodDecorator {
  checkOptions(options, guardedFields);
  // Its functions are given the request and the output of this very handler: whoever decorates it says that they fit.
  const any = { ...options } as AnyGuardedOptions;
  return applyDecorators(
    once,
    GuardedMetadata(any),
    unskipped,
    noted,
    UseGuards(ToriiGuard),
    UseInterceptors(ToriiInterceptor),
  );
}

/** Lets a handler of a guarded class pass without asking anybody, or all of a class. */
export function SkipTorii(): ClassDecorator & MethodDecorator {
  return SkipMetadata(true);
}

/** What a class says counts instead of what the class says that it extends. */
function unskipped(target: object, _key?: string | symbol, descriptor?: object): void {
  if (descriptor === undefined && !Reflect.hasOwnMetadata(SkipMetadata.KEY, target))
    Reflect.defineMetadata(SkipMetadata.KEY, false, target);
}

/** What takes the place of a guarded handler is found at start-up. */
function noted(target: object, key?: string | symbol, descriptor?: object): void {
  if (descriptor !== undefined && key !== undefined) noteGuarded(target, key);
}

/** Two would be two calls, or one that counts without a word of it. */
function once(target: object, _key?: string | symbol, descriptor?: TypedPropertyDescriptor<unknown>): void {
  const decorated: unknown = descriptor === undefined ? target : descriptor.value;
  if (typeof decorated !== 'function') return;
  if ([GuardedMetadata, ToolMetadata].some(({ KEY }) => Reflect.hasOwnMetadata(KEY, decorated)))
    throw mistake(`\`${decorated.name}\` is guarded already; expected one \`@Guarded\` for it`);
}
