// Compiled, never run: what the decorators accept, and what they refuse.
import { Controller, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { FastifyRequest } from 'fastify';
import { Guarded, GuardedTool, ToriiModule, type ToriiModuleOptions } from './index.ts';

declare const options: ToriiModuleOptions;

ToriiModule.forRoot({ ...options, isGlobal: false });
ToriiModule.forRootAsync({ useFactory: async () => options });
// @ts-expect-error An engine is required.
ToriiModule.forRoot({});

const identify = (): string => 'token';

@Controller()
@Guarded({ tool: 'list', price: '0 USD' })
export class Handlers {
  @Guarded({ tool: 'search', price: ({ headers }) => headers['x-price']?.toString() })
  any(): void {}

  @Guarded({ tool: 'search', price: (request: Request) => `${request.hostname.length} USD` })
  ofExpress(): void {}

  @Guarded({ tool: 'search', price: (request: FastifyRequest) => String(request.id) })
  ofFastify(): void {}

  @Guarded({ tool: 'search', price: '1 USD', charged: ({ fee }: { fee: string }) => fee })
  charged(): object {
    return { fee: '0.10 USD' };
  }

  // @ts-expect-error A price is required.
  @Guarded({ tool: 'search' })
  free(): void {}

  // @ts-expect-error Effects are a closed list.
  @Guarded({ tool: 'search', price: '0 USD', effect: 'harmless' })
  harmless(): void {}
}

@Injectable()
export class Tools {
  @GuardedTool({ tool: 'search', identify, price: (query: string) => `${query.length} USD` })
  async shorter(query: string, _pages: number): Promise<string> {
    return query;
  }

  @GuardedTool({ tool: 'search', identify, price: '1 USD', charged: (last: string) => last })
  async *yields(): AsyncGenerator<string, void, undefined> {
    yield '1 USD';
  }

  // @ts-expect-error The price is asked with a number, and the method is called with a string.
  @GuardedTool({ tool: 'search', identify, price: (query: number) => `${query} USD` })
  async otherArgument(query: string): Promise<string> {
    return query;
  }

  // @ts-expect-error The method answers no fee.
  @GuardedTool({ tool: 'search', identify, price: '1 USD', charged: ({ fee }: { fee: string }) => fee })
  async otherOutput(query: string): Promise<string> {
    return query;
  }

  // @ts-expect-error Whoever asks Torii has to wait for its answer.
  @GuardedTool({ tool: 'search', identify, price: '1 USD' })
  waitsForNobody(query: string): string {
    return query;
  }
}
