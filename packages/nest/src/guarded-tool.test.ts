import 'reflect-metadata';
import {
  applyDecorators,
  Inject,
  Injectable,
  Module,
  type Provider,
  Scope,
  SetMetadata,
  type Type,
} from '@nestjs/common';
import { ContextIdFactory } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { ToriiDeniedError } from '@torii/engine/doors';
import { OutcomeUnknownError } from '@torii/engine';
import { type Shop, shop } from './app.test-support.ts';
import { Guarded, GuardedTool, ToriiModule } from './index.ts';

/** What an agent's run has to say, as an application would keep it. */
const current: { token: string | undefined } = { token: undefined };
const identify = (): string | undefined => current.token;

let at: Shop;
let module: TestingModule | undefined;
let ran: unknown[] = [];

beforeEach(async () => {
  ran = [];
  at = await shop();
  current.token = await at.token();
});
afterEach(async () => {
  await module?.close();
  module = undefined;
  await at.close();
});

@Injectable()
class SearchService {
  readonly #found = 'found';

  @GuardedTool({
    tool: 'search',
    identify,
    price: (query: string, pages: number) => `${(query.length * pages) / 100} USD`,
    charged: ({ fee }: { fee: string }) => fee,
  })
  async search(query: string, pages: number): Promise<{ text: string; fee: string }> {
    ran.push([query, pages]);
    return { text: `${this.#found} ${query}`, fee: '0.02 USD' };
  }

  @GuardedTool({ tool: 'shop/delete', identify, price: '0 USD' })
  async remove(id: string): Promise<void> {
    ran.push(id);
  }

  @GuardedTool({
    tool: 'shop/delete',
    identify,
    price: '0 USD',
    onDenied: (answer, message) => `${answer.kind}: ${message.slice(0, 26)}`,
  })
  async gently(id: string): Promise<string> {
    return id;
  }

  @GuardedTool({ tool: 'shop/fail', identify, price: '1.00 USD' })
  async fail(error: { name: string }): Promise<void> {
    ran.push(error.name);
    throw error.name === 'unknown' ? new OutcomeUnknownError('the answer was lost') : new Error('closed');
  }

  @GuardedTool({ tool: 'shop/stream', identify, price: '1.00 USD', charged: (last: string) => last })
  async *stream(): AsyncGenerator<string, void, undefined> {
    yield '0.10 USD';
    yield '0.20 USD';
  }

  @GuardedTool({
    tool: 'publish',
    identify,
    price: '1.00 USD',
    id: (job: { id: string }) => job.id,
    arguments: () => null,
  })
  async publish(job: { id: string; again: () => void }): Promise<string> {
    return job.id;
  }

  @GuardedTool({ tool: 'shop/free', identify, price: '0 USD', skip: true })
  async free(): Promise<string> {
    return 'free';
  }

  @GuardedTool({
    tool: 'shop/delete',
    identify,
    price: '0 USD',
    skip: (how: string) => how === 'skipped',
    mode: (how: string) => (how === 'shadow' ? 'shadow' : 'enforce'),
  })
  async tried(how: string): Promise<string> {
    return how;
  }

  @GuardedTool({ tool: 'shop/marked', identify, price: '0 USD' })
  @SetMetadata('cron', 'daily')
  async marked(_now: string): Promise<void> {}
}

async function start(...providers: Provider[]): Promise<TestingModule> {
  @Module({ imports: [ToriiModule.forRoot({ torii: at.torii })], providers })
  class AppModule {}

  const started = await Test.createTestingModule({ imports: [AppModule] }).compile();
  await started.init();
  // One that did not start is not closed: Nest 11 would throw again what it did not start for.
  module = started;
  return started;
}

const service = async (): Promise<SearchService> => (await start(SearchService)).get(SearchService);

