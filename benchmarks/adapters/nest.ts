import 'reflect-metadata';
import { Body, Controller, HttpCode, type INestApplication, Module, Post, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { Guarded, ToriiModule } from '@torii/nest';
import { hitsFor, type Sites } from './servers.ts';
import { type Gate, paid } from '../gate.ts';

@Controller()
class BareController {
  @Post('search')
  @HttpCode(200)
  search(@Body('query') query: unknown): object {
    return hitsFor(query);
  }
}

@Controller()
class GuardedController {
  @Guarded(paid)
  @Post('search')
  @HttpCode(200)
  search(@Body('query') query: unknown): object {
    return hitsFor(query);
  }
}

/** The route of the Express sites, as a controller of Nest on its Express platform. */
export async function nestSites({ torii }: Gate): Promise<Sites> {
  @Module({ controllers: [BareController] })
  class BareModule {}

  @Module({ imports: [ToriiModule.forRoot({ torii })], controllers: [GuardedController] })
  class GuardedModule {}

  const bare = await listening(BareModule);
  const guarded = await listening(GuardedModule);
  return {
    name: 'nest, on express',
    by: 'door',
    bare: await portOf(bare),
    guarded: await portOf(guarded),
    async close() {
      await Promise.all([bare.close(), guarded.close()]);
    },
  };
}

async function listening(module: Type): Promise<INestApplication> {
  const app = await NestFactory.create(module, new ExpressAdapter(), {
    logger: false,
    forceCloseConnections: true,
  });
  return app.listen(0, '127.0.0.1').then(() => app);
}

async function portOf(app: INestApplication): Promise<number> {
  return Number(new URL(await app.getUrl()).port);
}
