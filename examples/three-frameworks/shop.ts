import 'reflect-metadata';
import { Controller, Module, Param, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Engine } from '@torii/engine';
import { CurrentAgent, Guarded, ToriiModule } from '@torii/nest';
import { PRICE } from './office.ts';

let orders = 0;

@Controller('orders')
class Orders {
  @Post(':item')
  @Guarded({ tool: 'order', price: PRICE })
  place(@Param('item') item: string, @CurrentAgent() by: { readonly agent: string }): object {
    return { order: ++orders, item, by: by.agent };
  }
}

/** A shop of Nest on a free port: where it is, and how to close it. */
export async function openShop(torii: Engine): Promise<{ url: string; close: () => Promise<void> }> {
  @Module({ imports: [ToriiModule.forRoot({ torii })], controllers: [Orders] })
  class Shop {}

  const app = await NestFactory.create(Shop, { logger: false });
  await app.listen(0, '127.0.0.1');
  return { url: await app.getUrl(), close: () => app.close() };
}

/** How many orders the shop took. */
export function ordersTaken(): number {
  return orders;
}
