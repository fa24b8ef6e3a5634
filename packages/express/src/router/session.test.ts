import type { Request } from 'express';
import { bodyOf, world, type World } from '../world.test-support.ts';
import { asked, type Asked } from './asking.test-support.ts';
import { type RouterOptions, toriiRouter } from './router.ts';

let at: World;
beforeEach(async () => {
  at = await world();
});
afterEach(() => at.close());

/** The host's own session: a cookie that a browser sends along by itself. */
const session: NonNullable<RouterOptions['session']> = (request: Request) =>
  request.headers.cookie === 'user=ada' ? { id: 'ada@example.com' } : undefined;
const cookie = { cookie: 'user=ada' };
const json = 'application/json';

function vote({ actionHash }: Asked): string {
  return JSON.stringify({ decision: 'approve', actionHash });
}

test.each`
  from                                     | headers                                                                                    | status
  ${'a page of this host'}                 | ${{ 'content-type': json, 'sec-fetch-site': 'same-origin' }}                               | ${200}
  ${'the address bar or a tool'}           | ${{ 'content-type': json, 'sec-fetch-site': 'none' }}                                      | ${200}
  ${'an older browser, from this host'}    | ${{ 'content-type': json, origin: 'HOST' }}                                                | ${200}
  ${'a known origin'}                      | ${{ 'content-type': json, origin: 'https://app.example', 'sec-fetch-site': 'cross-site' }} | ${200}
  ${'another host of the same site'}       | ${{ 'content-type': json, 'sec-fetch-site': 'same-site' }}                                 | ${403}
  ${'another site'}                        | ${{ 'content-type': json, 'sec-fetch-site': 'cross-site' }}                                | ${403}
  ${'another origin'}                      | ${{ 'content-type': json, origin: 'https://evil.example' }}                                | ${403}
  ${'an origin that begins like this one'} | ${{ 'content-type': json, origin: 'HOST.evil.example' }}                                   | ${403}
  ${'a sandboxed frame'}                   | ${{ 'content-type': json, origin: 'null' }}                                                | ${403}
  ${'something that says nothing'}         | ${{ 'content-type': json }}                                                                | ${403}
  ${'a form of this host'}                 | ${{ 'content-type': 'text/plain', 'sec-fetch-site': 'same-origin' }}                       | ${403}
  ${'a form'}                              | ${{ 'content-type': 'application/x-www-form-urlencoded', origin: 'HOST' }}                 | ${403}
`('a change by session from $from is $status', async ({ headers, status }) => {
  const question = await asked(at, { session, origins: ['https://app.example'] });
  const named = Object.fromEntries(
    Object.entries(headers as Record<string, string>).map(([name, value]) => [
      name,
      value.replace('HOST', question.url),
    ]),
  );

  const response = await question.ask('POST', `/approvals/${question.id}/decision`, {
    body: vote(question),
    headers: { ...cookie, ...named },
  });

  expect([response.status, await at.count('approval.approved')]).toEqual([status, status === 200 ? 1 : 0]);
  if (status === 403) expect(await bodyOf(response)).toMatchObject({ code: 'REQUEST_FORGED' });
});

test('the vote of a session is recorded as one', async () => {
  const question = await asked(at, { session });

  const response = await question.ask('POST', `/approvals/${question.id}/decision`, {
    body: vote(question),
    headers: { ...cookie, 'sec-fetch-site': 'same-origin' },
  });

  expect(await bodyOf(response)).toMatchObject({ votes: [{ approver: 'ada@example.com', via: 'session' }] });
});

test('a token wins over a session, also one that proves nobody', async () => {
  const question = await asked(at, { session });
  const get = (token: string): Promise<Response> =>
    question.ask('GET', '/approvals', { token, headers: cookie });

  expect((await get('forged')).status).toBe(401);
  expect((await get(await at.agentToken())).status).toBe(403);
  expect((await question.ask('GET', '/approvals', { headers: cookie })).status).toBe(200);
  expect((await question.ask('GET', '/approvals')).status).toBe(401);
});

test('a token needs neither origin nor fetch metadata', async () => {
  const question = await asked(at, { session });

  const response = await question.ask('POST', `/approvals/${question.id}/decision`, {
    token: await at.approverToken(),
    body: vote(question),
    headers: { ...cookie, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  });

  expect(response.status).toBe(200);
});

test.each([
  ['that fails', () => Promise.reject(new Error('boom'))],
  ['that names nobody who could be one', () => ({ id: '' })],
  ['that names a role that there is not', () => ({ id: 'ada@example.com', roles: ['root'] }) as never],
])('a session %s ends in the error handlers', async (_, broken) => {
  const question = await asked(at, { session: broken });

  expect((await question.ask('GET', '/approvals')).status).toBe(500);
});

test.each([
  [{ session: 'cookie' }, 'options.session'],
  [{ origins: ['https://app.example/'] }, 'options.origins'],
  [{ origins: 'https://app.example' }, 'options.origins'],
  [{ sessions: () => undefined }, 'options.sessions'],
])('options %j are refused at once', (options, path) => {
  expect(() => toriiRouter(at.torii, options as never)).toThrow(path);
});
