import { type ChildProcess, fork } from 'node:child_process';
import { median } from '../report.ts';
import type { Asked, Load } from './load-messages.ts';
import type { Sites } from './servers.ts';

/** Requests a second of both, and what one request under guard takes more, in microseconds. */
export interface Rate {
  readonly name: string;
  readonly by: Sites['by'];
  readonly barePerSecond: number;
  readonly guardedPerSecond: number;
  readonly addedUs: number;

  /** Of the guarded server's requests a second to the bare one's: the median over all rounds. */
  readonly ratio: number;
}

interface Size {
  readonly rounds: number;
  readonly durationMs: number;
  readonly connections: number;
  readonly credential: string;
}

/** How long a server is asked before what it answers is counted, in milliseconds. */
const WARM_UP_MS = 3_000;

/** Asks both servers of each site in turns. The first round warms up and is not counted. */
export async function measureRates(sites: readonly Sites[], size: Size): Promise<readonly Rate[]> {
  const client = fork(new URL('./load.js', import.meta.url));
  try {
    const seen = sites.map((site) => ({ site, bare: [] as number[], guarded: [] as number[] }));
    for (let round = 0; round <= size.rounds; round++) {
      process.stderr.write(`\rservers, round ${round} of ${size.rounds}`);
      for (const { site, bare, guarded } of seen) {
        const load = round === 0 ? { ...size, durationMs: WARM_UP_MS } : size;
        const one = await perSecond(client, { ...load, port: site.bare });
        const other = await perSecond(client, { ...load, port: site.guarded });
        if (round === 0) continue;
        bare.push(one);
        guarded.push(other);
      }
    }
    process.stderr.write('\n');
    return seen.map(({ site, bare, guarded }) => {
      const [barePerSecond, guardedPerSecond] = [median(bare), median(guarded)];
      return {
        name: site.name,
        by: site.by,
        barePerSecond,
        guardedPerSecond,
        addedUs: 1e6 / guardedPerSecond - 1e6 / barePerSecond,
        ratio: median(bare.map((rate, round) => (guarded[round] ?? 0) / rate)),
      };
    });
  } finally {
    client.disconnect();
  }
}

async function perSecond(client: ChildProcess, load: Load): Promise<number> {
  const { requests, tookMs } = await new Promise<Asked>((resolve, reject) => {
    const failed = (): void => reject(new Error('the program that asks has ended'));
    client.once('exit', failed);
    client.once('message', (asked) => {
      client.off('exit', failed);
      resolve(asked as Asked);
    });
    client.send(load);
  });
  return (requests / tookMs) * 1_000;
}
