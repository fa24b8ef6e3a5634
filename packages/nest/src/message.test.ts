import 'reflect-metadata';
import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  ForbiddenException,
  Injectable,
  type INestApplicationContext,
  Module,
  type NestInterceptor,
  type Type,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { ExternalContextCreator } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { OutcomeUnknownError } from '@torii/engine';
import { concat, NEVER, type Observable, of, retry, take } from 'rxjs';
import { type Shop, shop, until } from './app.test-support.ts';
import { currentCall, Guarded, SkipTorii, ToriiDeniedException, ToriiGuard, ToriiModule } from './index.ts';

/** What the message of these tests carries. */
interface Message {
  readonly token?: string | undefined;
  readonly cents?: number;
}

/** The token is no part of what is asked for. */
const paid = {
  tool: 'search',
  price: ({ cents = 100 }: Message) => `${(cents / 100).toFixed(2)} USD`,
  arguments: ({ cents = 100 }: Message) => ({ cents }),
};

@Injectable()
class Refusing implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException('not on Mondays');
  }
}

/** Has heard enough after the first value. */
@Injectable()
class First implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(take(1));
  }
}

/** Has its own idea of what a call is. */
class Everything extends ToriiGuard {
  protected override optionsOf(): ReturnType<ToriiGuard['optionsOf']> {
    return { ...this.handlers.options, tool: 'search', price: '1.00 USD', arguments: () => ({}) } as never;
  }
}

/** Tries again what failed. */
@Injectable()
class Insisting implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(retry(1));
  }
}

@Catch(ToriiDeniedException)
class Telling implements ExceptionFilter<ToriiDeniedException> {
  catch(exception: ToriiDeniedException, _host: ArgumentsHost): object {
    return { told: exception.answer.kind };
  }
}

let asked: string[] = [];

/** What a transport of Nest says of its handlers: it finds them by metadata of its own. */
function Routed(target: Type): void {
  for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(target.prototype)))
    if (key !== 'constructor') Reflect.defineMetadata('message', key, value as object);
}

@Injectable()
@Routed
class Handlers {
  @Guarded({ ...paid, charged: ({ fee }: { fee: string }) => fee })
  async answers(): Promise<object> {
    return { agent: currentCall()?.call.principal.agent, fee: '0.25 USD' };
  }

  @Guarded(paid)
  async fails(): Promise<never> {
    throw new Error('closed');
  }

  @Guarded(paid)
  async failsPaid(): Promise<never> {
    currentCall()?.charge('0.30 USD');
    throw new Error('closed');
  }

  @Guarded(paid)
  async unknown(): Promise<never> {
    throw new OutcomeUnknownError('the answer was lost');
  }

  @Guarded(paid)
  async suspended(): Promise<string> {
    currentCall()?.suspend('the bank does not answer');
    return 'perhaps';
  }

  @Guarded({ ...paid, charged: () => 'much' })
  async uncounted(): Promise<string> {
    return 'done';
  }

  @Guarded({ ...paid, charged: (last: string) => last })
  values(): Observable<string> {
    return of('0.10 USD', '0.20 USD');
  }

  @Guarded({ ...paid, charged: (last: string) => last })
  @UseInterceptors(First)
  endless(): Observable<string> {
    return concat(of('0.10 USD'), NEVER);
  }

  @UseGuards(Everything)
  async unsaid(): Promise<void> {
    asked.push('ran');
  }

  @Guarded({ ...paid, price: '4.00 USD' })
  @UseInterceptors(Insisting)
  async triedAgain(): Promise<never> {
    const call = currentCall();
    asked.push(call?.callId ?? 'unguarded');
    call?.charge('4.00 USD');
    throw new Error('closed');
  }

  @Guarded(paid)
  async plain(): Promise<string> {
    return 'done';
  }

  @Guarded(paid)
  @UseGuards(Refusing)
  async refusedBefore(): Promise<void> {}

  @UseGuards(Refusing)
  @Guarded(paid)
  async refusedLater(): Promise<void> {}

