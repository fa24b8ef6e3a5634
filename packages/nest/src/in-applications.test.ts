import 'reflect-metadata';
import { Controller, type ExecutionContext, Get, Module, Scope, type Type, UseGuards } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import type { ToriiCall } from '@torii/engine/http';
import { answerOf, platforms, serve, type Shop, shop } from './app.test-support.ts';
import { CurrentCall, Guarded, InjectTorii, SkipTorii, ToriiGuard, ToriiModule } from './index.ts';

let at: Shop;
let asked: string[] = [];

beforeEach(async () => {
  asked = [];
  at = await shop();
});
afterEach(() => at.close());

@Controller()
class ToolsController {
  @Get('search')
  @Guarded({ tool: 'search', price: '1.00 USD' })
  search(@CurrentCall() call: ToriiCall | undefined): object {
    return { tool: call?.call.tool ?? null };
  }
}

/** What an application that has its own idea of a call makes of the guard. */
class OwnGuard extends ToriiGuard {
  protected override optionsOf(context: ExecutionContext): ReturnType<ToriiGuard['optionsOf']> {
    const options = super.optionsOf(context);
    if (options !== undefined) asked.push(context.getHandler().name);
    return options && { ...options, price: '2.00 USD' };
  }
}

const authorized = async (): Promise<{ headers: Record<string, string> }> => ({
  headers: { authorization: `Bearer ${await at.token()}` },
});

describe.each(platforms)('on $platform', ({ adapter }) => {
  test.each([
    ['for the application', ToolsController, [{ provide: APP_GUARD, useClass: OwnGuard }]],
    [
      'for its class',
      (() => {
        @UseGuards(OwnGuard)
        @Controller()
        class OwnController extends ToolsController {}
        return OwnController;
      })(),
      [],
    ],
  ])(
    'a guard of its own that comes first, %s, asks in the place of ours',
    async (_, controller, providers) => {
      const options = { torii: at.torii };
      const { app, url } = await serve(adapter(), { controllers: [controller], providers, options });

      const { status, headers } = await answerOf(await fetch(`${url}/search`, await authorized()));

      expect([status, headers.get('x-cost-usd'), asked]).toEqual([200, '2.00', ['search']]);
      expect(await at.settled()).toEqual({ spent: '2.00', held: '0.00' });
      await app.close();
    },
  );

  test('a controller of the scope of a request is guarded', async () => {
    @Controller({ scope: Scope.REQUEST })
    class ScopedController extends ToolsController {
      constructor(@InjectTorii() readonly torii: object) {
        super();
      }
    }
    const options = { torii: at.torii };
    const { app, url } = await serve(adapter(), { controllers: [ScopedController], options });

    const [allowed, denied] = [
      await answerOf(await fetch(`${url}/search`, await authorized())),
      await answerOf(await fetch(`${url}/search`)),
    ];

    expect([allowed.body, denied.status]).toEqual([{ tool: 'search' }, 401]);
    expect(await at.settled()).toEqual({ spent: '1.00', held: '0.00' });
    await app.close();
  });

  test('a request on which somebody has put what they call `raw` is guarded', async () => {
    const { app, url } = await serve(adapter(), {
      controllers: [ToolsController],
      options: { torii: at.torii },
      prepare: (made) =>
        made.use((request: object, _response: unknown, next: () => void) => {
          Object.assign(request, { raw: Buffer.from('{}') });
          next();
        }),
    });

    expect(await answerOf(await fetch(`${url}/search`, await authorized()))).toMatchObject({
      status: 200,
      body: { tool: 'search' },
    });
    await app.close();
  });

  test('a guarded class is guarded, whatever the class that it extends skips', async () => {
    @SkipTorii()
    class OpenController {}
    @Controller('paid')
    @Guarded({ tool: 'search', price: '1.00 USD' })
    class PaidController extends OpenController {
      @Get()
      paid(): object {
        return {};
      }
    }
    const options = { torii: at.torii };
    const { app, url } = await serve(adapter(), { controllers: [PaidController], options });

    expect((await fetch(`${url}/paid`)).status).toBe(401);
    await app.close();
  });

  test('a test of the application may let everything pass', async () => {
    @Module({ imports: [ToriiModule.forRoot({ torii: at.torii })], controllers: [ToolsController] })
    class AppModule {}
    const testing = Test.createTestingModule({ imports: [AppModule] }).overrideGuard(ToriiGuard);
    const module = await testing.useValue({ canActivate: () => true }).compile();
    const app = module.createNestApplication(adapter(), { logger: false });
    await app.listen(0, '127.0.0.1');

    const { body } = await answerOf(await fetch(`${await app.getUrl()}/search`));

    expect([body, await at.count('call.reserved')]).toEqual([{ tool: null }, 0]);
    await app.close();
  });
});

/** Stands in for a method, and says nothing of what was said of it. */
function Logged(_target: object, _key: string, descriptor: TypedPropertyDescriptor<() => object>): void {
  const method = descriptor.value;
  descriptor.value = () => ({ ...method?.() });
}

class HidingController {
  @Get()
  @Logged
  @Guarded({ tool: 'search', price: '1.00 USD' })
  search(): object {
    return {};
  }
}

class OverridingController extends ToolsController {
  @Get('search')
  override search(): object {
    return {};
  }
}

class OpenController extends ToolsController {
  @Get('search')
  @SkipTorii()
  override search(): object {
    return {};
  }
}

@Guarded({ tool: 'search', price: '1.00 USD' })
class WholeController extends OverridingController {}

describe('a handler in the place of a guarded one', () => {
  const start = (controller: Type): Promise<object> => {
    Controller()(controller);
    const imports = [ToriiModule.forRoot({ torii: at.torii })];
    return Test.createTestingModule({ imports, controllers: [controller] })
      .compile()
      .then((module) => module.init());
  };

  test.each([
    ['of a class that extends its own', OverridingController],
    ['of a decorator', HidingController],
  ])('%s does not start unguarded', async (_, controller) => {
    await expect(start(controller)).rejects.toThrow(
      `\`${controller.name}.search\` takes the place of a guarded handler; expected \`@Guarded\``,
    );
  });

  test.each([
    ['may be skipped', OpenController],
    ['may be guarded by its class', WholeController],
  ])('%s', async (_, controller) => {
    await expect(start(controller)).resolves.toBeDefined();
  });
});
