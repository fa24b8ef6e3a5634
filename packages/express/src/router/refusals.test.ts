import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { bearer, bodyOf, versions, world, type World } from '../world.test-support.ts';
import { toriiRouter } from './router.ts';

let at: World;
beforeEach(async () => {
  at = await world();
});
afterEach(() => at.close());

const json = { 'content-type': 'application/json' };

describe.each(versions)('the router in Express $version', ({ express: make }) => {
  const serve = (): Promise<string> => at.serve(make().use('/torii', toriiRouter(at.torii)));

  test.each`
    who           | status | code
    ${'nobody'}   | ${401} | ${'IDENTITY_MISSING'}
    ${'a forger'} | ${401} | ${'IDENTITY_INVALID'}
    ${'an agent'} | ${403} | ${'NOT_AN_APPROVER'}
  `(
    'a decision of $who is refused before any of it arrives',
    async ({ who, status, code }: { who: string; status: number; code: string }) => {
      const url = await serve();
      const token = who === 'an agent' ? await at.agentToken() : 'forged';
      const headers = { ...(who === 'nobody' ? {} : bearer(token)), ...json, 'transfer-encoding': 'chunked' };
      const client = httpRequest(`${url}/torii/approvals/apr_1/decision`, { method: 'POST', headers });
      client.on('error', () => undefined).flushHeaders();

      const [response] = (await once(client, 'response')) as [IncomingMessage];
      const [body] = (await once(response.setEncoding('utf8'), 'data')) as [string];
      client.destroy();

      expect([response.statusCode, JSON.parse(body)]).toEqual([
        status,
        expect.objectContaining({ status, code }),
      ]);
    },
  );

  test.each([
    ['?status='],
    ['?status=toString'],
    ['?status=pending&status=denied'],
    ['?status[]=pending'],
    ['?Status=pending'],
    ['?status=pending&agents=bot'],
    ['?limit=0'],
    ['?limit=101'],
    ['?limit=1e1'],
    ['?cursor=nonsense'],
    ['?=pending'],
    ['?agent'],
  ])('a list of approvals by `%s` is refused, not guessed', async (query) => {
    const url = await serve();

    const response = await fetch(`${url}/torii/approvals${query}`, {
      headers: bearer(await at.approverToken()),
    });

    expect([response.headers.get('content-type'), await bodyOf(response)]).toEqual([
      'application/problem+json',
      expect.objectContaining({ status: 400, code: 'QUERY_INVALID' }),
    ]);
  });

  test('an engine that is closed is 503 for everybody', async () => {
    const url = await serve();
    const headers = { ...bearer(await at.approverToken()), ...json };
    await at.torii.close();
    const post = { method: 'POST', headers, body: '{"decision":"deny","actionHash":"0"}' };

    const answers = await Promise.all([
      fetch(`${url}/torii/health`),
      fetch(`${url}/torii/authorization/status`, { headers: bearer(await at.agentToken()) }),
      fetch(`${url}/torii/approvals`, { headers }),
      fetch(`${url}/torii/approvals/apr_1`, { headers }),
      fetch(`${url}/torii/approvals/apr_1/decision`, post),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503]);
  });
});
