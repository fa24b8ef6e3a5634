import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { type RedisServer, startRedis } from './start-redis.ts';

/** Unlike `once`, also after an error. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

let server: RedisServer;
let proxy: FaultProxy;
let client: Socket;
let heard: string;

beforeAll(async () => {
  server = await startRedis();
});

beforeEach(async () => {
  await server.command('FLUSHALL');
  proxy = await startFaultProxy(server);
  heard = '';
  client = connect(proxy.port, '127.0.0.1');
  client.on('data', (chunk) => (heard += chunk));
  client.on('error', () => {});
  await once(client, 'connect');
});

afterEach(async () => {
  client.destroy();
  await proxy.stop();
});

afterAll(() => server.stop());

test('passes requests and replies on', async () => {
  client.write('INCR a\r\n');
  await once(client, 'data');

  expect(heard).toBe(':1\r\n');
  expect(proxy.connections).toBe(1);
});

test.each`
  bytes | passed
  ${0}  | ${''}
  ${2}  | ${':1'}
  ${4}  | ${':1\r\n'}
`('cuts after $bytes bytes of reply: what was asked is done', async ({ bytes, passed }) => {
  proxy.cutReplyAfter(bytes);
  client.write('INCR a\r\nINCR a\r\n');
  await closed(client);

  expect(heard).toBe(passed);
  expect(await server.command('GET', 'a')).toBe('2');
});

test.each`
  fault               | done
  ${'blackHole'}      | ${null}
  ${'swallowReplies'} | ${'1'}
`('$fault passes no reply and hangs up on nobody until it is healed', async ({ fault, done }) => {
  const gone = closed(client);
  if (fault === 'blackHole') proxy.blackHole();
  else proxy.swallowReplies();
  client.write('INCR a\r\n');
  await proxy.swallowed();

  expect(proxy.connections).toBe(1);
  expect(await server.command('GET', 'a')).toBe(done);
  proxy.heal();
  await gone;
  expect(heard).toBe('');
});

test('a delayed reply comes', async () => {
  proxy.delayReplies(20);
  client.write('INCR a\r\n');
  await once(client, 'data');

  expect(heard).toBe(':1\r\n');
});

test.each([
  ['healed', (): void => proxy.heal(), ':1\r\n:2\r\n'],
  ['told to hold back less', (): void => proxy.delayReplies(1), ':1\r\n:2\r\n'],
  ['told to cut later', (): void => proxy.cutReplyAfter(4), ':1\r\n:2\r\n'],
])('a reply that is held back comes before later ones when the proxy is %s', async (_, then, replies) => {
  proxy.delayReplies(60_000);
  client.write('INCR a\r\n');
  while ((await server.command('GET', 'a')) !== '1');
  // The server has answered by now, and whatever it answers another client comes after that.
  await server.command('PING');
  then();
  client.write('INCR a\r\n');
  while (heard.length < replies.length) await once(client, 'data');

  expect(heard).toBe(replies);
});

test('a reset hangs up on everybody and refuses new connections until it is healed', async () => {
  const gone = closed(client);
  proxy.reset();
  await gone;
  await closed(connect(proxy.port, '127.0.0.1').on('error', () => {}));
  proxy.heal();
  client = connect(proxy.port, '127.0.0.1');
  client.on('data', (chunk) => (heard += chunk));
  client.write('PING\r\n');
  await once(client, 'data');

  expect(heard).toBe('+PONG\r\n');
});
