import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fakeClock } from '@torii/engine/testing';
import { bodyOf, world, type World } from '../world.test-support.ts';
import { asked } from './asking.test-support.ts';

const fixed = { id: 'ops', url: 'https://hooks.example/fixed', secret: 's'.repeat(24) };

let at: World;
let admin: string;
let auditor: string;
beforeEach(async () => {
  at = await world({ webhooks: [fixed], egress: { allow: ['127.0.0.1'] } });
  admin = await at.approverToken('anna@example.com', ['admin']);
  auditor = await at.approverToken('audrey@example.com', ['auditor']);
});
afterEach(() => at.close());

const endpoint = { id: 'mine', url: 'https://hooks.example/in?token=secret', events: ['approval.created'] };

test('an admin makes an endpoint and is told its secret once', async () => {
  const { ask } = await asked(at);

  const made = await ask('POST', '/webhooks/endpoints', { token: admin, body: endpoint });
  const changed = await ask('POST', '/webhooks/endpoints', { token: admin, body: endpoint });

  expect([made.status, await bodyOf(made)]).toEqual([
    201,
    {
      endpoint: { ...endpoint, host: 'hooks.example', fixed: false, state: 'active' },
      secret: expect.stringMatching(/^whsec_/),
    },
  ]);
  expect([changed.status, (await bodyOf(changed))['secret']]).toEqual([200, null]);
});

test('a change is written down under the name of the person, whatever the request says', async () => {
  const { ask } = await asked(at);

  await ask('POST', '/webhooks/endpoints', { token: admin, body: { ...endpoint, note: 'for billing' } });

  const [entry] = await at.torii.journal.entries({ types: ['webhook.endpoint_saved'] });
  expect(entry?.facts).toMatchObject({ author: 'anna@example.com', note: 'for billing' });
  expect(JSON.stringify(entry)).not.toMatch(/token=secret|whsec_/);
});

test('an auditor sees the hosts of endpoints, an admin where they lead', async () => {
  const { ask } = await asked(at);
  await ask('POST', '/webhooks/endpoints', { token: admin, body: endpoint });

  const [seen, known] = await Promise.all(
    [auditor, admin].map(async (token) => {
      const { endpoints } = await bodyOf(await ask('GET', '/webhooks/endpoints', { token }));
      return endpoints as readonly { id: string; host: string; url?: string; fixed: boolean }[];
    }),
  );

  expect(seen?.map(({ id, host, url }) => [id, host, url])).toEqual([
    ['mine', 'hooks.example', undefined],
    ['ops', 'hooks.example', undefined],
  ]);
  expect(known?.map(({ url }) => url)).toEqual([endpoint.url, fixed.url]);
});

test('an endpoint is disabled, enabled, given another secret and removed', async () => {
  const { ask } = await asked(at);
  await ask('POST', '/webhooks/endpoints', { token: admin, body: endpoint });
  const change = async (method: string, path: string, body?: unknown): Promise<unknown> =>
    bodyOf(await ask(method, `/webhooks/endpoints/mine${path}`, { token: admin, body }));

  const disabled = { changed: true, endpoint: expect.objectContaining({ state: 'disabled' }) };
  expect(await change('POST', '/disable', { note: 'too loud' })).toEqual(disabled);
  expect(await change('POST', '/disable')).toEqual({ ...disabled, changed: false });
  expect(await change('POST', '/enable')).toMatchObject({ changed: true, endpoint: { state: 'active' } });
  expect(await change('POST', '/rotate', { overlapMs: 60_000 })).toEqual({
    secret: expect.stringMatching(/^whsec_/),
    endpoint: expect.objectContaining({ previousSecretUntil: '2031-05-14T12:34:09.000Z' }),
  });
  expect(await change('DELETE', '')).toMatchObject({ changed: true, endpoint: { id: 'mine' } });
  expect(await change('DELETE', '')).toMatchObject({ code: 'ENDPOINT_NOT_FOUND' });
});

