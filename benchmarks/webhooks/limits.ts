import { Agent, request } from 'node:http';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';

const PER_ENDPOINT = 8;

/** As many bytes as a message about an approval has, and headers of the same number. */
const BODY = JSON.stringify({ memo: 'a'.repeat(900) });
const HEADERS = Object.fromEntries(
  ['id', 'timestamp', 'signature', 'event'].flatMap((name) => [
    [`webhook-${name}`, 'a'.repeat(32)],
    [`x-webhook-${name}`, 'a'.repeat(32)],
  ]),
);

/** Posts so many requests and does nothing else, with as many connections as the engine has. */
export async function postPlainly(urls: readonly string[], count: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: urls.length * PER_ENDPOINT });
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let each = next++; each < count; each = next++) await post(agent, urls[each % urls.length] ?? '');
  };
  await Promise.all(Array.from({ length: urls.length * PER_ENDPOINT }, lane));
  agent.destroy();
}

function post(agent: Agent, url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { ...HEADERS, 'content-type': 'application/json', 'content-length': BODY.length };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('end', resolve);
    });
    sent.on('error', reject);
    sent.end(BODY);
  });
}

/** Microseconds of a job of BullMQ that does nothing, while 64 of them are under way. */
export async function noopJobUs(url: string, count: number): Promise<number> {
  const [asking, waiting] = [new Redis(url), new Redis(url, { maxRetriesPerRequest: null })];
  const queue = new Queue('noop', { connection: asking, prefix: '{noop}' });
  const jobs = Array.from({ length: count }, () => ({
    name: 'noop',
    data: {},
    opts: { removeOnComplete: true },
  }));
  await queue.addBulk(jobs);
  let [done, startedMs] = [0, 0];
  const us = await new Promise<number>((resolve) => {
    const work = (): Promise<void> => {
      if (done === 0) startedMs = performance.now();
      done += 1;
      if (done === count) resolve(((performance.now() - startedMs) * 1_000) / (count - 1));
      return Promise.resolve();
    };
    const worker = new Worker('noop', work, { connection: waiting, prefix: '{noop}', concurrency: 64 });
    ending.push(() => worker.close());
  });
  for (const end of ending.splice(0)) await end();
  await queue.close();
  asking.disconnect();
  waiting.disconnect();
  return us;
}

const ending: (() => Promise<void>)[] = [];
