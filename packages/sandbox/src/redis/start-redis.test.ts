import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { buildSync } from 'esbuild';
import { startCluster } from './cluster.ts';
import { findServer } from './find-server.ts';
import { startReplicated } from './replicated.ts';
import { ask, RespError } from './resp.ts';
import { startRedis } from './start-redis.ts';

test('a server has its own port and directory, and takes the directory along when it is stopped', async () => {
  const [one, other] = await Promise.all([startRedis(), startRedis()]);

  expect(await one.command('SET', 'a', '1')).toBe('OK');
  expect(await other.command('GET', 'a')).toBeNull();
  expect(existsSync(one.directory)).toBe(true);

  await Promise.all([one.stop(), other.stop()]);
  expect(existsSync(one.directory)).toBe(false);
});

test('a cluster that cannot start says why', async () => {
  await expect(startCluster({ 'cluster-node-timeout': 'soon' })).rejects.toThrow('Redis ended');
});

test('a server is started with the options it is given', async () => {
  const server = await startRedis({ maxmemory: '8mb', 'maxmemory-policy': 'allkeys-lru' });

  expect(await server.command('CONFIG', 'GET', 'maxmemory*')).toEqual(
    expect.arrayContaining(['8388608', 'allkeys-lru']),
  );
  await server.stop();
});

test('what a server refuses is an error', async () => {
  const server = await startRedis();

  await expect(server.command('GET')).rejects.toThrow(RespError);
  await server.stop();
});

test.each`
  appendonly | found
  ${'yes'}   | ${'1'}
  ${'no'}    | ${null}
`(
  'a server killed and started again with appendonly $appendonly finds $found',
  async ({ appendonly, found }) => {
    const server = await startRedis({ appendonly, appendfsync: 'always' });
    await server.command('SET', 'a', '1');

    await server.kill();
    await expect(server.command('PING')).rejects.toThrow();
    await server.restart();

    expect(await server.command('GET', 'a')).toBe(found);
    await server.stop();
  },
);

test('a server that is paused answers when it goes on', async () => {
  const server = await startRedis();
  server.pause();
  let answered = false;
  const answer = server.command('PING').finally(() => {
    answered = true;
  });
  await new Promise(setImmediate);

  expect(answered).toBe(false);
  server.resume();
  expect(await answer).toBe('PONG');
  await server.stop();
});

test('a server that cannot start says why', async () => {
  await expect(startRedis({ 'no-such-option': 1 })).rejects.toThrow('Redis ended');
});

describe('a program that starts a server', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'torii-programs-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs these lines in a process of their own, whose servers have their directories in `folder`. Answers what it printed. */
  async function running(...lines: readonly string[]): Promise<string> {
    const contents = [`import { startRedis } from './start-redis.ts';`, ...lines].join('\n');
    const stdin = { contents, resolveDir: import.meta.dirname, loader: 'ts' } as const;
    const shared = { bundle: true, platform: 'node', format: 'esm', write: false } as const;
    const { outputFiles } = buildSync({ ...shared, stdin });
    const { path, environment } = await findServer();
    const PATH = `${dirname(path)}${delimiter}${process.env['PATH']}`;
    const program = ['--input-type=module', '--eval', outputFiles[0]?.text ?? ''];
    const child = spawn(process.execPath, program, { env: { ...environment, PATH, TMPDIR: folder } });
    // Closed once nobody can print any more, those included that it started.
    const [printed] = await Promise.all([text(child.stdout), once(child, 'close')]);
    return printed;
  }

  test.each(['stop', 'kill'])('and waits for nothing but its end hears of it: %s', async (how) => {
    const printed = await running(
      `const server = await startRedis();`,
      `await server.${how}();`,
      `console.log('gone');`,
    );

    expect(printed).toBe('gone\n');
  });

  test('takes it and its directory along when it is killed', async () => {
    const printed = await running(
      `const { port } = await startRedis();`,
      `console.log(port);`,
      `process.kill(process.pid, 'SIGKILL');`,
    );

    while (readdirSync(folder).length > 0) await turn();
    await expect(ask(Number(printed), 'PING')).rejects.toThrow('ECONNREFUSED');
  });
});

test('a replica has a copy and follows', async () => {
  const redis = await startReplicated();
  const { primary, replicas } = redis;
  await primary.command('SET', 'a', '1');

  expect(await primary.command('WAIT', '1', '5000')).toBe(1);
  expect(await replicas[0]?.command('GET', 'a')).toBe('1');
  await redis.stop();
});

test('a cluster of six serves every slot', async () => {
  const cluster = await startCluster();
  const { primaries, replicas } = cluster;

  expect(await primaries[0]?.command('CLUSTER', 'INFO')).toEqual(
    expect.stringMatching(/cluster_state:ok[^]*cluster_slots_ok:16384[^]*cluster_known_nodes:6/),
  );
  expect(replicas.map(({ port }) => port)).toHaveLength(3);
  await cluster.stop();
});
