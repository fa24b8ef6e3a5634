import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { ToriiModuleOptions } from './options.ts';

const definition = new ConfigurableModuleBuilder<ToriiModuleOptions>({ moduleName: 'Torii' })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createToriiOptions')
  .setExtras({ isGlobal: true }, (module, { isGlobal }) => ({ ...module, global: isGlobal }))
  .build();

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } = definition;