test('a ping tells whether the endpoint takes what is sent, and not what it says', async () => {
  const heard: unknown[] = [];
  const server = createServer((request, response) => {
    heard.push(request.headers['webhook-id']);
    response.writeHead(503).end('private words');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { ask } = await asked(at);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`;
  await ask('POST', '/webhooks/endpoints', { token: admin, body: { id: 'near', url } });

  const answer = await bodyOf(await ask('POST', '/webhooks/endpoints/near/ping', { token: admin }));
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });

  expect([answer, heard.length]).toEqual([
    { ok: false, status: 503, reason: expect.any(String), durationMs: expect.any(Number) },
    1,
  ]);
  expect(JSON.stringify(answer)).not.toContain('private words');
});

test.each`
  method      | path                             | body                                              | status | code
  ${'POST'}   | ${'/endpoints'}                  | ${{ url: 'http://10.0.0.1/' }}                    | ${400} | ${'BODY_INVALID'}
  ${'POST'}   | ${'/endpoints'}                  | ${{ url: 'https://169.254.169.254/' }}            | ${400} | ${'BODY_INVALID'}
  ${'POST'}   | ${'/endpoints'}                  | ${{ id: 'a' }}                                    | ${400} | ${'BODY_INVALID'}
  ${'POST'}   | ${'/endpoints'}                  | ${{ ...endpoint, secret: 'mine' }}                | ${400} | ${'BODY_INVALID'}
  ${'POST'}   | ${'/endpoints'}                  | ${{ ...endpoint, events: ['call.everything'] }}   | ${400} | ${'BODY_INVALID'}
  ${'POST'}   | ${'/endpoints'}                  | ${{ ...endpoint, id: 'ops' }}                     | ${400} | ${'BODY_INVALID'}
  ${'POST'}   | ${'/endpoints/ops/rotate'}       | ${{}}                                             | ${409} | ${'ENDPOINT_FIXED'}
  ${'POST'}   | ${'/endpoints/none/rotate'}      | ${{}}                                             | ${404} | ${'ENDPOINT_NOT_FOUND'}
  ${'POST'}   | ${'/endpoints/ops/rotate'}       | ${{ overlapMs: '1' }}                             | ${400} | ${'BODY_INVALID'}
  ${'POST'}   | ${'/endpoints/none/enable'}      | ${{}}                                             | ${404} | ${'ENDPOINT_NOT_FOUND'}
  ${'POST'}   | ${'/endpoints/none/ping'}        | ${{}}                                             | ${404} | ${'ENDPOINT_NOT_FOUND'}
  ${'POST'}   | ${'/endpoints/ops/ping'}         | ${{ url: 'https://evil.example' }}                | ${400} | ${'BODY_INVALID'}
  ${'POST'}   | ${'/endpoints/ops/ping?by=eve'}  | ${{}}                                             | ${400} | ${'QUERY_INVALID'}
  ${'DELETE'} | ${'/endpoints/ops'}              | ${undefined}                                      | ${409} | ${'ENDPOINT_FIXED'}
  ${'GET'}    | ${'/deliveries/none'}            | ${undefined}                                      | ${404} | ${'DELIVERY_NOT_FOUND'}
  ${'GET'}    | ${'/deliveries?state=lost'}      | ${undefined}                                      | ${400} | ${'QUERY_INVALID'}
  ${'GET'}    | ${'/deliveries?from=yesterday'}  | ${undefined}                                      | ${400} | ${'QUERY_INVALID'}
  ${'GET'}    | ${'/deliveries?from=2031-05-14'} | ${undefined}                                      | ${400} | ${'QUERY_INVALID'}
  ${'GET'}    | ${'/deliveries?limit=1000'}      | ${undefined}                                      | ${400} | ${'QUERY_INVALID'}
  ${'GET'}    | ${'/deliveries?cursor=x'}        | ${undefined}                                      | ${400} | ${'QUERY_INVALID'}
  ${'POST'}   | ${'/replay'}                     | ${{}}                                             | ${400} | ${'BODY_INVALID'}
  ${'POST'}   | ${'/replay'}                     | ${{ ids: [] }}                                    | ${400} | ${'BODY_INVALID'}
  ${'POST'}   | ${'/replay'}                     | ${{ ids: ['a'], endpoint: 'ops' }}                | ${400} | ${'BODY_INVALID'}
  ${'POST'}   | ${'/replay'}                     | ${{ endpoint: 'ops', from: '2031-05-14T00:00Z' }} | ${400} | ${'BODY_INVALID'}
`('$method $path of $body is $code', async ({ method, path, body, status, code }) => {
  const { ask } = await asked(at);

  const response = await ask(method as string, `/webhooks${path as string}`, { token: admin, body });

  expect(await bodyOf(response)).toMatchObject({ status, code });
});

test.each([
  ['POST', '/endpoints', endpoint],
  ['POST', '/endpoints/ops/rotate', {}],
  ['POST', '/endpoints/ops/enable', {}],
  ['POST', '/endpoints/ops/disable', {}],
  ['POST', '/endpoints/ops/ping', {}],
  ['DELETE', '/endpoints/ops', undefined],
  ['POST', '/replay', { ids: ['a'] }],
])('%s %s is not for auditors', async (method, path, body) => {
  const { ask } = await asked(at);

  const response = await ask(method, `/webhooks${path}`, { token: auditor, body });

  expect(await bodyOf(response)).toMatchObject({ status: 403, code: 'ROLE_MISSING' });
});

test('somebody of one tenant looks after no webhooks, because they hear of all tenants', async () => {
  const { ask } = await asked(at, {
    session: () => ({ id: 'anna@example.com', roles: ['admin'], tenant: 'default' }),
  });

  expect((await ask('GET', '/webhooks/endpoints')).status).toBe(403);
  expect((await ask('GET', '/approvals')).status).toBe(200);
});

test('deliveries are listed without what they say, shown with it, and sent again', async () => {
  await at.close();
  const heard: string[] = [];
  const { url, close } = await hook((id) => void heard.push(id));
  const clock = fakeClock(Date.parse('2031-05-14T12:33:09Z'));
  at = await world({ clock, webhooks: [{ ...fixed, url }], egress: { allow: ['127.0.0.1'] } });
  const { ask } = await asked(at);
  while (heard.length === 0) await clock.advance(5);
  const day = 'from=2031-05-14T00:00Z&until=2031-05-15T00:00:00%2B00:00';
  const path = `/webhooks/deliveries?endpoint=ops&${day}`;
  const delivered = async (): Promise<readonly Record<string, unknown>[]> => {
    const { deliveries } = await bodyOf(await ask('GET', `${path}&state=delivered`, { token: auditor }));
    return deliveries as readonly Record<string, unknown>[];
  };
  let [known] = await delivered();
  for (; known === undefined; [known] = await delivered()) await clock.advance(5);
  const id = String(known['id']);

  const shown = await bodyOf(await ask('GET', `/webhooks/deliveries/${id}`, { token: auditor }));
  const replayed = await ask('POST', '/webhooks/replay', { token: admin, body: { ids: [id] } });
  while (heard.length === 1) await clock.advance(5);
  await close();

  expect(known).toMatchObject({ endpoint: 'ops', event: 'approval.created', tries: [{ status: 204 }] });
  expect(known).not.toHaveProperty('body');
  expect(JSON.parse(String(shown['body']))).toMatchObject({ type: 'approval.created' });
  expect(await bodyOf(replayed)).toEqual({ replayed: [id] });
  expect(heard[1]).toBe(heard[0]);
});

/** A server that takes every message. */
async function hook(hear: (id: string) => void): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    hear(String(request.headers['webhook-id']));
    request.resume();
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`, close };
}
