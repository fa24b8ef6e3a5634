/**
 * What each door adds to a call beside the framework without it, on the memory store with the journal on, in one run.
 * Rows without a door ask the engine itself in the same place: most of what guarding costs in a framework is that code
 * and data of the engine are out of the processor's caches by then.
 * Tools: the framework's own call, timed one by one. Servers: requests a second over loopback, asked by another process.
 */
import { langchain } from './adapters/langchain.ts';
import { nestSites } from './adapters/nest.ts';
import { openaiAgents } from './adapters/openai-agents.ts';
import { measurePairs } from './adapters/pair.ts';
import { measureRates } from './adapters/rates.ts';
import { askingSites, expressSites } from './adapters/servers.ts';
import { openGate } from './gate.ts';
import { vercelAi } from './adapters/vercel-ai.ts';
import { report, type Target } from './report.ts';

const quick = process.argv.includes('--quick');
const ADDED_LIMIT_US = 60;
const RATIO_LIMIT = 0.8;
const pairsSize = quick ? { rounds: 5, calls: 200 } : { rounds: 20, calls: 200 };
const ratesSize = { rounds: quick ? 4 : 12, durationMs: quick ? 300 : 1_000, connections: 32 };

const gate = await openGate();
const sites = [await expressSites(gate), await askingSites(gate), await nestSites(gate)];
try {
  const rates = await measureRates(sites, { ...ratesSize, credential: gate.credential });
  const added = await measurePairs([...vercelAi(gate), ...langchain(gate), ...openaiAgents(gate)], pairsSize);
  const targets: readonly Target[] = [
    ...added.filter(byDoor).map(({ name, addedUs }) => ({
      name: `${name}: added, median microseconds`,
      value: addedUs,
      limit: ADDED_LIMIT_US,
    })),
    ...rates.filter(byDoor).map(({ name, ratio }) => ({
      name: `${name}: requests a second beside the bare server`,
      value: ratio,
      limit: RATIO_LIMIT,
      atLeast: true,
    })),
  ];
  report(
    'adapters',
    [...added, ...rates].map(({ by: _, ...row }) => row),
    targets,
  );
} finally {
  await Promise.all(sites.map((site) => site.close()));
  await gate.torii.close();
}

/** Targets are about doors; without one, a row says what is the engine's part. */
function byDoor({ by }: { readonly by: 'door' | 'engine' }): boolean {
  return by === 'door';
}
