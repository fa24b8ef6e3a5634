// Two processes share one budget on Redis. One is killed while its tool runs, and the budget is exact afterwards.
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Engine, formatCurrency } from '@torii/engine';
import { auditBudgets } from '@torii/engine/testing';
import { startRedis } from '@torii/sandbox/redis';
import { type News, openEngine, type Place, SEARCHES, tokenOf, work } from './agent.ts';

const [agent, task] = process.argv.slice(2);
if (agent === undefined) await main();
else await work(agent, { place: placeOf(process.env), order: task === 'order', tell });

async function main(): Promise<void> {
  const redis = await startRedis({ appendonly: 'yes' });
  const place = { url: redis.url, key: randomBytes(32).toString('hex') };
  const torii = await openEngine(place);

  // Ann orders a book, and then both search: 4.00 USD are left, and they ask for 8.00.
  const ann = start('ann', place, 'order');
  await newsOf(ann, 'running');
  const bob = start('bob', place, 'search');
  const [fromAnn, fromBob] = await Promise.all([newsOf(ann, 'asked'), newsOf(bob, 'asked')]);
  assert.equal(fromAnn.done + fromBob.done, 40);
  assert.equal(fromAnn.denied + fromBob.denied, 2 * SEARCHES - 40);
  console.log(`AT ONCE     ann ${fromAnn.done} and bob ${fromBob.done} searches: 40 in all, 40 denied`);

  // Her process dies while the shop answers. Nobody knows whether the shop took the money, so it stays held.
  ann.kill('SIGKILL');
  await once(ann, 'exit');
  const order = await unresolvedOf(torii);
  assert.deepEqual(await standing(torii, place), { spent: '4.00 USD', held: '1.00 USD', left: '0.00 USD' });
  console.log(`KILLED      \`${order.tool}\` of ann is unresolved, and holds 1.00 USD`);

  // The shop's invoice says what it cost; the rest is free again, for three searches and no fourth.
  await torii.calls.settle(order.id, '0.70 USD', 'invoice 4711');
  const late = start('bob', place, 'search');
  const { done, denied } = await newsOf(late, 'asked');
  assert.deepEqual([done, denied], [3, SEARCHES - 3]);
  assert.deepEqual(await standing(torii, place), { spent: '5.00 USD', held: '0.00 USD', left: '0.00 USD' });
  console.log(`SETTLED     for 0.70 USD, and bob made ${done} more searches: 5.00 of 5.00 USD are spent`);

  // The journal that three processes wrote is one chain, and what it says adds up to the same.
  const [budget] = auditBudgets(await torii.journal.entries());
  assert(budget !== undefined && budget.spent === 5_000_000n && budget.held === 0n);
  const verified = await torii.journal.verify();
  assert(verified.kind === 'intact');
  console.log(`JOURNAL     ${verified.kind}, ${verified.entries} entries, which sum to the same`);
  await torii.close();
  await redis.stop();
}

/** Starts this program anew, as one agent. */
function start(name: string, { url, key }: Place, ordered: 'order' | 'search'): ChildProcess {
  const env = { ...process.env, REDIS_URL: url, TORII_SECRET: key };
  return fork(fileURLToPath(import.meta.url), [name, ordered], { env });
}

function placeOf({ REDIS_URL: url = '', TORII_SECRET: key = '' }: NodeJS.ProcessEnv): Place {
  return { url, key };
}

function tell(news: News): void {
  process.send?.(news);
}

/** The next thing of this kind that an agent tells. */
function newsOf<Kind extends News['kind']>(
  child: ChildProcess,
  kind: Kind,
): Promise<Extract<News, { readonly kind: Kind }>> {
  return new Promise((resolve, reject) => {
    child.on('message', (news: Extract<News, { readonly kind: Kind }>) => {
      if (news.kind === kind) resolve(news);
    });
    child.once('exit', () => reject(new Error(`expected \`${kind}\` before the agent ended`)));
  });
}

/** The call of the process that died, as soon as its time is up: any other engine on the store sees to that. */
async function unresolvedOf(torii: Engine) {
  for (;;) {
    const [call] = await torii.calls.unresolved();
    if (call !== undefined) return call;
    await setTimeout(100);
  }
}

/** How the budget that both share stands. */
async function standing(torii: Engine, place: Place) {
  const status = await torii.agents.status(await tokenOf('bob', place));
  assert(status.kind === 'status');
  const [budget] = status.budgets;
  assert(budget !== undefined);
  const { spent, held, left } = budget;
  return {
    spent: formatCurrency(spent, 'USD'),
    held: formatCurrency(held, 'USD'),
    left: formatCurrency(left, 'USD'),
  };
}
