import type { Clock } from '@torii/engine';
import { memorySeen, type SeenMessages, webhookHeaders } from '@torii/engine/webhooks';
import type { ErrorRequestHandler, Express, RequestHandler } from 'express';
import { webhookOf, webhookReceiver } from './webhook-receiver.ts';
import { bodyOf, versions, world, type World } from './world.test-support.ts';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const nowMs = Date.parse('2031-05-14T12:33:09Z');
const clock: Clock = { now: () => nowMs, after: () => () => undefined };
const body =
  '{"id":"msg_1","type":"approval.created","event":"approval.created","timestamp":"2031-05-14T12:33:09.000Z"}';

let at: World;
let answers: number[] = [];
let told: unknown[] = [];
beforeEach(async () => {
  at = await world();
  [answers, told] = [[], []];
});
afterEach(() => at.close());

describe.each(versions)('a receiver in Express $version', ({ express: make }) => {
  /** A handler that answers the statuses in `answers`, then 204. */
  const receive: RequestHandler = (request, response) => {
    told.push(webhookOf(request)?.id);
    response.status(answers.shift() ?? 204).end();
  };

  async function serve(before: (app: Express) => void = () => undefined): Promise<string> {
    const app = make();
    before(app);
    app.post('/hooks', webhookReceiver({ secrets: secret, clock }), receive);
    return `${await at.serve(app)}/hooks`;
  }

  const post = (url: string, change: RequestInit = {}): Promise<Response> => {
    const headers = webhookHeaders({ id: 'msg_1', event: 'approval.created', body, atMs: nowMs }, [secret]);
    return fetch(url, { method: 'POST', headers, body, ...change });
  };

  test('a genuine message reaches its handler once, and its repeat is answered 204', async () => {
    const url = await serve();

    const statuses = [(await post(url)).status, (await post(url)).status];

    expect([statuses, told]).toEqual([[204, 204], ['msg_1']]);
  });

  test.each([[500], [400], [302]])('a handler that answers %d gets the message again', async (status) => {
    answers = [status];
    const url = await serve();

    const statuses = [
      (await post(url, { redirect: 'manual' })).status,
      (await post(url)).status,
      (await post(url)).status,
    ];

    expect([statuses, told]).toEqual([
      [status, 204, 204],
      ['msg_1', 'msg_1'],
    ]);
  });

  test('a sender who leaves while the memory is asked may send the message again', async () => {
    const seen = memorySeen({ clock });
    const leaving = new AbortController();
    let forgotten: () => void;
    const forget = new Promise<void>((resolve) => (forgotten = resolve));
    const slow: SeenMessages = {
      async add(id) {
        leaving.abort();
        await new Promise<void>((resolve) => left.push(resolve));
        return seen.add(id);
      },
      async remove(id) {
        await seen.remove(id);
        forgotten();
      },
    };
    const left: (() => void)[] = [];
    const app = make();
    app.use((_, response, next) => {
      response.once('close', () => left.shift()?.());
      next();
    });
    app.post('/hooks', webhookReceiver({ secrets: secret, clock, seen: slow }), receive);
    const url = `${await at.serve(app)}/hooks`;

    await expect(post(url, { signal: leaving.signal })).rejects.toThrow();
    await forget;

    expect(seen.add('msg_1')).toBe(true);
  });

  test.each`
    what              | change                                           | reason
    ${'other words'}  | ${{ body: body.replace('created', 'approved') }} | ${'signature'}
    ${'other spaces'} | ${{ body: `${body} ` }}                          | ${'signature'}
    ${'no signature'} | ${{ headers: {} }}                               | ${'unsigned'}
    ${'no body'}      | ${{ body: '' }}                                  | ${'signature'}
  `('a message with $what is 401 and reaches nobody', async ({ change, reason }) => {
    const url = await serve();

    const response = await post(url, change as RequestInit);

    expect([response.status, told]).toEqual([401, []]);
    expect(await bodyOf(response)).toMatchObject({
      code: 'WEBHOOK_REFUSED',
      detail: expect.stringContaining(`\`${reason as string}\``),
    });
  });

  test('a body that is too large is 413', async () => {
    const url = await serve();

    expect((await post(url, { body: 'x'.repeat(262_145) })).status).toBe(413);
  });

  const parsers: readonly [string, (app: Express) => unknown, number][] = [
    ['express.json', (app) => app.use(make.json()), 500],
    ['express.raw', (app) => app.use(make.raw({ type: '*/*' })), 204],
    ['express.text', (app) => app.use(make.text({ type: '*/*' })), 204],
  ];
  test.each(parsers)('behind %s a message is %p', async (_, before, status) => {
    const url = await serve((app) => void before(app));

    expect([(await post(url)).status, told.length]).toEqual([status, status === 204 ? 1 : 0]);
  });

  test('behind a parser it says what to do', async () => {
    let message = '';
    const app = make();
    app.use(make.json()).post('/hooks', webhookReceiver({ secrets: secret, clock }), receive);
    app.use(((error: Error, _request, response, _next) => {
      message = error.message;
      response.status(500).end();
    }) satisfies ErrorRequestHandler);
    await post(`${await at.serve(app)}/hooks`);

    expect(message).toContain('expected `webhookReceiver` before `express.json()`');
  });
});

test('a receiver without a secret is refused at once', () => {
  expect(() => webhookReceiver({ secrets: [] })).toThrow(/expected a webhook secret/);
});
