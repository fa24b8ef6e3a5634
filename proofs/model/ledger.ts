/** What is known of one budget or wallet. */
export interface Sums {
  readonly spent: bigint;
  readonly held: bigint;
  readonly funds: bigint;
  readonly frozen: boolean;
}

/** What a call holds of one budget. */
export interface Held {
  readonly key: string;
  readonly amount: bigint;
  readonly limit: bigint;
  readonly wallet: boolean;
}

/** What is known of one call. */
export interface Known {
  readonly state: string;
  readonly agent: string;
  readonly requestHash: string;
  readonly attempt: string;
  readonly withdrawn: boolean;
  readonly held: readonly Held[];

  /** Of a denial: what was said. */
  readonly code: string | undefined;

  /** How long it may stay as it is, from its last entry on. Undefined where nothing ends it. */
  readonly ttlMs: number | undefined;
}

const NOTHING: Sums = { spent: 0n, held: 0n, funds: 0n, frozen: false };

/** All that a store has to remember, in five maps. A draft is written beside it and counts once it is kept. */
export class Ledger {
  readonly #below: Ledger | undefined;
  readonly #sums = new Map<string, Sums>();
  readonly #calls = new Map<string, Known>();
  readonly #counts = new Map<string, number>();
  readonly #moves = new Map<string, string>();
  readonly #revoked = new Map<string, boolean>();

  constructor(below?: Ledger) {
    this.#below = below;
  }

  sums(key: string): Sums {
    return this.#sums.get(key) ?? this.#below?.sums(key) ?? NOTHING;
  }

  change(key: string, change: Partial<Sums>): void {
    this.#sums.set(key, { ...this.sums(key), ...change });
  }

  call(id: string): Known | undefined {
    return this.#calls.get(id) ?? this.#below?.call(id);
  }

  putCall(id: string, call: Known): void {
    this.#calls.set(id, call);
  }

  count(rate: string): number {
    return this.#counts.get(rate) ?? this.#below?.count(rate) ?? 0;
  }

  countOne(rate: string): void {
    this.#counts.set(rate, this.count(rate) + 1);
  }

  movement(id: string): string | undefined {
    return this.#moves.get(id) ?? this.#below?.movement(id);
  }

  putMovement(id: string, parts: string): void {
    this.#moves.set(id, parts);
  }

  isRevoked(agent: string): boolean {
    return this.#revoked.get(agent) ?? this.#below?.isRevoked(agent) ?? false;
  }

  revoke(agent: string, revoked: boolean): void {
    this.#revoked.set(agent, revoked);
  }

  /** Writes a draft over what is below it. */
  keep(draft: Ledger): void {
    for (const [key, sums] of draft.#sums) this.#sums.set(key, sums);
    for (const [id, call] of draft.#calls) this.#calls.set(id, call);
    for (const [rate, count] of draft.#counts) this.#counts.set(rate, count);
    for (const [id, parts] of draft.#moves) this.#moves.set(id, parts);
    for (const [agent, revoked] of draft.#revoked) this.#revoked.set(agent, revoked);
  }
}
