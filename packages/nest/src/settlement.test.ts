import 'reflect-metadata';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';
import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  ForbiddenException,
  Get,
  type CallHandler,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
  RequestTimeoutException,
  Res,
  Sse,
  StreamableFile,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { OutcomeUnknownError } from '@torii/engine';
import type { ToriiCall } from '@torii/engine/http';
import { concat, map, NEVER, type Observable, of, race, throwError } from 'rxjs';
import { answerOf, platforms, serve, type Shop, shop, until } from './app.test-support.ts';
import { CurrentCall, Guarded, ToriiDeniedException } from './index.ts';

/** What an application answers for its own errors: as if nothing had happened. */
@Catch()
class Soothing implements ExceptionFilter {
  catch(_: unknown, host: ArgumentsHost): void {
    const response = host
      .switchToHttp()
      .getResponse<{ status(code: number): { send(body: object): void } }>();
    response.status(200).send({ soothed: true });
  }
}

/** Says in its own words what was denied. */
@Catch(ToriiDeniedException)
class Renaming implements ExceptionFilter<ToriiDeniedException> {
  catch(exception: ToriiDeniedException, host: ArgumentsHost): void {
    const response = host
      .switchToHttp()
      .getResponse<{ status(code: number): { send(body: object): void } }>();
    response.status(exception.getStatus()).send({ why: exception.answer.kind });
  }
}

class Refusing {
  canActivate(): boolean {
    throw new ForbiddenException('not on Mondays');
  }
}

let giveUp: (() => void) | undefined;

/** Answers for a handler that is at work for too long. */
class Impatient implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    const late = new Promise<never>((_, reject) => (giveUp = () => reject(new RequestTimeoutException())));
    return race(next.handle(), late);
  }
}

/** Answers without the handler. */
class Cached implements NestInterceptor {
  intercept(): Observable<unknown> {
    return of({ cached: true });
  }
}

/** Answers that it failed, whatever the handler said. */
class Mapping implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      map(() => {
        throw new ForbiddenException('not for you');
      }),
    );
  }
}

const paid = { tool: 'search', price: '1.00 USD' };
const charged = (): string => '0.30 USD';
let running: (() => void) | undefined;
let finish: (() => void) | undefined;

@Controller()
class EndsController {
  @Get('fails')
  @Guarded(paid)
  fails(): void {
    throw new Error('closed');
  }

  @Get('unknown')
  @Guarded(paid)
  unknown(): void {
    throw new OutcomeUnknownError('the answer was lost');
  }

  @Get('aborted')
  @Guarded(paid)
  aborted(): Observable<never> {
    return throwError(() => new DOMException('too slow', 'AbortError'));
  }

  @Get('soothed')
  @UseFilters(Soothing)
  @Guarded({ ...paid, charged })
  soothed(): void {
    throw new Error('closed');
  }

  @Get('spent')
  @Guarded(paid)
  spent(@CurrentCall() call: ToriiCall): void {
    call.charge('0.20 USD');
    throw new Error('closed');
  }

  @Get('suspended')
  @Guarded(paid)
  suspended(@CurrentCall() call: ToriiCall): object {
    call.suspend('the bank does not answer');
    return {};
  }

  @Get('refused')
  @Guarded(paid)
  @UseGuards(Refusing)
  refusedBefore(): void {}

  @Get('refused-later')
  @UseGuards(Refusing)
  @Guarded(paid)
  refusedLater(): void {}

  @Get('own')
  @Guarded({ ...paid, charged })
  own(@Res() response: { status(code: number): { send(body: object): void } }): void {
    response.status(200).send({ own: true });
  }

  @Get('file')
  @Guarded({ ...paid, charged })
  file(): StreamableFile {
    return new StreamableFile(Readable.from(['one', 'two'], { objectMode: false }));
  }

  @Get('values')
  @Guarded({ ...paid, charged: (last: string) => last })
  values(): Observable<string> {
    return of('0.10 USD', '0.20 USD');
  }

  @Sse('events')
  @Guarded({ ...paid, charged: ({ data }: { data: string }) => data })
  events(): Observable<{ data: string }> {
    return of('0.10 USD', '0.40 USD').pipe(map((data) => ({ data })));
  }

  @Sse('endless')
  @Guarded({ ...paid, charged })
  endless(): Observable<{ data: string }> {
    return concat(of({ data: 'begun' }), NEVER);
  }

  @Get('slow')
  @Guarded({ ...paid, charged })
  async slow(): Promise<object> {
    running?.();
    await new Promise<void>((resolve) => (finish = resolve));
    return {};
  }

  @Get('timed-out')
  @Guarded({ ...paid, charged })
  @UseInterceptors(Impatient)
  async timedOut(): Promise<object> {
    giveUp?.();
    await new Promise<void>((resolve) => (finish = resolve));
    return {};
  }

  @Get('timed-out-paid')
  @Guarded({ ...paid, charged })
  @UseInterceptors(Impatient)
  async timedOutPaid(@CurrentCall() call: ToriiCall): Promise<object> {
    call.charge('0.20 USD');
    giveUp?.();
    await new Promise<void>((resolve) => (finish = resolve));
    return {};
  }

  @Get('mapped')
  @Guarded({ ...paid, charged })
  @UseInterceptors(Mapping)
  async mapped(): Promise<object> {
    return {};
  }

  @Get('cached')
  @Guarded({ ...paid, charged })
  @UseInterceptors(Cached)
  cached(): void {}

  @Get('answered-early')
  @Guarded({ ...paid, charged })
  async answeredEarly(
    @Res() response: { status(code: number): { send(body: object): void } },
  ): Promise<void> {
    response.status(503).send({ late: true });
    await new Promise<void>((resolve) => (finish = resolve));
  }

