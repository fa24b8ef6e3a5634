/**
 * How many webhooks a second one engine delivers on this machine, from the first request to the last: a backlog in Redis
 * by BullMQ, and in SQLite by the embedded queue, to a receiver in a process of its own. Beside it the same number of
 * plain requests by the HTTP client of Node to the same receiver, and jobs of BullMQ that do nothing. Each round measures
 * all of them, so that a busy machine disturbs all alike.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '@torii/sandbox/redis';
import { median, report, type Row } from './report.ts';
import { type Backlog, fill, onRedis, onSqlite, sendAll } from './webhooks/deliveries.ts';
import { noopJobUs, postPlainly } from './webhooks/limits.ts';
import { startReceiving } from './webhooks/receiving.ts';

const quick = process.argv.includes('--quick');
const ROUNDS = quick ? 3 : 7;
const EVENTS = quick ? 150 : 500;
const ENDPOINTS = 8;
const COUNT = EVENTS * ENDPOINTS;

/** 500 deliveries a second. */
const LIMIT_US = 2_000;

const folder = mkdtempSync(join(tmpdir(), 'torii-bench-'));
const server = await startRedis({ appendonly: 'yes', appendfsync: 'everysec' });
const receiving = await startReceiving();
const samples = new Map<string, number[]>();
const add = (name: string, us: number): void => void samples.set(name, [...(samples.get(name) ?? []), us]);
const BULLMQ = 'Redis and BullMQ';
const SQLITE = 'SQLite and embedded jobs';
const ONE = 'Redis and BullMQ, one endpoint';
const PLAIN = 'plain requests';
const NOOP = 'no-op jobs of BullMQ';
try {
  const urls = Array.from({ length: ENDPOINTS }, (_, index) => `http://127.0.0.1:${receiving.port}/${index}`);
  for (let round = 0; round < ROUNDS; round++) {
    process.stderr.write(`\rround ${round + 1} of ${ROUNDS}`);
    add(PLAIN, await receiving.timed(COUNT, () => postPlainly(urls, COUNT)));
    add(NOOP, await noopJobUs(server.url, COUNT));
    add(BULLMQ, await delivered(onRedis(server.url, `all${round}`), { endpoints: urls, events: EVENTS }));
    add(SQLITE, await delivered(onSqlite(join(folder, `all${round}`)), { endpoints: urls, events: EVENTS }));
    add(
      ONE,
      await delivered(onRedis(server.url, `one${round}`), { endpoints: urls.slice(0, 1), events: EVENTS }),
    );
  }
  process.stderr.write('\n');
  const names = [BULLMQ, SQLITE, ONE, PLAIN, NOOP];
  const rows = names.map((name): Row => {
    const us = median(samples.get(name) ?? []);
    return {
      name,
      'us each': us,
      'a second': 1_000_000 / us,
      'x plain': ratio(name, PLAIN),
      'x no-op': ratio(name, NOOP),
    };
  });
  const value = median(samples.get(BULLMQ) ?? []);
  report('webhooks', rows, [
    {
      name: 'microseconds of a delivery with Redis and BullMQ, 2,000 for 500 a second',
      value,
      limit: LIMIT_US,
    },
  ]);
} finally {
  receiving.stop();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** Microseconds of one delivery, of a backlog that waits when the engine starts. */
async function delivered(
  backlog: Backlog,
  filling: { readonly endpoints: readonly string[]; readonly events: number },
): Promise<number> {
  await fill(backlog, filling);
  const close: (() => Promise<void>)[] = [];
  const us = await receiving.timed(filling.endpoints.length * filling.events, async () => {
    const engine = await sendAll(backlog, filling.endpoints);
    close.push(() => engine.close());
  });
  for (const end of close) await end();
  return us;
}

/** How many times as long as another, by the median of what each round says. */
function ratio(name: string, other: string): number {
  const others = samples.get(other) ?? [];
  return median((samples.get(name) ?? []).map((us, round) => us / (others[round] ?? NaN)));
}