  @Guarded({ ...paid, tool: 'publish' })
  async publish(): Promise<string> {
    return 'published';
  }

  @Guarded({ ...paid, tool: 'publish', waitMs: 60_000 })
  async publishLater(): Promise<string> {
    return 'published';
  }

  @Guarded({ ...paid, tool: 'shop/delete' })
  @UseFilters(Telling)
  async removes(): Promise<void> {}

  @Guarded({
    ...paid,
    tool: 'shop/delete',
    mode: ({ cents }: Message) => (cents === 7 ? 'shadow' : 'enforce'),
  })
  async tried(): Promise<string> {
    return 'tried';
  }

  @Guarded({ ...paid, skip: ({ cents }: Message) => cents === 0 })
  async skipped(): Promise<boolean> {
    return currentCall() === undefined;
  }

  @Guarded(paid)
  @SkipTorii()
  async open(): Promise<boolean> {
    return currentCall() === undefined;
  }
}

@Injectable()
@Routed
@Guarded({ ...paid, tool: 'shop/list' })
class WholeHandlers {
  @Guarded(paid)
  async own(): Promise<unknown> {
    return currentCall()?.call.tool;
  }

  async inherited(): Promise<unknown> {
    return currentCall()?.call.tool;
  }
}

type Name = keyof Handlers;

/** How each transport hands a message over, and what it calls itself. */
const transports = [
  { transport: 'rpc', argsOf: (message: Message) => [message, {}] },
  { transport: 'ws', argsOf: (message: Message) => [{ client: true }, message, 'pattern'] },
  { transport: 'graphql', argsOf: (message: Message) => [undefined, message, { req: {} }, { field: 'x' }] },
];

