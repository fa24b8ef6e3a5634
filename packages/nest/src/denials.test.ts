import 'reflect-metadata';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get, type INestApplication } from '@nestjs/common';
import { type Denial, denialCodes, type Engine, type Waiting } from '@torii/engine';
import { problemOf, send } from '@torii/engine/http';
import { platforms, serve, type Shop, shop } from './app.test-support.ts';
import { Guarded } from './index.ts';

/** What the engine answers next. */
let answer: Denial | Waiting;

const denials = denialCodes.flatMap((code) =>
  [undefined, 1_500].map((retryAfterMs): Denial => ({
    kind: 'denied',
    code,
    message: `no: \`${code}\``,
    reasons: [{ code, message: 'no – “because”', policy: 'research', clause: 'rates[0]' }],
    callId: 'call_1',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })),
);

@Controller()
class ToolsController {
  @Get('search')
  @Guarded({ tool: 'search', price: '1.00 USD', approvalsPath: '/approvals' })
  search(): void {}
}

/** What of an answer is the same behind every door. Frameworks add what belongs to them, among it the charset. */
async function told(url: string, headers: Record<string, string>): Promise<unknown> {
  const response = await fetch(`${url}/search`, { headers });
  const names = ['cache-control', 'x-content-type-options', 'retry-after', 'location', 'ratelimit'];
  return {
    status: response.status,
    type: response.headers.get('content-type')?.replace('; charset=utf-8', ''),
    headers: [...names, 'www-authenticate', 'x-policy-allowed'].map((name) => response.headers.get(name)),
    body: await response.text(),
  };
}

describe.each(platforms)('on $platform a denial is answered as everywhere', ({ adapter }) => {
  let at: Shop;
  let app: INestApplication;
  let url: string;
  let plain: Server;
  let plainUrl: string;

  beforeAll(async () => {
    at = await shop();
    const torii = Object.create(at.torii, { authorize: { value: async () => answer } }) as Engine;
    ({ app, url } = await serve(adapter(), { controllers: [ToolsController], options: { torii } }));
    plain = createServer(({ headers }, response) => {
      const hasIdempotencyKey = headers['idempotency-key'] !== undefined;
      send(response, problemOf(answer, { approvalsPath: '/approvals', hasIdempotencyKey }));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => plain.once('listening', resolve));
    plainUrl = `http://127.0.0.1:${(plain.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    plain.closeAllConnections();
    plain.close();
    await app.close();
    await at.close();
  });

  test.each(denials)('$code, after $retryAfterMs ms', async (denial) => {
    answer = denial;
    for (const headers of [{}, { 'idempotency-key': 'k-1' }])
      expect(await told(url, headers)).toEqual(await told(plainUrl, headers));
  });

  test.each([{}, { 'idempotency-key': 'k-1' }])('what waits for a person, asked with %j', async (headers) => {
    const asked = await at.torii.authorize({
      credential: await at.token(),
      framework: 'nest',
      tool: 'publish',
      price: '1.00 USD',
      arguments: headers,
    });
    if (asked.kind !== 'waiting') throw new Error(asked.kind);
    answer = asked;

    expect(await told(url, headers)).toEqual(await told(plainUrl, headers));
  });
});
