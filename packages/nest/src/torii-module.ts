import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import type { Engine } from '@torii/engine';
import { GuardedMethods } from './guarded-methods.ts';
import { GuardedHandlers } from './handlers.ts';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './module-definition.ts';
import { StartUp } from './start-up.ts';
import { TORII_ENGINE, type ToriiModuleOptions } from './options.ts';

/**
 * Brings Torii into an application: `ToriiModule.forRoot({ torii })`, or `forRootAsync` where the engine is made by a
 * factory. It is global unless `isGlobal` is false. Throws OPTIONS_INVALID at start-up for options that are wrong.
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    GuardedHandlers,
    GuardedMethods,
    StartUp,
    {
      provide: TORII_ENGINE,
      useFactory: ({ torii }: ToriiModuleOptions): Engine => torii,
      inject: [MODULE_OPTIONS_TOKEN],
    },
  ],
  exports: [GuardedHandlers, GuardedMethods, TORII_ENGINE],
})
export class ToriiModule extends ConfigurableModuleClass implements OnApplicationShutdown {
  constructor(@Inject(MODULE_OPTIONS_TOKEN) private readonly options: ToriiModuleOptions) {
    super();
  }

  /** Closes the engine if the options say so. */
  async onApplicationShutdown(): Promise<void> {
    if (this.options.closeOnShutdown === true) await this.options.torii.close();
  }
}
