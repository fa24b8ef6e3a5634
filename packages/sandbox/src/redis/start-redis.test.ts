import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import { startCluster } from './cluster.ts';
import { findServer } from './find-server.ts';
import { startReplicated } from './replicated.ts';
import { RespError } from './resp.ts';
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

test.each(['stop', 'kill'])(
  'a program that waits for nothing but the end of its server hears of it: %s',
  async (how) => {
    const lines = [
      `import { startRedis } from './start-redis.ts';`,
      `const server = await startRedis();`,
      `await server.${how}();`,
      `console.log('gone');`,
    ];
    const stdin = { contents: lines.join('\n'), resolveDir: import.meta.dirname, loader: 'ts' } as const;
    const shared = { bundle: true, platform: 'node', format: 'esm', write: false } as const;
    const { outputFiles } = buildSync({ ...shared, stdin });
    const { path, environment } = await findServer();
    const env = { ...environment, PATH: `${dirname(path)}${delimiter}${process.env['PATH']}` };
    const program = ['--input-type=module', '--eval', outputFiles[0]?.text ?? ''];

    const { stdout } = await promisify(execFile)(process.execPath, program, { env });

    expect(stdout).toBe('gone\n');
  },
);

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
