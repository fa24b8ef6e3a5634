import type { Bucket, Slice, Tables } from '../tables.ts';
import { amountColumn, amountOf, integerOf, textOf } from './columns.ts';
import type { Connection, Row } from './driver.ts';
import { RowCache } from './row-cache.ts';

/** Rows that are also kept in memory. */
export interface Forgetful {
  /** Reads the rows anew: after a rollback, or when another connection wrote. */
  forget(): void;
}

type BucketRows = Pick<Tables, 'bucket' | 'putBucket' | 'frozenBuckets' | 'buckets' | 'dropBuckets'> &
  Forgetful;

const COLUMNS = 'start_ms, spent, held, frozen';

/** Budgets, one row for each window that was ever charged, or for each slice that a rolling one still counts. */
export function bucketRows(connection: Connection): BucketRows {
  const one = connection.prepare(`SELECT ${COLUMNS} FROM buckets WHERE key = ? AND start_ms = ?`);
  const put = connection.prepare(`
    INSERT INTO buckets (key, ${COLUMNS}) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET spent = excluded.spent, held = excluded.held, frozen = excluded.frozen`);
  const known = new RowCache<Bucket>();
  const frozen = frozenRows(connection);
  const rolling = rollingRows(connection);
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
      frozen.note(bucket);
      rolling.note(bucket);
    },
    frozenBuckets: (key) => frozen.of(key),
    buckets: (key, afterMs) => startingAfter(rolling.of(key), afterMs),
    dropBuckets(key, untilMs) {
      for (const { startMs } of rolling.drop(key, untilMs)) known.delete(`${startMs} ${key}`);
    },
    forget() {
      known.clear();
      frozen.forget();
      rolling.forget();
    },
  };
}

/** Some buckets of each key, looked up by the key alone. */
interface Listed extends Forgetful {
  of(key: string): readonly Bucket[];

  /** Follows what was written. */
  note(bucket: Bucket): void;
}

function frozenRows(connection: Connection): Listed {
  const frozen = connection.prepare(`SELECT ${COLUMNS} FROM buckets WHERE key = ? AND frozen = 1`);
  const all = connection.prepare('SELECT DISTINCT key FROM buckets WHERE frozen = 1');
  let keys: Set<string> | undefined;
  return {
    of(key) {
      keys ??= new Set(all.all().map((row) => textOf(row, 'key')));
      // A key that was thawed stays in the set: the query has the last word.
      return keys.has(key) ? frozen.all(key).map((row) => bucketOf(key, row)) : [];
    },
    note(bucket) {
      if (bucket.frozen) keys?.add(bucket.key);
    },
    forget() {
      keys = undefined;
    },
  };
}

interface Rolling extends Listed {
  /** Forgets what is over, holds nothing and is not frozen; answers it. */
  drop(key: string, untilMs: number): readonly Bucket[];
}

/** Whole budgets, the earliest slice first. Only those that somebody asked for as a whole are kept in memory. */
function rollingRows(connection: Connection): Rolling {
  const all = connection.prepare(`SELECT ${COLUMNS} FROM buckets WHERE key = ? ORDER BY start_ms`);
  const drop = connection.prepare(
    'DELETE FROM buckets WHERE key = ? AND start_ms <= ? AND held = 0 AND frozen = 0',
  );
  const known = new RowCache<readonly Bucket[]>();
  const of = (key: string): readonly Bucket[] => {
    const seen = known.get(key);
    if (seen !== undefined) return seen;
    const buckets = all.all(key).map((row) => bucketOf(key, row));
    known.set(key, buckets);
    return buckets;
  };
  return {
    of,
    note(bucket) {
      const before = known.get(bucket.key);
      if (before !== undefined) known.set(bucket.key, inOrder(before, bucket));
    },
    drop(key, untilMs) {
      const before = of(key);
      if ((before[0]?.startMs ?? Infinity) > untilMs) return [];
      const over = before.filter((one) => one.startMs <= untilMs && one.held === 0n && !one.frozen);
      if (over.length === 0) return [];
      drop.run(key, untilMs);
      known.set(
        key,
        before.filter((one) => !over.includes(one)),
      );
      return over;
    },
    forget: () => known.clear(),
  };
}

function inOrder(buckets: readonly Bucket[], bucket: Bucket): readonly Bucket[] {
  const others = buckets.filter(({ startMs }) => startMs !== bucket.startMs);
  return [...others, bucket].sort((a, b) => a.startMs - b.startMs);
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

function startingAfter<Part extends { readonly startMs: number }>(
  parts: readonly Part[],
  afterMs: number,
): readonly Part[] {
  const [first] = parts;
  return first === undefined || first.startMs > afterMs
    ? parts
    : parts.filter(({ startMs }) => startMs > afterMs);
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