describe.each(transports)('over $transport', ({ transport, argsOf }) => {
  let at: Shop;
  let app: INestApplicationContext;

  beforeEach(async () => {
    asked = [];
    at = await shop();

    @Module({
      imports: [
        ToriiModule.forRootAsync({
          useFactory: () => ({
            torii: at.torii,
            identify: (message: object) => (message as Message).token,
            onDecision: (_message: object, { kind }: { kind: string }) => void asked.push(kind),
          }),
        }),
      ],
      providers: [Handlers, WholeHandlers],
    })
    class AppModule {}

    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    module.useLogger(false);
    app = await module.init();
  });
  afterEach(async () => {
    await app.close();
    await at.close();
  });

  /** Calls a handler as a transport does: with its guards, interceptors, pipes and filters. */
  function call(name: Name, message: Message = {}): Promise<unknown> {
    return route(app.get(Handlers), name, message);
  }

  async function route<T extends object>(
    handlers: T,
    name: keyof T & string,
    message: Message = {},
  ): Promise<unknown> {
    const method = handlers[name] as (...args: unknown[]) => unknown;
    const routed = app
      .get(ExternalContextCreator, { strict: false })
      .create(handlers, method, name, undefined, undefined, undefined, undefined, undefined, transport);
    const token = 'token' in message ? message.token : await at.token();
    return routed(...argsOf({ ...message, token })) as Promise<unknown>;
  }

  test.each`
    name           | outcome                  | spent     | held
    ${'answers'}   | ${/"fee":"0.25 USD"/}    | ${'0.25'} | ${'0.00'}
    ${'fails'}     | ${/closed/}              | ${'0.00'} | ${'0.00'}
    ${'failsPaid'} | ${/closed/}              | ${'0.30'} | ${'0.00'}
    ${'unknown'}   | ${/the answer was lost/} | ${'0.00'} | ${'1.00'}
    ${'suspended'} | ${/perhaps/}             | ${'0.00'} | ${'1.00'}
    ${'uncounted'} | ${/done/}                | ${'0.00'} | ${'1.00'}
    ${'values'}    | ${/0.20 USD/}            | ${'0.20'} | ${'0.00'}
    ${'endless'}   | ${/0.10 USD/}            | ${'1.00'} | ${'0.00'}
  `('$name ends as $outcome, has spent $spent and holds $held', async ({ name, outcome, spent, held }) => {
    const answer = await call(name as Name).catch(String);

    expect(JSON.stringify(answer)).toMatch(outcome);
    expect(await at.settled()).toEqual({ spent, held });
    expect(asked).toEqual(['allowed']);
  });

  test.each`
    what              | name         | message                 | code
    ${'no token'}     | ${'answers'} | ${{ token: undefined }} | ${'IDENTITY_MISSING'}
    ${'a bad one'}    | ${'answers'} | ${{ token: 'a.b.c' }}   | ${'IDENTITY_INVALID'}
    ${'a high price'} | ${'answers'} | ${{ cents: 501 }}       | ${'PRICE_ABOVE_CAP'}
  `('with $what is denied: $code', async ({ name, message, code }) => {
    const denied = await call(name as Name, message as Message).catch((error: unknown) => error);

    expect(ToriiDeniedException.is(denied) && denied.getResponse()).toMatchObject({ code });
    expect([asked, await at.count('call.reserved')]).toEqual([['denied'], 0]);
  });

  test('once a budget is spent nothing starts', async () => {
    await Promise.all([call('plain', { cents: 500 }), call('plain', { cents: 499 })]);

    await expect(call('plain', { cents: 100 })).rejects.toMatchObject({
      answer: { code: 'BUDGET_EXCEEDED' },
    });
    expect(asked).toEqual(['allowed', 'allowed', 'denied']);
  });

  test('a guard of its own cannot make a call of a handler that nothing would charge', async () => {
    await expect(call('unsaid')).rejects.toThrow(/`unsaid`: expected `@Guarded`/);
    expect(asked).toEqual([]);
  });

  test('what an interceptor tries again is another call', async () => {
    await expect(call('triedAgain')).rejects.toThrow('closed');

    expect(asked).toEqual([
      'allowed',
      expect.stringMatching(/^call_/),
      'allowed',
      expect.stringMatching(/^call_/),
    ]);
    expect(new Set(asked).size).toBe(3);
    expect(await at.settled()).toEqual({ spent: '8.00', held: '0.00' });
  });

  test.each(['refusedBefore', 'refusedLater'] as const)('%s by another guard holds nothing', async (name) => {
    await expect(call(name)).rejects.toThrow('not on Mondays');
    expect(await at.count('call.reserved')).toBe(0);
  });

  test('a person is asked, and the same message runs once they said yes', async () => {
    await expect(call('publish')).rejects.toMatchObject({ answer: { kind: 'waiting' } });
    await at.approveAll();

    expect(await call('publish')).toBe('published');
    expect(await at.settled()).toEqual({ spent: '1.00', held: '0.00' });
  });

  test('a message waits for people as long as its options say', async () => {
    const said = call('publishLater');
    await until(async () => (await at.count('approval.created')) === 1);
    await at.approveAll();

    expect(await said).toBe('published');
  });

  test.each`
    name           | tool
    ${'own'}       | ${'search'}
    ${'inherited'} | ${'shop/list'}
  `('of a guarded class $name is one call of $tool', async ({ name, tool }) => {
    expect(await route(app.get(WholeHandlers), name as keyof WholeHandlers)).toBe(tool);
    expect(await at.settled()).toEqual({ spent: '1.00', held: '0.00' });
    expect(asked).toEqual(['allowed']);
  });

  test('in shadow what policy denies runs, and is recorded', async () => {
    await expect(call('tried')).rejects.toMatchObject({ answer: { code: 'TOOL_DENIED' } });

    expect([await call('tried', { cents: 7 }), await at.count('call.shadowed')]).toEqual(['tried', 1]);
  });

  test('a filter of the application answers a denial', async () => {
    expect(await call('removes')).toEqual({ told: 'denied' });
  });

  test.each`
    name         | cents
    ${'skipped'} | ${0}
    ${'open'}    | ${100}
  `('$name runs unguarded', async ({ name, cents }) => {
    expect(await call(name as Name, { cents })).toBe(true);
    expect(await at.count('call.reserved')).toBe(0);
  });
});
