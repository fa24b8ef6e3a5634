// Three agents of three frameworks, in two processes, spend one budget on Redis: not a cent more, whoever comes first.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { formatCurrency } from '@torii/engine';
import { auditBudgets } from '@torii/engine/testing';
import { startRedis } from '@torii/sandbox/redis';
import { clerk, scout, writer } from './agents.ts';
import { CALLS, type News, openEngine, type Place, tokenOf } from './office.ts';
import { openShop, ordersTaken } from './shop.ts';

if (process.send === undefined) await main();
else await work();

/** The first process: a shop of Nest, and the clerk who orders there. */
async function main(): Promise<void> {
  const redis = await startRedis({ appendonly: 'yes' });
  const key = randomBytes(32).toString('hex');
  const torii = await openEngine({ redis: redis.url, key });
  const shop = await openShop(torii);
  const place = { redis: redis.url, shop: shop.url, key };

  // The second process says when it is ready, and then everybody asks at once.
  const others = fork(fileURLToPath(import.meta.url), {
    env: { ...process.env, PLACE: JSON.stringify(place) },
  });
  await once(others, 'message');
  const told = once(others, 'message') as Promise<[readonly News[]]>;
  others.send('go');
  const [ordering, [working]] = await Promise.all([clerk(place), told]);
  const news = [ordering, ...working];
  for (const { agent, ran, denied } of news)
    console.log(`${agent.padEnd(8)} ${String(ran).padStart(2)} ran, ${String(denied).padStart(2)} denied`);

  // 3.00 USD are asked for, and there are 1.50.
  assert.equal(news.length, 3);
  assert.equal(sum(news.map(({ ran }) => ran)), 15);
  assert.equal(sum(news.map(({ denied }) => denied)), 3 * CALLS - 15);
  assert.equal(ordersTaken(), ordering.ran);
  const status = await torii.agents.status(await tokenOf('clerk', place));
  assert(status.kind === 'status' && status.budgets[0] !== undefined);
  const { spent, held, left } = status.budgets[0];
  assert.deepEqual([spent, held, left], [1_500_000n, 0n, 0n]);
  console.log(`budget   ${formatCurrency(spent, 'USD')} spent, ${formatCurrency(left, 'USD')} left`);

  // The journal of both processes is one chain, which adds up to the same.
  const [audited] = auditBudgets(await torii.journal.entries());
  const verified = await torii.journal.verify();
  assert(audited?.spent === spent && verified.kind === 'intact');
  console.log(`journal  ${verified.kind}, ${verified.entries} entries`);
  others.send('over');
  await once(others, 'exit');
  await shop.close();
  await torii.close();
  await redis.stop();
}

/** The second process: an agent of LangChain beside one of the AI SDK. */
async function work(): Promise<void> {
  const place = JSON.parse(process.env['PLACE'] ?? '') as Place;
  const torii = await openEngine(place);
  process.send?.('ready');
  await once(process, 'message');
  process.send?.(await Promise.all([scout(torii, place), writer(torii, place)]));
  await once(process, 'message');
  await torii.close();
  process.disconnect();
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
