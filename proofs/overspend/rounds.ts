import { type Result, together } from '../suite/result.ts';
import type { Proving } from '../suite/suite.ts';

/** The part of all that one round tries. */
export interface Share {
  readonly first: number;
  readonly count: number;
}

/**
 * Tries very many in rounds of `most`, each with data of its own: the journal of each is audited whole, so it has to fit
 * into memory. Ends after the first round that found something.
 */
export async function inRounds(
  { total, most }: { readonly total: number; readonly most: number },
  { full, progress }: Proving,
  round: (share: Share, proving: Proving) => Promise<Result>,
): Promise<Result> {
  const results: Result[] = [];
  for (let first = 0; first < total; first += most) {
    const count = Math.min(most, total - first);
    const step = (done: number, _: number, what: string): void => progress.step(first + done, total, what);
    const result = await round({ first, count }, { full, progress: { ...progress, step } });
    results.push(result);
    if (result.violations.length > 0) break;
  }
  return together(results);
}
