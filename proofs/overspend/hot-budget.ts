import type { StoreSource } from '@torii/engine';
import { fakeClock } from '@torii/engine/testing';
import { costing } from '../suite/asking.ts';
import { auditFlaws } from '../suite/journal.ts';
import type { Result } from '../suite/result.ts';
import type { Proving } from '../suite/suite.ts';
import { AMOUNT, reservesOne } from './crowd.ts';
import { inRounds } from './rounds.ts';
import type { Breaking } from './schedules.ts';

/** So many calls of so many callers at once, all against one budget. */
export interface Crowd {
  readonly named: string;
  readonly source: () => StoreSource;
  readonly callers: number;
  readonly decisions: number;
  readonly breaking?: Breaking;
}

/** Decisions that share a store: a million of them take more than two gigabytes. */
const MOST = 250_000;

/** Calls that cost their price, cost less, or return it: in this order, over and over. */
const COSTS = [7n, 3n, 0n] as const;

/**
 * A crowd at one budget, twice. First nobody gives anything back: exactly as many calls must be granted as fit. Then
 * calls end as they do, cheaper or not at all: never may more be spent and held than the limit, and the journal must
 * account for every micro-dollar.
 */
export function crowds(crowd: Crowd, proving: Proving): Promise<Result> {
  return inRounds({ total: crowd.decisions, most: MOST }, proving, ({ count }, each) =>
    oneCrowd({ ...crowd, decisions: count }, each),
  );
}

async function oneCrowd(crowd: Crowd, { progress }: Proving): Promise<Result> {
  const store = await crowd.source().open({ clock: fakeClock() });
  const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const asked = crowd.breaking?.(store, pause) ?? store;
  const half = Math.floor(crowd.decisions / 2);
  const limit = BigInt(Math.floor(half / 2)) * AMOUNT + AMOUNT - 1n;
  const step = (index: number): void => progress.step(index + 1, half * 2, 'decisions');

  const granted = await each(crowd, half, async (index) => {
    step(index);
    return reservesOne(asked, `kept-${index}`, { key: 'kept', limit: String(limit) });
  });
  const violations: string[] = [];
  const fits = limit / AMOUNT;
  if (granted !== fits)
    violations.push(`${granted} calls of ${AMOUNT} were granted of ${limit}; expected ${fits}`);

  let most = 0n;
  const spent = await each(crowd, half, async (index) => {
    step(half + index);
    const id = `ended-${index}`;
    if (!(await reservesOne(asked, id, { key: 'ended', limit: String(limit) }))) return false;
    const answer = await asked.settle(costing(id, COSTS[index % COSTS.length] ?? 0n));
    const [budget] = answer.kind === 'ended' ? answer.budgets : [];
    const used = (budget?.spent ?? 0n) + (budget?.held ?? 0n);
    if (used > most) most = used;
    return true;
  });
  if (most > limit) violations.push(`${most} were spent and held of ${limit} at once`);
  violations.push(...(await auditFlaws(store)));
  await store.close();
  const { named, callers } = crowd;
  return {
    tried: {
      [`decisions, ${named}, ${callers} at once`]: half * 2,
      [`grants, ${named}`]: Number(granted + spent),
    },
    violations,
  };
}

/** Every caller takes the next of `count` as soon as it is done with the last. Answers how many said yes. */
async function each(
  { callers }: Crowd,
  count: number,
  call: (index: number) => Promise<boolean>,
): Promise<bigint> {
  let [next, yes] = [0, 0n];
  const caller = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) if (await call(index)) yes += 1n;
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return yes;
}
