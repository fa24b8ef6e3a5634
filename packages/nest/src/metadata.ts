import 'reflect-metadata';
import { Reflector } from '@nestjs/core';
import type { AnyGuardedOptions } from './options.ts';
import type { AnyGuardedToolOptions } from './tool-options.ts';

/** What `@Guarded` says of a handler or a class. */
export const GuardedMetadata = Reflector.createDecorator<AnyGuardedOptions>({ key: 'torii:guarded' });

/** What `@SkipTorii` says of a handler or a class. */
export const SkipMetadata = Reflector.createDecorator<boolean>({ key: 'torii:skip' });

const GUARDED_KEYS = 'torii:guarded-keys';

/** Notes of a class, by its prototype, that it guards the handler of this name. */
export function noteGuarded(prototype: object, key: string | symbol): void {
  Reflect.defineMetadata(GUARDED_KEYS, [...guardedKeys(prototype), key], prototype);
}

/** The handlers that a class guards by name, or one that it extends. */
export function guardedKeys(prototype: object): readonly (string | symbol)[] {
  return (Reflect.getMetadata(GUARDED_KEYS, prototype) as readonly (string | symbol)[] | undefined) ?? [];
}

/** What `@GuardedTool` says of a method. */
export const ToolMetadata = Reflector.createDecorator<AnyGuardedToolOptions>({ key: 'torii:tool' });
