/** Who a verified token proves, and from when until when, in milliseconds since 1970. */
export interface Verified<Who> {
  readonly kind: 'verified';
  readonly who: Who;

  /** First instant at which it holds. */
  readonly fromMs: number;

  /** First instant at which it holds no more. */
  readonly untilMs: number;
}

/** Remembers verified tokens of one kind, so that the second check costs one look-up. */
export interface VerifiedCache<Who> {
  /** Who the token proves at `nowMs`; undefined when it has to be verified. */
  get(token: string, nowMs: number): Who | undefined;

  /** Remembers a token. Refusals are never remembered. */
  set(token: string, verified: Verified<Who>): void;

  readonly size: number;
}

/** A cache of at most `limit` tokens. The oldest leaves first; only valid tokens enter, so strangers cannot flush it. */
export function verifiedCache<Who>(limit: number): VerifiedCache<Who> {
  const entries = new Map<string, Verified<Who>>();
  return {
    get(token, nowMs) {
      const entry = entries.get(token);
      if (entry === undefined) return undefined;
      if (nowMs >= entry.fromMs && nowMs < entry.untilMs) return entry.who;
      entries.delete(token);
      return undefined;
    },
    set(token, verified) {
      entries.delete(token);
      entries.set(token, verified);
      if (entries.size <= limit) return;
      const [oldest] = entries.keys();
      if (oldest !== undefined) entries.delete(oldest);
    },
    get size() {
      return entries.size;
    },
  };
}
