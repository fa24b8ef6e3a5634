const FAILURES = 5;
const SHORTEST_MS = 30_000;
const LONGEST_MS = 10 * 60_000;
const PROBE_MS = 2_000;

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

  /** Leave to send now, or when to ask again. Whoever has leave says how it ended. */
  admit(nowMs: number): Pass | number {
    if (this.#opensAt === undefined) return { probe: false };
    if (nowMs < this.#opensAt) return this.#opensAt;
    if (this.#probing) return nowMs + PROBE_MS;
    this.#probing = true;
    return { probe: true };
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
    return wasOpen ? 'closed' : undefined;
  }
}