  @Get('answered-last')
  @Guarded({ ...paid, charged })
  async answeredLast(@Res() response: { status(code: number): { send(body: object): void } }): Promise<void> {
    await new Promise<void>((resolve) => {
      setImmediate(() => {
        response.status(503).send({ late: false });
        resolve();
      });
    });
  }

  @Get('denied')
  @Guarded({ tool: 'shop/delete', price: '0 USD' })
  @UseFilters(Renaming)
  denied(): void {}

  @Get('instead')
  @Guarded({
    tool: 'shop/delete',
    price: '0 USD',
    onDenied: (answer) => new ForbiddenException(`no: ${answer.kind}`),
  })
  instead(): void {}

  @Get('succeeds')
  @Guarded({ ...paid, succeeded: () => false })
  succeeds(): object {
    return {};
  }
}

describe.each(platforms)('on $platform', ({ adapter }) => {
  let at: Shop;
  let app: INestApplication;
  let url: string;

  beforeEach(async () => {
    at = await shop();
    ({ app, url } = await serve(adapter(), {
      controllers: [EndsController],
      options: { torii: at.torii },
    }));
  });
  afterEach(async () => {
    await app.close();
    await at.close();
  });

  const headers = async (): Promise<{ authorization: string }> => ({
    authorization: `Bearer ${await at.token()}`,
  });
  const get = async (path: string): Promise<Response> =>
    fetch(`${url}/${path}`, { headers: await headers() });

  /** Asks, and hangs up when it is told to. */
  async function leaving(path: string): Promise<() => void> {
    const asked = request(`${url}/${path}`, { headers: await headers() });
    asked.on('error', () => undefined).end();
    return () => void asked.destroy();
  }

  test.each`
    path                | status | spent     | held
    ${'fails'}          | ${500} | ${'0.00'} | ${'0.00'}
    ${'unknown'}        | ${500} | ${'0.00'} | ${'1.00'}
    ${'aborted'}        | ${500} | ${'0.00'} | ${'1.00'}
    ${'soothed'}        | ${200} | ${'1.00'} | ${'0.00'}
    ${'spent'}          | ${500} | ${'0.20'} | ${'0.00'}
    ${'suspended'}      | ${200} | ${'0.00'} | ${'1.00'}
    ${'refused'}        | ${403} | ${'0.00'} | ${'0.00'}
    ${'refused-later'}  | ${403} | ${'0.00'} | ${'0.00'}
    ${'own'}            | ${200} | ${'0.30'} | ${'0.00'}
    ${'file'}           | ${200} | ${'0.30'} | ${'0.00'}
    ${'values'}         | ${200} | ${'0.20'} | ${'0.00'}
    ${'events'}         | ${200} | ${'0.40'} | ${'0.00'}
    ${'succeeds'}       | ${200} | ${'0.00'} | ${'0.00'}
    ${'timed-out'}      | ${408} | ${'1.00'} | ${'0.00'}
    ${'timed-out-paid'} | ${408} | ${'0.20'} | ${'0.00'}
    ${'answered-early'} | ${503} | ${'1.00'} | ${'0.00'}
    ${'answered-last'}  | ${503} | ${'0.00'} | ${'0.00'}
    ${'mapped'}         | ${403} | ${'0.00'} | ${'0.00'}
    ${'cached'}         | ${200} | ${'1.00'} | ${'0.00'}
  `('$path answers $status, has spent $spent and holds $held', async ({ path, status, spent, held }) => {
    const response = await get(path);
    await response.text();

    expect(response.status).toBe(status);
    expect(await at.settled()).toEqual({ spent, held });
    finish?.();
  });

  test('a guard that refuses before Torii is asked leaves no call behind', async () => {
    await get('refused');

    expect(await at.count('call.reserved')).toBe(0);
  });

  test('a client that leaves while the handler runs pays the price', async () => {
    const begun = new Promise<void>((resolve) => (running = resolve));
    const leave = await leaving('slow');
    await begun;

    leave();

    expect(await at.settled()).toEqual({ spent: '1.00', held: '0.00' });
    finish?.();
  });

  test('a client that leaves a stream of events pays the price', async () => {
    const asked = request(`${url}/endless`, { headers: await headers() });
    asked.on('error', () => undefined).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    await once(response, 'data');

    asked.destroy();

    expect(await at.settled()).toEqual({ spent: '1.00', held: '0.00' });
  });

  test('a filter of the application answers a denial in its own words', async () => {
    const { status, body } = await answerOf(await get('denied'));

    expect([status, body]).toEqual([403, { why: 'denied' }]);
  });

  test('`onDenied` says what is thrown instead', async () => {
    const { status, body } = await answerOf(await get('instead'));

    expect([status, body['message']]).toEqual([403, 'no: denied']);
  });
});

describe.each(platforms)('waiting on $platform', ({ adapter }) => {
  @Controller()
  class PublishController {
    @Get('publish')
    @Guarded({ tool: 'publish', price: '1.00 USD', waitMs: 60_000 })
    publish(): object {
      return { done: true };
    }
  }

  test('a call waits for people, and is answered once they said yes', async () => {
    const at = await shop();
    const { app, url } = await serve(adapter(), {
      controllers: [PublishController],
      options: { torii: at.torii },
    });
    const asked = fetch(`${url}/publish`, { headers: { authorization: `Bearer ${await at.token()}` } });
    await until(async () => (await at.count('approval.created')) === 1);

    await at.approveAll();

    expect(await answerOf(await asked)).toMatchObject({ status: 200, body: { done: true } });
    expect(await at.settled()).toEqual({ spent: '1.00', held: '0.00' });
    await app.close();
    await at.close();
  });
});
