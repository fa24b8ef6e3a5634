import type { Kind } from './questions.ts';
import { type Judged, middleOf, type Result } from './report.ts';

const MEDIAN_LIMIT_US = 2;
const FLATNESS_LIMIT = 1.5;
const MOST_RULES = 1_000;

interface Found {
  readonly value: number;
  readonly where: string;
}

/**
 * Our own cost counts at its worst kind of question and number of rules. Peers are compared at every number of rules by
 * the middle of the kinds; where one of them is closest at a single kind is said beside it. A figure that could not be
 * measured does not hold.
 */
export function judged(results: readonly Result[]): readonly Judged[] {
  const ours = results.filter(({ contestant }) => contestant.role === 'ours');
  const peers = results.filter(({ contestant }) => contestant.role === 'peer');
  const costs = ours
    .filter(({ rules }) => rules <= MOST_RULES)
    .flatMap(({ rules, timings }) => [...timings].map(([kind, { p50 }]) => found(p50, rules, kind)));
  const growth = ours
    .filter(({ rules }) => rules === MOST_RULES)
    .flatMap(({ rules, timings }) =>
      [...timings].map(([kind, { p50 }]) => found(p50 / costOf(ours, 1, kind), rules, kind)),
    );
  const closestOf = (name: string): Found => {
    const ratios = peers
      .filter(({ contestant }) => contestant.name === name)
      .flatMap(({ rules, timings }) =>
        [...timings].map(([kind, { p50 }]) => found(p50 / costOf(ours, rules, kind), rules, kind)),
      );
    const { value, where } = lowest(ratios);
    return { value, where: `${name} ${value.toFixed(2)} x at ${where}` };
  };
  const closest = [...new Set(peers.map(({ contestant }) => contestant.name))].map(closestOf);
  const sizes = peers.flatMap((peer) => {
    const [theirs, own] = [middleOf(peer), ours.find(({ rules }) => rules === peer.rules)];
    const mine = own && middleOf(own);
    const where = `${peer.contestant.name}, R=${peer.rules}`;
    return theirs === undefined ? [] : [{ value: theirs / (mine ?? NaN), where }];
  });
  const slowest = highest(costs);
  const steepest = highest(growth);
  const { value, where } = lowest(sizes);
  return [
    { name: 'decide-median-us', limit: MEDIAN_LIMIT_US, ...atMost(slowest, MEDIAN_LIMIT_US) },
    { name: 'flatness-1-to-1000', limit: FLATNESS_LIMIT, ...atMost(steepest, FLATNESS_LIMIT) },
    {
      name: 'ahead-of-every-peer',
      value,
      limit: 1,
      holds: Number.isFinite(value) && value > 1,
      note: `the closest: ${where}; at single kinds: ${closest.map((one) => one.where).join('; ')}`,
    },
  ];
}

function atMost({ value, where }: Found, limit: number): { value: number; holds: boolean; note: string } {
  return { value, holds: Number.isFinite(value) && value <= limit, note: `the worst: ${where}` };
}

function highest(figures: readonly Found[]): Found {
  return figures.reduce((worst, each) => (each.value > worst.value ? each : worst), {
    value: -Infinity,
    where: 'nothing was measured',
  });
}

function lowest(figures: readonly Found[]): Found {
  const { value, where } = highest(figures.map((figure) => ({ ...figure, value: -figure.value })));
  return { value: -value, where };
}

function costOf(results: readonly Result[], count: number, kind: Kind): number {
  return results.find(({ rules }) => rules === count)?.timings.get(kind)?.p50 ?? NaN;
}

function found(value: number, rules: number, kind: Kind): Found {
  return { value, where: `${kind}, R=${rules}` };
}
