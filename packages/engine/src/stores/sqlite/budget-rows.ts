import type { Bucket, Slice, Tables } from '../tables.ts';
import { amountColumn, amountOf, integerOf, textOf } from './columns.ts';
import type { Connection, Row } from './driver.ts';
import { RowCache } from './row-cache.ts';

/** Rows that are also kept in memory. */
export interface Forgetful {
  /** Reads the rows anew: after a rollback, or when another connection wrote. */
  forget(): void;
}

type BucketRows = Pick<Tables, 'bucket' | 'putBucket' | 'frozenBuckets'> & Forgetful;

/** Budgets, one row for each window that was ever charged. */
export function bucketRows(connection: Connection): BucketRows {
  const columns = 'start_ms, spent, held, frozen';
  const one = connection.prepare(`SELECT ${columns} FROM buckets WHERE key = ? AND start_ms = ?`);
  const frozen = connection.prepare(`SELECT ${columns} FROM buckets WHERE key = ? AND frozen = 1`);
  const allFrozen = connection.prepare('SELECT DISTINCT key FROM buckets WHERE frozen = 1');
  const put = connection.prepare(`
    INSERT INTO buckets (key, ${columns}) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET spent = excluded.spent, held = excluded.held, frozen = excluded.frozen`);
  const known = new RowCache<Bucket>();
  let frozenKeys: Set<string> | undefined;
  return {
    bucket(key, startMs) {
      const id = `${startMs} ${key}`;
      const seen = known.get(id);
      if (seen !== undefined) return seen;
      const row = one.get(key, startMs);
      const bucket = row === undefined ? undefined : bucketOf(key, row);
      if (bucket !== undefined) known.set(id, bucket);
      return bucket;
    },
    putBucket(bucket) {
      const { key, startMs, spent, held } = bucket;
      put.run(key, startMs, amountColumn(spent), amountColumn(held), bucket.frozen ? 1 : 0);
      known.set(`${startMs} ${key}`, bucket);
      if (bucket.frozen) frozenKeys?.add(key);
    },
    frozenBuckets(key) {
      frozenKeys ??= new Set(allFrozen.all().map((row) => textOf(row, 'key')));
      // A key that was thawed stays in the set: the query has the last word.
      return frozenKeys.has(key) ? frozen.all(key).map((row) => bucketOf(key, row)) : [];
    },
    forget() {
      known.clear();
      frozenKeys = undefined;
    },
  };
}

/** Rates, one row for each slice of time in which calls began. */
export function sliceRows(connection: Connection): Pick<Tables, 'slices' | 'addToSlice'> & Forgetful {
  const all = connection.prepare('SELECT start_ms, count FROM slices WHERE key = ? ORDER BY start_ms');
  const drop = connection.prepare('DELETE FROM slices WHERE key = ? AND start_ms <= ?');
  const add = connection.prepare(
    'INSERT INTO slices (key, start_ms, count) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1',
  );
  const known = new RowCache<readonly Slice[]>();
  const slicesOf = (key: string): readonly Slice[] => {
    const seen = known.get(key);
    if (seen !== undefined) return seen;
    const slices = all.all(key).map(sliceOf);
    known.set(key, slices);
    return slices;
  };
  return {
    slices: (key, afterMs) => startingAfter(slicesOf(key), afterMs),
    addToSlice(key, startMs, dropMs) {
      const before = slicesOf(key);
      const kept = startingAfter(before, dropMs);
      if (kept.length < before.length) drop.run(key, dropMs);
      add.run(key, startMs);
      known.set(key, withOneMore(kept, startMs));
    },
    forget: () => known.clear(),
  };
}

function startingAfter(slices: readonly Slice[], afterMs: number): readonly Slice[] {
  const [first] = slices;
  return first === undefined || first.startMs > afterMs
    ? slices
    : slices.filter(({ startMs }) => startMs > afterMs);
}

function withOneMore(slices: readonly Slice[], startMs: number): readonly Slice[] {
  const count = slices.find((slice) => slice.startMs === startMs)?.count ?? 0;
  const others = count === 0 ? slices : slices.filter((slice) => slice.startMs !== startMs);
  return [...others, { startMs, count: count + 1 }].sort((a, b) => a.startMs - b.startMs);
}

function sliceOf(row: Row): Slice {
  return { startMs: integerOf(row, 'start_ms'), count: integerOf(row, 'count') };
}

function bucketOf(key: string, row: Row): Bucket {
  return {
    key,
    startMs: integerOf(row, 'start_ms'),
    spent: amountOf(row, 'spent'),
    held: amountOf(row, 'held'),
    frozen: integerOf(row, 'frozen') === 1,
  };
}
