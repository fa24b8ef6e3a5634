/** Rows kept in each of the two generations of a cache. */
const GENERATION = 5_000;

/**
 * Rows that were read or written lately. They are what the file says because one process writes it, and because the
 * owner forgets them after a rollback or when the file was changed by somebody else.
 */
export class RowCache<Row> {
  #young = new Map<string, Row>();
  #old = new Map<string, Row>();

  get(key: string): Row | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, row: Row): void {
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, row);
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
  }
}
