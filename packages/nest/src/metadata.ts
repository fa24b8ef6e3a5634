import { Reflector } from '@nestjs/core';
import type { AnyGuardedOptions } from './options.ts';
import type { AnyGuardedToolOptions } from './tool-options.ts';

/** What `@Guarded` says of a handler or a class. */
export const GuardedMetadata = Reflector.createDecorator<AnyGuardedOptions>({ key: 'torii:guarded' });

/** What `@SkipTorii` says of a handler or a class. */
export const SkipMetadata = Reflector.createDecorator<boolean>({ key: 'torii:skip' });

/** What `@GuardedTool` says of a method. */
export const ToolMetadata = Reflector.createDecorator<AnyGuardedToolOptions>({ key: 'torii:tool' });
