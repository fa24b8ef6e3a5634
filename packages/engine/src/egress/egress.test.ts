import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { fakeClock } from '../testing/fake-clock.ts';
import { certificate } from './certificate.test-support.ts';
import { createEgress, type Egress, type EgressContext } from './index.ts';

const closing: { readonly close: () => unknown }[] = [];
afterEach(() => {
  for (const each of closing.splice(0)) each.close();
});

async function listen(server: Server): Promise<number> {
  closing.push(server, { close: () => server.closeAllConnections() });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function inbox(reply: RequestListener = (_, response) => void response.end()) {
  const asked: Asked[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      asked.push({ method, url, headers, body });
      reply(request, response);
    });
  });
  server.on('connection', () => connections++);
  const port = await listen(server);
  return { asked, port, url: `http://127.0.0.1:${port}/hook`, connections: () => connections, server };
}

function opened(context: Partial<EgressContext> = {}) {
  const clock = fakeClock();
  const egress = createEgress({ clock, allow: ['127.0.0.0/8'], ...context });
  closing.push(egress);
  return { clock, egress };
}

const post = (egress: Egress, url: string, signal = new AbortController().signal) =>
  egress.post(url, { headers: { 'x-test': '1' }, body: '{"a":"é"}', timeoutMs: 15_000, signal });

