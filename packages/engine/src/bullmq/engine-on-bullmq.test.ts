import { createServer, type Server } from 'node:http';
import { testRedis } from '@torii/sandbox/redis';
import { createEngine } from '../create.ts';
import { signAgentToken } from '../identify/index.ts';
import { systemClock } from '../nouns/clock.ts';
import type { Engine } from '../nouns/engine.ts';
import { redisStore } from '../redis/index.ts';
import { bullmqJobs } from './bullmq-jobs.ts';

const redis = await testRedis();
const engines: Engine[] = [];
const servers: Server[] = [];
afterAll(async () => {
  await Promise.all(engines.map((engine) => engine.close()));
  for (const server of servers) server.close();
  await redis.stop();
});

const issuer = {
  issuer: 'https://issuer.example',
  audience: 'torii',
  algorithm: 'HS256',
  key: 'k'.repeat(32),
} as const;

/** A server that tells of the first request that arrives. */
async function inbox(): Promise<{ readonly url: string; readonly first: Promise<string> }> {
  let tell: (body: string) => void = () => undefined;
  const first = new Promise<string>((resolve) => (tell = resolve));
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      response.end();
      tell(body);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return { url: `http://127.0.0.1:${port}/hook`, first };
}

test('what one process is asked for, another that works tells of, also for a tenant it has never seen', async () => {
  const { url, first } = await inbox();
  const { prefix } = redis;
  const open = async (work: boolean): Promise<Engine> => {
    const engine = await createEngine({
      policies: [{ id: 'p', approvals: [{ when: { tools: ['publish'] }, approvers: ['ada@example.com'] }] }],
      store: redisStore({ redis: redis.url, prefix, ephemeral: true, commandTimeoutMs: 5_000 }),
      storeTimeoutMs: 10_000,
      identity: { issuers: [issuer] },
      jobs: bullmqJobs({ redis: redis.url, prefix, work }),
      webhooks: [{ id: 'inbox', url, secret: 's'.repeat(16) }],
      egress: { allow: ['127.0.0.1'] },
    });
    engines.push(engine);
    return engine;
  };
  await open(true);
  const asked = await open(false);
  const who = { agent: 'bot', owner: 'olga@example.com', session: 's1', tenant: 'acme:1' };
  const credential = await signAgentToken({ ...issuer, ...who, clock: systemClock, expiresInSeconds: 600 });

  const call = { credential, framework: 'test', tool: 'publish', arguments: {}, price: '1 USD' };
  const outcome = await asked.guard(call, () => 'ran');

  expect(outcome).toMatchObject({ kind: 'waiting' });
  const approval = outcome.kind === 'waiting' ? outcome.approval.id : '';
  expect(JSON.parse(await first)).toMatchObject({ event: 'approval.created', approval: { id: approval } });
});
