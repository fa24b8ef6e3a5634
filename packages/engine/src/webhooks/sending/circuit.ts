const FAILURES = 5;
const SHORTEST_MS = 30_000;
const LONGEST_MS = 10 * 60_000;
const PROBE_MS = 2_000;
const LONGEST_SPREAD_MS = 30_000;

/** What an answer said of the endpoint: `slow` is that it is down or has too much to do. */
export type Health = 'well' | 'slow';

/** Leave to send one request. `probe`: it decides whether the circuit closes. */
export interface Pass {
  readonly probe: boolean;
}

/**
 * Spares an endpoint that is down: after five failures in a row nothing is sent for 30 seconds, then one request, and if
 * that fails too twice as long, up to ten minutes. The first answer closes it again.
 */
export class Circuit {
  #failures = 0;
  #opensAt: number | undefined;
  #waitMs = SHORTEST_MS;
  #probing = false;

  /** How many were sent away since the last request was let through. */
  #sentAway = 0;

  /** Leave to send now, or when to ask again. Whoever has leave says how it ended. */
  admit(nowMs: number): Pass | number {
    if (this.#opensAt === undefined) return { probe: false };
    // A clock that was set back does not keep it open for longer than it ever is.
    const isEarly = nowMs < this.#opensAt && this.#opensAt - nowMs <= LONGEST_MS;
    if (isEarly || this.#probing) {
      this.#sentAway++;
      return isEarly ? this.#opensAt : nowMs + PROBE_MS;
    }
    this.#probing = true;
    this.#sentAway = 0;
    return { probe: true };
  }

  /** How far those who were sent away come apart, in milliseconds: the more they are, the further. The first comes on time. */
  spreadMs(): number {
    return Math.min(LONGEST_SPREAD_MS, 20 * Math.max(0, this.#sentAway - 1));
  }

  /** A request was answered, or was not. Answers whether that opened or closed the circuit. */
  ended({ probe }: Pass, health: Health, nowMs: number): 'opened' | 'closed' | undefined {
    if (probe) this.#probing = false;
    if (health === 'well') return this.#close();
    this.#failures++;
    // Requests that were under way when it opened say nothing new.
    if (this.#opensAt !== undefined && !probe) return undefined;
    if (this.#failures < FAILURES) return undefined;
    if (probe) this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_MS);
    this.#opensAt = nowMs + this.#waitMs;
    return probe ? undefined : 'opened';
  }

  /** A request was not sent, or was stopped, which says nothing. */
  stopped({ probe }: Pass): void {
    if (probe) this.#probing = false;
  }

  #close(): 'closed' | undefined {
    const wasOpen = this.#opensAt !== undefined;
    this.#failures = 0;
    this.#opensAt = undefined;
    this.#waitMs = SHORTEST_MS;
    this.#sentAway = 0;
    return wasOpen ? 'closed' : undefined;
  }
}
