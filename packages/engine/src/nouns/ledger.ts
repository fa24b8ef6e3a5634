import type { Entry } from './entry.ts';
import type { Journal } from './store.ts';

/** Where the journals of all tenants are kept for good. `sqliteLedger(path)` makes one. */
export interface Ledger {
  open(): Promise<OpenLedger>;
}

/** A ledger that this process writes. */
export interface OpenLedger {
  /** The tenants it has entries of. */
  tenants(): Promise<readonly string[]>;

  /** The last entry of a tenant that it has; `seq` 0 before the first. */
  head(tenant: string): Promise<Pick<Entry, 'seq' | 'at' | 'hash'>>;

  /**
   * Keeps entries that follow the last one, durably. Those that it has already are left as they are; any other is refused
   * with STORE_CORRUPT.
   */
  keep(tenant: string, entries: readonly Entry[]): Promise<void>;

  /** The entries of a tenant, as its journal answers them. */
  journal(tenant: string): Pick<Journal, 'entries'>;

  /** Safe to repeat; afterwards everything rejects. */
  close(): Promise<void>;
}
