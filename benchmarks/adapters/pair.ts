import { median } from '../report.ts';

/** The same work of a framework without and with Torii. */
export interface Pair {
  readonly name: string;

  /** Whether a door guards it, or the tool asks the engine itself: the difference of both is what the door adds. */
  readonly by: 'door' | 'engine';

  /** Both reject, or throw, unless the tool ran. */
  readonly bare: (index: number) => Promise<unknown>;
  readonly guarded: (index: number) => Promise<unknown>;
}

/** How much one work takes at the median, and how much more under guard, in microseconds. */
export interface Added {
  readonly name: string;
  readonly by: Pair['by'];
  readonly bareUs: number;
  readonly guardedUs: number;
  readonly addedUs: number;
}

/** Calls of each kind after which engine and framework run about as fast as they ever will: a server does all day. */
const WARM_UP_CALLS = 3_000;

interface Size {
  readonly rounds: number;
  readonly calls: number;
}

/**
 * Times each call of each pair. A call of one kind follows a call of the other, and every round comes to every pair, so
 * that a busy machine disturbs all alike. The first round warms up, is as long as that takes, and is not counted.
 */
export async function measurePairs(
  pairs: readonly Pair[],
  { rounds, calls }: Size,
): Promise<readonly Added[]> {
  const samples = pairs.map((pair) => ({ pair, bare: [] as number[], guarded: [] as number[] }));
  let index = 0;
  for (let round = 0; round <= rounds; round++) {
    process.stderr.write(`\rtools, round ${round} of ${rounds}`);
    for (const { pair, bare, guarded } of samples) {
      for (let call = 0; call < (round === 0 ? WARM_UP_CALLS : calls); call++) {
        index += 1;
        const one = await timed(pair.bare, index);
        const other = await timed(pair.guarded, index);
        if (round === 0) continue;
        bare.push(one);
        guarded.push(other);
      }
    }
  }
  process.stderr.write('\n');
  return samples.map(({ pair, bare, guarded }) => {
    const [bareUs, guardedUs] = [median(bare), median(guarded)];
    return { name: pair.name, by: pair.by, bareUs, guardedUs, addedUs: guardedUs - bareUs };
  });
}

async function timed(call: Pair['bare'], index: number): Promise<number> {
  const start = process.hrtime.bigint();
  await call(index);
  return Number(process.hrtime.bigint() - start) / 1_000;
}
