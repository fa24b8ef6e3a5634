import { pause } from '../suite/pause.ts';
import type { Pair } from './pair.ts';

/** A way in which clients lose their primary. */
export interface Outage {
  readonly name: string;
  readonly lastsMs: number;

  /** Whether the replica is made the primary meanwhile. Otherwise the old one comes back. */
  readonly promotes: boolean;

  /** Whether the old one goes on as if nothing had been, until somebody tells it: it has slept, and nobody else has. */
  readonly wakesUp: boolean;
  begin(pair: Pair): Promise<void>;

  /** What was broken works again. */
  end(pair: Pair): void;
}

type Way = Omit<Outage, 'promotes'>;

/** What the primary grants in this time reaches its replica no more. */
const AHEAD_MS = 150;

function cutOff(name: string, lastsMs: number): Way {
  return {
    name: `clients cut off for ${name}`,
    lastsMs,
    wakesUp: false,
    async begin({ front }) {
      front.reset();
    },
    end: ({ front }) => front.heal(),
  };
}

const silent: Way = {
  name: 'primary silent',
  lastsMs: 1_200,
  wakesUp: false,
  async begin({ front, between }) {
    between.blackHole();
    await pause(AHEAD_MS);
    front.blackHole();
  },
  end({ front, between }) {
    between.heal();
    front.heal();
  },
};

const stalled: Way = {
  name: 'primary stalled',
  lastsMs: 1_200,
  wakesUp: true,
  async begin({ primary }) {
    primary.pause();
  },
  end: ({ primary }) => primary.resume(),
};

const [shortCut, longCut] = [cutOff('0.5 s', 500), cutOff('4 s', 4_000)];

/** Those that are tried, the longest first. Nobody promotes a replica for half a second. */
export const outages: readonly Outage[] = [
  promoting(longCut),
  { ...longCut, promotes: false },
  promoting(silent),
  promoting(stalled),
  { ...silent, promotes: false },
  { ...stalled, promotes: false },
  { ...shortCut, promotes: false },
];

function promoting(way: Way): Outage {
  return { ...way, name: `${way.name}, replica promoted`, promotes: true };
}