/** Lets I/O run until the condition holds; the timeout of the test is the limit. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

test('a request arrives whole, and its answer is told', async () => {
  const { egress } = opened();
  const box = await inbox(
    (_, response) => void response.writeHead(202, { 'retry-after': '5' }).end('thanks'),
  );

  const answer = await post(egress, `${box.url}?token=1`);

  expect(answer).toMatchObject({ kind: 'answered', status: 202, headers: { 'retry-after': '5' } });
  expect(box.asked).toMatchObject([
    {
      method: 'POST',
      url: '/hook?token=1',
      headers: { 'x-test': '1', 'content-length': '10', host: `127.0.0.1:${box.port}` },
      body: '{"a":"é"}',
    },
  ]);
});

test('a redirect to this machine is an answer, and is not followed', async () => {
  const { egress } = opened();
  const secret = await inbox();
  const box = await inbox((_, response) => void response.writeHead(307, { location: secret.url }).end());

  expect(await post(egress, box.url)).toMatchObject({ kind: 'answered', status: 307 });
  expect(secret.asked).toEqual([]);
});

test('the variables that name a proxy change nothing', async () => {
  const { egress } = opened();
  const proxy = await inbox();
  const box = await inbox();
  const before = { ...process.env };
  Object.assign(process.env, { HTTP_PROXY: proxy.url, http_proxy: proxy.url, NODE_USE_ENV_PROXY: '1' });

  await post(egress, box.url);
  process.env = before;

  expect([box.asked.length, proxy.asked.length]).toEqual([1, 0]);
});

test('connections are kept, and one that the other side closed is replaced', async () => {
  const { egress } = opened();
  const box = await inbox();

  for (let request = 0; request < 3; request++) {
    await post(egress, box.url);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(box.connections()).toBe(1);
  box.server.closeAllConnections();

  expect(await post(egress, box.url)).toMatchObject({ kind: 'answered', status: 200 });
  expect(box.connections()).toBe(2);
});

describe('a name', () => {
  test('is looked up once for a connection, which goes to the address that was checked', async () => {
    const box = await inbox();
    const answers = [['127.0.0.1'], ['10.0.0.1']];
    let lookups = 0;
    const { egress } = opened({ resolve: async () => answers[lookups++] ?? [] });

    expect(await post(egress, `http://rebinding.example:${box.port}/`)).toMatchObject({ kind: 'answered' });
    expect(lookups).toBe(1);
    expect(box.asked[0]?.headers.host).toBe(`rebinding.example:${box.port}`);
  });

  test('that leads elsewhere the second time is refused the second time', async () => {
    const box = await inbox((_, response) => void response.writeHead(200, { connection: 'close' }).end());
    const answers = [['127.0.0.1'], ['127.0.0.1', '10.0.0.1']];
    let lookups = 0;
    const { egress } = opened({ resolve: async () => answers[lookups++] ?? [] });
    const url = `http://rebinding.example:${box.port}/`;

    await post(egress, url);

    expect(await post(egress, url)).toEqual({ kind: 'refused', reason: 'the address is not public' });
    expect(box.asked).toHaveLength(1);
  });

  test('is looked up once at a time, whoever asks', async () => {
    let asked = 0;
    let answer: (addresses: readonly string[]) => void = () => undefined;
    const resolve = (): Promise<readonly string[]> => {
      asked++;
      return new Promise((found) => (answer = found));
    };
    const { egress } = opened({ resolve });
    const box = await inbox();
    const url = `http://one.example:${box.port}/`;

    const posting = Promise.all([post(egress, url), post(egress, url), post(egress, url)]);
    await until(() => asked > 0);
    await new Promise((settled) => setImmediate(settled));
    answer(['127.0.0.1']);

    expect(await posting).toMatchObject(Array.from({ length: 3 }, () => ({ kind: 'answered' })));
    expect(asked).toBe(1);
  });

  test('that cannot be resolved is told by its code alone', async () => {
    const missing = Object.assign(new Error('getaddrinfo ENOTFOUND secret.example'), { code: 'ENOTFOUND' });
    const { egress } = opened({ resolve: () => Promise.reject(missing) });

    expect(await post(egress, 'https://secret.example/?token=1')).toEqual({
      kind: 'failed',
      reason: 'could not be reached: ENOTFOUND',
    });
  });
});

test('a connection that ended up at another address than was checked is cut before anything is written', async () => {
  const heard: string[] = [];
  const box = await inbox();
  box.server.on('connection', (socket) => socket.on('data', (bytes) => heard.push(bytes.toString())));
  const { egress } = opened({
    allow: [],
    resolve: async () => ['93.184.216.34'],
    // As a router would that sends what is public back inside.
    dial: ({ autoSelectFamily: _, lookup: __, ...options }) =>
      connect({ ...options, host: '127.0.0.1', port: box.port }),
  });

  expect(await post(egress, 'https://public.example/')).toEqual({
    kind: 'refused',
    reason: 'the address is not public',
  });
  expect([heard, box.asked]).toEqual([[], []]);
});

describe('a request fails', () => {
  test.each([
    ['nobody listens', 'could not be reached: ECONNREFUSED'],
    ['the connection is cut', 'could not be reached: ECONNRESET'],
    ['the answer is not HTTP', 'could not be reached: HPE_INVALID_CONSTANT'],
    ['the headers are too large', 'could not be reached: HPE_HEADER_OVERFLOW'],
  ])('where %s, and says `%s`', async (how, reason) => {
    const { egress } = opened();
    const box = await inbox((request, response) => {
      if (how === 'the connection is cut') response.destroy();
      else if (how === 'the answer is not HTTP') request.socket.end('220 mail.example ESMTP\r\n');
      else response.writeHead(200, { large: 'a'.repeat(17_000) }).end();
    });
    if (how === 'nobody listens') await new Promise((resolve) => box.server.close(resolve));

    expect(await post(egress, box.url)).toEqual({ kind: 'failed', reason });
  });

  test('without an answer when its time is up, and not before', async () => {
    const { egress, clock } = opened();
    const box = await inbox(() => undefined);
    let answer: unknown;

    const posting = post(egress, box.url).then((told) => (answer = told));
    await until(() => box.asked.length === 1);
    await clock.advance(14_999);
    expect(answer).toBeUndefined();
    await clock.advance(1);
    await posting;

    expect(answer).toEqual({ kind: 'failed', reason: 'no answer in time' });
    expect(clock.pending()).toBe(0);
  });

  test('where a name server never answers, when its time is up', async () => {
    const { egress, clock } = opened({ resolve: () => new Promise(() => undefined) });

    const posting = post(egress, 'https://slow.example/');
    await clock.advance(15_000);

    expect(await posting).toEqual({ kind: 'failed', reason: 'no answer in time' });
  });
});

test('an aborted request is stopped, before it was sent and while it waits', async () => {
  const { egress, clock } = opened();
  const box = await inbox(() => undefined);
  const controller = new AbortController();

  const posting = post(egress, box.url, controller.signal);
  await until(() => box.asked.length === 1);
  controller.abort();

  expect(await posting).toEqual({ kind: 'stopped' });
  expect(await post(egress, box.url, controller.signal)).toEqual({ kind: 'stopped' });
  expect([box.asked.length, clock.pending()]).toEqual([1, 0]);
});

test('the answer is known when its headers arrive, and an endless body is left', async () => {
  let closed = false;
  const { egress } = opened();
  const box = await inbox((_, response) => {
    response.on('close', () => (closed = true));
    response.writeHead(200);
    const write = (): void => {
      if (!closed && response.write('a'.repeat(10_000))) setImmediate(write);
      else response.once('drain', write);
    };
    write();
  });

  expect(await post(egress, box.url)).toMatchObject({ kind: 'answered', status: 200 });
  await until(() => closed);
});

test('a body that never ends and never comes is left after five seconds', async () => {
  let closed = false;
  const { egress, clock } = opened();
  const box = await inbox((_, response) => {
    response.on('close', () => (closed = true));
    response.writeHead(200).write('a');
  });

  await post(egress, box.url);
  await clock.advance(5_000);
  await until(() => closed);

  expect(clock.pending()).toBe(0);
});

test('bodies that never end take no more than 64 connections, and the oldest is left for a new one', async () => {
  const { egress } = opened();
  const box = await inbox((_, response) => void response.writeHead(200).write('a'));
  let open = 0;
  let most = 0;
  box.server.on('connection', (socket) => {
    most = Math.max(most, ++open);
    socket.on('close', () => open--);
  });

  for (let count = 0; count < 200; count++)
    expect(await post(egress, box.url)).toMatchObject({ kind: 'answered', status: 200 });
  await until(() => open === 64);

  // One that was left is closed a moment before the next is opened, or a moment after.
  expect(most).toBeLessThan(80);
});

describe('with TLS', () => {
  async function secured(believed: boolean) {
    const { cert } = certificate;
    const names: unknown[] = [];
    const server = createTlsServer(certificate, (_, response) => void response.writeHead(204).end());
    server.on('secureConnection', (socket) => names.push(socket.servername));
    const port = await listen(server);
    const { egress } = opened({
      resolve: async () => ['127.0.0.1'],
      ...(believed ? { tls: { ca: cert } } : {}),
    });
    return { names, port, egress };
  }

  test('the name is asked for and proved by a certificate', async () => {
    const { egress, port, names } = await secured(true);

    expect(await post(egress, `https://hooks.example:${port}/`)).toMatchObject({
      kind: 'answered',
      status: 204,
    });
    expect(names).toEqual(['hooks.example']);
  });

  test.each`
    certificate       | believed | host               | reason
    ${'another name'} | ${true}  | ${'evil.example'}  | ${'ERR_TLS_CERT_ALTNAME_INVALID'}
    ${'no name'}      | ${true}  | ${'127.0.0.1'}     | ${'ERR_TLS_CERT_ALTNAME_INVALID'}
    ${'nobody known'} | ${false} | ${'hooks.example'} | ${'DEPTH_ZERO_SELF_SIGNED_CERT'}
  `('a certificate of $certificate is refused', async ({ believed, host, reason }) => {
    const { egress, port } = await secured(Boolean(believed));

    expect(await post(egress, `https://${host}:${port}/`)).toEqual({
      kind: 'failed',
      reason: `could not be reached: ${reason}`,
    });
  });
});
