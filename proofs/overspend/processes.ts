import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { auditFlaws } from '../suite/journal.ts';
import type { Result } from '../suite/result.ts';
import { withServer, withStores } from '../suite/servers.ts';
import type { Proving } from '../suite/suite.ts';
import { AMOUNT, type CrowdErrand } from './crowd.ts';
import { inRounds } from './rounds.ts';

const WORKER = fileURLToPath(new URL('crowd-worker.js', import.meta.url));
const PROCESSES = 4;
const CALLERS = 64;
const PREFIX = 'crowd';

/** A decision is an entry of about two kilobytes, here and on the server. */
const MOST = 256_000;

/**
 * Four processes with 64 callers each at one budget of one server, with room for half of what they ask. Exactly as many
 * calls must be granted as fit.
 */
export async function processesAtOneBudget(decisions: number, proving: Proving): Promise<Result> {
  let seconds = 0;
  const result = await inRounds({ total: decisions, most: MOST }, proving, async ({ count }, each) => {
    const { tookMs, ...told } = await oneCrowd(count, each);
    seconds += tookMs / 1_000;
    return told;
  });
  return { ...result, counted: { 'decisions a second, Redis': Math.round(decisions / seconds) } };
}

function oneCrowd(decisions: number, { progress }: Proving): Promise<Result & { readonly tookMs: number }> {
  const limit = BigInt(Math.floor(decisions / 2)) * AMOUNT + AMOUNT - 1n;
  return withServer(({ url }) =>
    withStores({ url, count: 1, tuning: { prefix: PREFIX } }, async (_, store) => {
      const errand = { url, prefix: PREFIX, callers: CALLERS, key: 'hot', limit: limit.toString() };
      const reached: number[] = [];
      const startedAt = performance.now();
      const granted = await Promise.all(
        Array.from({ length: PROCESSES }, (_one, index) => {
          const share = { ...errand, name: `process${index}`, decisions: Math.ceil(decisions / PROCESSES) };
          return granting(share, (done) => {
            reached[index] = done;
            progress.step(sum(reached), decisions, 'decisions');
          });
        }),
      );
      const tookMs = performance.now() - startedAt;
      const [all, fits] = [sum(granted), Number(limit / AMOUNT)];
      const wrong =
        all === fits ? [] : [`${all} calls of ${AMOUNT} were granted of ${limit}; expected ${fits}`];
      return {
        tried: {
          [`decisions, Redis, ${PROCESSES} processes of ${CALLERS}`]: decisions,
          'grants, Redis': all,
        },
        violations: [...wrong, ...(await auditFlaws(store))],
        tookMs,
      };
    }),
  );
}

/** Lets a process ask. Answers how often it was told yes. */
async function granting(errand: CrowdErrand, reached: (done: number) => void): Promise<number> {
  const child = spawn(process.execPath, [WORKER, JSON.stringify(errand)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let granted: number | undefined;
  createInterface(child.stdout).on('line', (line) => {
    const [word, count] = line.split(' ');
    if (word === 'decided') reached(Number(count));
    else granted = Number(count);
  });
  await once(child, 'close');
  if (granted === undefined)
    throw new Error('a process of the crowd ended before it had asked for everything');
  reached(errand.decisions);
  return granted;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}