describe('a guarded method', () => {
  test('runs as itself, and costs what it said', async () => {
    const { text } = await (await service()).search('torii', 4);

    expect([text, ran, await at.money()]).toEqual([
      'found torii',
      [['torii', 4]],
      { spent: '0.02', held: '0.00' },
    ]);
  });

  test('does not run where policy denies it', async () => {
    const denied = await (await service()).remove('a1').catch((error: unknown) => error);

    expect(ToriiDeniedError.is(denied) && denied.denial).toMatchObject({
      kind: 'denied',
      code: 'TOOL_DENIED',
    });
    expect([ran, await at.count('call.denied')]).toEqual([[], 1]);
  });

  test.each`
    what           | token        | code
    ${'no token'}  | ${undefined} | ${'IDENTITY_MISSING'}
    ${'a bad one'} | ${'a.b.c'}   | ${'IDENTITY_INVALID'}
  `('with $what does not run: $code', async ({ token, code }) => {
    current.token = token;

    await expect((await service()).search('torii', 1)).rejects.toMatchObject({ denial: { code } });
    expect(ran).toEqual([]);
  });

  test('with a price that is none does not run', async () => {
    await expect((await service()).search('torii', Number.NaN)).rejects.toMatchObject({
      denial: { code: 'PRICE_UNKNOWN' },
    });
  });

  test('may answer itself where it may not run', async () => {
    expect(await (await service()).gently('a1')).toBe('denied: `shop/delete` did not run.');
  });

  test.each`
    error        | held
    ${'closed'}  | ${'0.00'}
    ${'unknown'} | ${'1.00'}
  `('that throws ($error) leaves $held held, and its error as it came', async ({ error, held }) => {
    await expect((await service()).fail({ name: error })).rejects.toThrow(/closed|lost/);
    expect(await at.money()).toEqual({ spent: '0.00', held });
  });

  test('that yields is charged by what it yielded last', async () => {
    const said: string[] = [];
    for await (const text of (await service()).stream()) said.push(text);

    expect([said, await at.money()]).toEqual([['0.10 USD', '0.20 USD'], { spent: '0.20', held: '0.00' }]);
  });

  test('waits for a person, and runs under the same id once they said yes', async () => {
    const tool = await service();
    const job = { id: 'job-7', again: () => undefined };

    await expect(tool.publish(job)).rejects.toMatchObject({ denial: { kind: 'waiting' } });
    await at.approveAll();

    expect(await tool.publish(job)).toBe('job-7');
  });

  test('that is skipped asks nobody', async () => {
    current.token = undefined;

    expect(await (await service()).free()).toBe('free');
  });

  test.each`
    how          | shadowed
    ${'skipped'} | ${0}
    ${'shadow'}  | ${1}
  `('runs although policy denies it where a call is $how', async ({ how, shadowed }) => {
    expect(await (await service()).tried(String(how))).toBe(how);
    expect(await at.count('call.shadowed')).toBe(shadowed);
  });

  test('does not run in doubt', async () => {
    await expect((await service()).tried('otherwise')).rejects.toThrow(ToriiDeniedError);
  });

  test('that hands on what another method yields is refused, for nobody could charge it', async () => {
    @Injectable()
    class Handing {
      @GuardedTool({ tool: 'search', price: '1.00 USD', identify: () => at.token() })
      handed(): AsyncGenerator<string, void, undefined> {
        return this.words();
      }

      async *words(): AsyncGenerator<string, void, undefined> {
        ran.push('words');
        yield 'one';
      }
    }
    const app = await start(Handing);

    await expect(app.get(Handing).handed()).rejects.toThrow(/`search`: expected `async \*`/);
    expect([ran, await at.settled()]).toEqual([[], { spent: '0.00', held: '0.00' }]);
  });

  test('keeps its name, its length and what other decorators said of it', async () => {
    const method: unknown = Object.getOwnPropertyDescriptor(SearchService.prototype, 'marked')?.value;

    expect(method).toEqual(expect.any(Function));
    expect([(method as object as { name: string }).name, (method as { length: number }).length]).toEqual([
      'marked',
      1,
    ]);
    expect(Reflect.getMetadata('cron', method as object)).toBe('daily');
  });
});

describe('every instance is guarded', () => {
  test.each([
    ['of a request', Scope.REQUEST],
    ['that is transient', Scope.TRANSIENT],
  ])('one %s', async (_, scope) => {
    @Injectable({ scope })
    class Scoped extends SearchService {}
    const app = await start(Scoped);
    const instance = await app.resolve(Scoped, ContextIdFactory.create());

    await expect(instance.remove('a1')).rejects.toThrow(ToriiDeniedError);
  });

  test('one that a factory made', async () => {
    const app = await start({ provide: SearchService, useFactory: () => new SearchService() });

    await expect(app.get(SearchService).remove('a1')).rejects.toThrow(ToriiDeniedError);
  });

  test('one that was made outside, and that the application was given', async () => {
    const app = await start({ provide: 'search', useValue: new SearchService() });

    await expect(app.get<SearchService>('search').remove('a1')).rejects.toThrow(ToriiDeniedError);
  });

  test('one that somebody took the method from before the application started', async () => {
    @Injectable()
    class Early {
      readonly remove: (id: string) => Promise<void>;
      constructor(@Inject(SearchService) tool: SearchService) {
        this.remove = tool.remove.bind(tool);
      }
    }
    const app = await start(SearchService, Early);

    await expect(app.get(Early).remove('a1')).rejects.toThrow(ToriiDeniedError);
  });

  test.each([
    ['without a class', Object.create(Object.create(null) as object) as object],
    ['that is a function', () => 'a function'],
    ['that is nothing', undefined],
  ])('beside a provider %s', async (_, useValue) => {
    const app = await start(SearchService, { provide: 'other', useValue });

    await expect(app.get(SearchService).remove('a1')).rejects.toThrow(ToriiDeniedError);
  });

  test.each([
    ['of a factory for each request', Scope.REQUEST],
    ['of a factory for each use', Scope.TRANSIENT],
  ])('and one %s runs nothing', async (_, scope) => {
    const app = await start({ provide: 'search', scope, useFactory: () => new SearchService() });
    const instance = await app.resolve<SearchService>('search', ContextIdFactory.create());

    await expect(instance.remove('a1')).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  });

  test('and one that a factory made has one module, or the application does not start', async () => {
    @Module({ providers: [{ provide: 'made', useFactory: () => new SearchService() }] })
    class OtherModule {}
    @Module({ imports: [ToriiModule.forRoot({ torii: at.torii }), OtherModule] })
    class FirstModule {}
    @Module({ imports: [ToriiModule.forRoot({ torii: at.torii }), FirstModule] })
    class AppModule {}
    const app = await Test.createTestingModule({ imports: [AppModule] }).compile();

    await expect(app.init()).rejects.toThrow(/`SearchService` is no class that Nest makes here/);
  });

  test('and one that Nest does not know runs nothing', async () => {
    await expect(new SearchService().remove('a1')).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
    expect(ran).toEqual([]);
  });
});

