import type { Store } from '../nouns/store.ts';
import { type Run, tableStore } from '../stores/table-store.ts';
import type { Tables } from '../stores/tables.ts';

/** What a planted bug may replace. */
export interface Parts {
  readonly tables: Tables;
  readonly store: Store;
  readonly run: Run;
  now(): number;
}

/** A store that breaks one promise. */
export interface Planted {
  readonly name: string;

  /** A promise whose check must notice the bug; others may notice it too. */
  readonly caughtBy: RegExp;
  readonly rows?: (tables: Tables, now: () => number) => Partial<Tables>;
  readonly methods?: (parts: Parts) => Partial<Store>;
}

/** The store over rows of which some are others. */
export function over({ run, tables }: Parts, rows: Partial<Tables>): Store {
  const through: Run = (transition) => run((step) => transition({ ...step, tables: { ...tables, ...rows } }));
  return tableStore(through, () => Promise.resolve());
}
