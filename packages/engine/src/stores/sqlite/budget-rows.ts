import type { Bucket, Tables } from '../tables.ts';
import { amountColumn, amountOf, integerOf } from './columns.ts';
import type { Connection, Row } from './driver.ts';

/** Budgets, one row for each window that was ever charged. */
export function bucketRows(connection: Connection): Pick<Tables, 'bucket' | 'putBucket' | 'frozenBuckets'> {
  const one = connection.prepare(
    'SELECT start_ms, spent, held, frozen FROM buckets WHERE key = ? AND start_ms = ?',
  );
  const frozen = connection.prepare(
    'SELECT start_ms, spent, held, frozen FROM buckets WHERE key = ? AND frozen = 1',
  );
  const put = connection.prepare(`
    INSERT INTO buckets (key, start_ms, spent, held, frozen) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET spent = excluded.spent, held = excluded.held, frozen = excluded.frozen`);
  return {
    bucket(key, startMs) {
      const row = one.get(key, startMs);
      return row === undefined ? undefined : bucketOf(key, row);
    },
    putBucket: ({ key, startMs, spent, held, frozen: stopped }) =>
      put.run(key, startMs, amountColumn(spent), amountColumn(held), stopped ? 1 : 0),
    frozenBuckets: (key) => frozen.all(key).map((row) => bucketOf(key, row)),
  };
}

/** Rates, one row for each slice of time in which calls began. */
export function sliceRows(connection: Connection): Pick<Tables, 'slices' | 'addToSlice'> {
  const after = connection.prepare(
    'SELECT start_ms, count FROM slices WHERE key = ? AND start_ms > ? ORDER BY start_ms',
  );
  const drop = connection.prepare('DELETE FROM slices WHERE key = ? AND start_ms <= ?');
  const add = connection.prepare(
    'INSERT INTO slices (key, start_ms, count) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1',
  );
  return {
    slices: (key, afterMs) =>
      after
        .all(key, afterMs)
        .map((row) => ({ startMs: integerOf(row, 'start_ms'), count: integerOf(row, 'count') })),
    addToSlice(key, startMs, dropMs) {
      drop.run(key, dropMs);
      add.run(key, startMs);
    },
  };
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