describe('the application does not start', () => {
  test('with a tool of which nobody says whose call it is', async () => {
    @Injectable()
    class Anonymous {
      @GuardedTool({ tool: 'search', price: '0 USD' })
      async search(): Promise<void> {}
    }

    await expect(start(Anonymous)).rejects.toThrow(/`Anonymous.search`: expected `identify`/);
  });

  test('without the module, and Nest says what is missing', async () => {
    @Injectable()
    class Lone {
      @GuardedTool({ tool: 'search', identify, price: '0 USD' })
      async search(): Promise<void> {}
    }

    await expect(Test.createTestingModule({ providers: [Lone] }).compile()).rejects.toThrow(
      /`ToriiModule.forRoot` provides/,
    );
  });

  const guarded = Guarded({ tool: 'search', price: '0 USD' });

  test.each([
    ['a method', [guarded], /`Plain.search`: expected `@GuardedTool`/],
    ['a job of a scheduler', [guarded, SetMetadata('SCHEDULE_CRON_OPTIONS', {})], /`Plain.search`: expected/],
    ['a class', [], /`Plain`: expected `@GuardedTool`/],
  ])('with `@Guarded` on %s that nothing is routed to', async (what, decorators, message) => {
    const plain = serviceWith(applyDecorators(...decorators));
    if (what === 'a class') guarded(plain);

    await expect(start(plain)).rejects.toThrow(message);
  });
});

function serviceWith(decorate: MethodDecorator): Type {
  @Injectable()
  class Plain {
    async search(): Promise<void> {}
  }
  decorate(Plain.prototype, 'search', Object.getOwnPropertyDescriptor(Plain.prototype, 'search') ?? {});
  return Plain;
}

test.each([
  [
    'an unknown option',
    { tool: 'search', price: '0 USD', prize: 1 },
    /`options.prize` of `search`: expected one of/,
  ],
  ['no price', { tool: 'search' }, /`options.price` of `search`/],
  ['a price below nothing', { tool: 'search', price: '-1 USD' }, /`options.price` of `search`/],
  ['an id that is no function', { tool: 'search', price: '0 USD', id: 'job' }, /`options.id` of `search`/],
])('%s is refused at once', (_, options, message) => {
  expect(() => GuardedTool(options as never)).toThrow(message);
});

test('a method is guarded once', () => {
  const decorate = GuardedTool({ tool: 'search', identify, price: '0 USD' });
  const descriptor = { value: async (): Promise<void> => undefined };
  decorate({}, 'search', descriptor);

  expect(() => decorate({}, 'search', descriptor)).toThrow(/guarded already/);
  expect(() => Guarded({ tool: 'search', price: '0 USD' })({}, 'search', descriptor)).toThrow(
    /guarded already/,
  );
});

test('a handler is no tool besides, which would be charged twice', () => {
  const descriptor = { value: async (): Promise<void> => undefined };
  Guarded({ tool: 'search', price: '0 USD' })({}, 'search', descriptor);

  expect(() => GuardedTool({ tool: 'search', identify, price: '0 USD' })({}, 'search', descriptor)).toThrow(
    /guarded already/,
  );
});

test('the module says whose calls those are whose decorator does not', async () => {
  @Injectable()
  class Anonymous {
    @GuardedTool({ tool: 'search', price: '0.01 USD' })
    async search(token: string): Promise<string> {
      return token.slice(0, 0);
    }
  }
  const asked: unknown[] = [];
  const tools = {
    identify: ([token]: readonly unknown[], tool: string) => (tool === 'search' ? String(token) : undefined),
    onDecision: ({ outcome }: { outcome: { kind: string } }) => void asked.push(outcome.kind),
  };
  const app = await Test.createTestingModule({
    imports: [ToriiModule.forRoot({ torii: at.torii, tools })],
    providers: [Anonymous],
  }).compile();
  await app.init();

  expect(await app.get(Anonymous).search(await at.token())).toBe('');
  expect(asked).toEqual(['done']);
  await app.close();
});
