/**
 * What guarding adds to a call: the same tool unguarded, on the memory store and on SQLite, in one run. Each round
 * measures every variant, so that a busy machine disturbs all of them alike; medians over all calls are compared.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, memoryStore, sqliteStore, type StoreSource } from '@torii/engine';
import { openGate, paid } from './gate.ts';
import { median, report, type Row, type Target } from './report.ts';

const quick = process.argv.includes('--quick');
const ROUNDS = quick ? 5 : 20;
const CALLS = quick ? 200 : 1_000;
const CONCURRENT = 64;

/** Calls after which the engine runs about as fast as it ever will: a server does all day. */
const WARM_UP_CALLS = 3_000;
const ADDED_LIMIT_US = 25;

type Variant = {
  readonly name: string;
  readonly samples: number[];
  readonly call: (index: number) => Promise<unknown>;
  readonly width: number;
};

async function tool(query: string): Promise<string> {
  return `found ${query}`;
}

const folder = mkdtempSync(join(tmpdir(), 'torii-bench-'));
const engines: Engine[] = [];
try {
  const memory = await guarded(memoryStore());
  const sqlite = await guarded(sqliteStore(join(folder, 'bench.db')));
  await run([
    { name: 'unguarded', samples: [], width: 1, call: (index) => tool(`query ${index}`) },
    { name: 'guard, memory', samples: [], width: 1, call: memory },
    { name: 'guard, sqlite', samples: [], width: 1, call: sqlite },
    { name: `guard, sqlite, ${CONCURRENT} at once`, samples: [], width: CONCURRENT, call: sqlite },
  ]);
} finally {
  await Promise.all(engines.map((engine) => engine.close()));
  rmSync(folder, { recursive: true, force: true });
}

async function guarded(store: StoreSource): Promise<Variant['call']> {
  const { torii, credential } = await openGate(store);
  engines.push(torii);
  let calls = 0;
  return async (index) => {
    const query = `query ${index}`;
    const request = {
      credential,
      framework: 'bench',
      arguments: { query },
      ...paid,
      frameworkCallId: `c${calls++}`,
    };
    const outcome = await torii.guard(request, () => tool(query));
    if (outcome.kind !== 'done') throw new Error(`expected every call to be done, got ${outcome.kind}`);
  };
}

async function run(variants: readonly Variant[]): Promise<void> {
  for (const variant of variants) await measure({ ...variant, samples: [] }, WARM_UP_CALLS);
  for (let round = 0; round < ROUNDS; round++) {
    process.stderr.write(`\rround ${round + 1} of ${ROUNDS}`);
    for (const variant of variants) await measure(variant);
  }
  process.stderr.write('\n');
  const plainUs = median(variants[0]?.samples ?? []);
  const rows: Row[] = variants.map(({ name, samples }) => {
    const medianUs = median(samples);
    return { name, medianUs, addedUs: medianUs - plainUs, ratio: medianUs / plainUs };
  });
  const added = rows[1]?.['addedUs'];
  const targets: Target[] = [
    { name: 'added on the memory store, median microseconds', value: Number(added), limit: ADDED_LIMIT_US },
  ];
  report('guard', rows, targets);
}

/** Times each call, or each group of calls at once divided by its size. */
async function measure({ call, samples, width }: Variant, calls = CALLS): Promise<void> {
  for (let index = 0; index < calls; index += width) {
    const start = process.hrtime.bigint();
    if (width === 1) await call(index);
    else await Promise.all(Array.from({ length: width }, (_, offset) => call(index + offset)));
    samples.push(Number(process.hrtime.bigint() - start) / 1_000 / width);
  }
}
