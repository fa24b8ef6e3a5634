import 'reflect-metadata';
import { Controller, Get, Inject, Injectable, Module, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import type { Engine } from '@torii/engine';
import { type Shop, shop } from './app.test-support.ts';
import { Guarded, InjectTorii, ToriiModule, type ToriiModuleOptions } from './index.ts';

let at: Shop;
let module: TestingModule | undefined;

beforeEach(async () => {
  at = await shop();
});
afterEach(async () => {
  await module?.close();
  module = undefined;
  await at.close();
});

@Injectable()
class Till {
  constructor(@InjectTorii() readonly torii: Engine) {}
}

const TOKEN = Symbol('the engine of the tests');

@Module({ providers: [{ provide: TOKEN, useFactory: () => at.torii }], exports: [TOKEN] })
class EngineModule {}

@Injectable()
class OptionsFactory {
  constructor(@Inject(TOKEN) private readonly torii: Engine) {}

  createToriiOptions(): ToriiModuleOptions {
    return { torii: this.torii };
  }
}

@Module({ imports: [EngineModule], providers: [OptionsFactory], exports: [OptionsFactory] })
class FactoryModule {}

async function start(torii: unknown, providers: Type[] = [Till]): Promise<TestingModule> {
  @Module({ imports: [torii as Type], providers })
  class AppModule {}

  module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  return module.init();
}

test.each([
  ['forRoot', () => ToriiModule.forRoot({ torii: at.torii })],
  [
    'forRootAsync with a factory',
    () =>
      ToriiModule.forRootAsync({
        imports: [EngineModule],
        inject: [TOKEN],
        useFactory: async (torii: Engine) => ({ torii }),
      }),
  ],
  [
    'forRootAsync with a class',
    () => ToriiModule.forRootAsync({ imports: [EngineModule], useClass: OptionsFactory }),
  ],
  [
    'forRootAsync with what is there',
    () => ToriiModule.forRootAsync({ imports: [FactoryModule], useExisting: OptionsFactory }),
  ],
])('%s brings the engine', async (_, torii) => {
  const app = await start(torii());

  expect(app.get(Till).torii).toBe(at.torii);
});

test.each([
  ['without an engine', {}, /`options.torii`: expected an engine/],
  ['with an unknown option', { prize: 1 }, /`options.prize`: expected one of/],
  ['with a wait that is none', { waitMs: -1 }, /`options.waitMs`: expected whole milliseconds/],
  ['with tools that are none', { tools: { identify: 'me' } }, /`options.identify`: expected a function/],
])('%s the application does not start', async (what, options, message) => {
  const torii = what === 'without an engine' ? {} : { torii: at.torii };

  await expect(start(ToriiModule.forRoot({ ...torii, ...options } as never))).rejects.toThrow(message);
});

@Controller()
class ToolsController {
  @Get()
  @Guarded({ tool: 'search', price: '0 USD' })
  search(): void {}
}

test('without the module an application with a guarded handler does not start', async () => {
  const app = Test.createTestingModule({ controllers: [ToolsController] });

  await expect(app.compile()).rejects.toThrow(/expected `ToriiModule.forRoot\(...\)` among the imports/);
});

test('a module that is not global counts where it is imported', async () => {
  await expect(start(ToriiModule.forRoot({ torii: at.torii, isGlobal: false }))).resolves.toBeDefined();

  @Module({ controllers: [ToolsController] })
  class OtherModule {}
  @Module({ imports: [ToriiModule.forRoot({ torii: at.torii, isGlobal: false }), OtherModule] })
  class AppModule {}

  await expect(Test.createTestingModule({ imports: [AppModule] }).compile()).rejects.toThrow(
    /expected `ToriiModule.forRoot/,
  );
});

test.each`
  closeOnShutdown | ok
  ${undefined}    | ${true}
  ${true}         | ${false}
`(
  'with closeOnShutdown $closeOnShutdown the engine answers afterwards: $ok',
  async ({ closeOnShutdown, ok }) => {
    const app = await start(ToriiModule.forRoot({ torii: at.torii, closeOnShutdown }));

    await app.close();
    module = undefined;

    expect((await at.torii.health()).ok).toBe(ok);
  },
);

test.each([
  ['an unknown option', { tool: 'search', price: '0 USD', prize: 1 }, /`options.prize`: expected one of/],
  ['no tool', { price: '0 USD' }, /`options.tool`: expected a tool name/],
  [
    'a payee that is none',
    { tool: 'search', price: '0 USD', payee: { recipent: 'a' } },
    /`options.payee`: expected/,
  ],
])('a handler guarded with %s is refused at once', (_, options, message) => {
  expect(() => Guarded(options as never)).toThrow(message);
});

test.each([
  ['a class', () => class {}],
  ['a handler', () => () => undefined],
])('%s is guarded once', (_, make) => {
  const decorate = Guarded({ tool: 'search', price: '0 USD' });
  const target = make();
  const descriptor = { value: target };
  const apply = (): unknown =>
    target.prototype === undefined ? decorate({}, 'search', descriptor) : decorate(target as Type);
  apply();

  expect(apply).toThrow(/is guarded already/);
});
