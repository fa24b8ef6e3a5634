import 'reflect-metadata';
import {
  Controller,
  type INestApplication,
  InternalServerErrorException,
  Module,
  Post,
  UseGuards,
} from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { Clock } from '@torii/engine';
import { webhookHeaders, type WebhookPayload } from '@torii/engine/webhooks';
import { ToriiMessage, webhookGuard } from './index.ts';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const nowMs = Date.parse('2031-05-14T12:33:09Z');
const clock: Clock = { now: () => nowMs, after: () => () => undefined };

let told: (WebhookPayload | undefined)[] = [];
let failing = false;
let app: INestApplication | undefined;
beforeEach(() => {
  told = [];
  failing = false;
});
afterEach(() => app?.close());

@Controller('hooks')
class HooksController {
  @Post()
  @UseGuards(webhookGuard({ secrets: secret, clock }))
  receive(@ToriiMessage() message: WebhookPayload | undefined): object {
    if (failing) throw new InternalServerErrorException('not now');
    told.push(message);
    return { ok: true };
  }
}

@Module({ controllers: [HooksController] })
class HooksModule {}

const platforms = [
  { platform: 'Express', adapter: () => new ExpressAdapter() },
  { platform: 'Fastify', adapter: () => new FastifyAdapter() },
];

describe.each(platforms)('on the platform of $platform', ({ platform, adapter }) => {
  async function serve(rawBody = true): Promise<string> {
    const module = await Test.createTestingModule({ imports: [HooksModule] }).compile();
    app = module.createNestApplication(adapter(), { rawBody, logger: false });
    await app.listen(0, '127.0.0.1');
    return `${await app.getUrl()}/hooks`;
  }

  /** A message whose id no other test has: the memory of the guard is that of the class. */
  function message(id: string): { body: string; headers: Record<string, string> } {
    const unique = `msg_${platform}_${id}`;
    const body = JSON.stringify({
      id: unique,
      type: 'approval.created',
      event: 'approval.created',
      timestamp: '2031-05-14T12:33:09.000Z',
    });
    const signed = webhookHeaders({ id: unique, event: 'approval.created', body, atMs: nowMs }, [secret]);
    return { body, headers: { 'content-type': 'application/json', ...signed } };
  }

  const post = (url: string, sent: ReturnType<typeof message>): Promise<Response> =>
    fetch(url, { method: 'POST', ...sent });

  test('a genuine message reaches the handler once, and its repeat is answered 204', async () => {
    const url = await serve();
    const sent = message('once');

    const [first, second] = [await post(url, sent), await post(url, sent)];

    expect([first.status, second.status, await second.text()]).toEqual([201, 204, '']);
    expect(told).toEqual([expect.objectContaining({ id: `msg_${platform}_once`, type: 'approval.created' })]);
  });

  test.each`
    forgery                     | change
    ${'with another body'}      | ${{ body: '{"id":"x","type":"a","event":"a","timestamp":"t"}' }}
    ${'without its signatures'} | ${{ headers: { 'content-type': 'application/json' } }}
  `('a message $forgery is 401 and reaches nobody', async ({ forgery, change }) => {
    const url = await serve();

    const response = await post(url, { ...message(forgery), ...change });

    expect([response.status, await response.json()]).toEqual([
      401,
      expect.objectContaining({ code: 'WEBHOOK_REFUSED', status: 401 }),
    ]);
    expect(told).toEqual([]);
  });

  test('what a handler failed on is let in again', async () => {
    const url = await serve();
    const sent = message('again');
    failing = true;
    const failed = await post(url, sent);
    failing = false;

    const second = await post(url, sent);

    expect([failed.status, second.status, told.length]).toEqual([500, 201, 1]);
  });

  test('without `rawBody` nothing is let in', async () => {
    const url = await serve(false);

    const response = await post(url, message('parsed'));

    expect([response.status, told]).toEqual([500, []]);
  });

  test('a request without a body is 401', async () => {
    const url = await serve();

    expect((await fetch(url, { method: 'POST' })).status).toBe(401);
  });
});

test('a guard without a secret is refused at once', () => {
  expect(() => webhookGuard({ secrets: [] })).toThrow(/expected a webhook secret/);
});
