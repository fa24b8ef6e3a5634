import { MAX_UNITS } from '../../nouns/asset.ts';
import { ToriiError } from '../../nouns/errors.ts';
import type { Row } from './driver.ts';

/** An amount as SQLite keeps it. Throws MONEY_INVALID for what a safe integer cannot say exactly. */
export function amountColumn(amount: bigint): number {
  if (amount < 0n || amount > MAX_UNITS) {
    throw new ToriiError('MONEY_INVALID', `expected an amount of 0 to ${MAX_UNITS} units, got ${amount}`);
  }
  return Number(amount);
}

/** An exact amount from its column. */
export function amountOf(row: Row, column: string): bigint {
  return BigInt(integerOf(row, column));
}

/** A safe integer from its column. Throws STORE_CORRUPT for anything else. */
export function integerOf(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw corrupt(column, 'a safe integer');
}

/** Text from its column. Throws STORE_CORRUPT for anything else. */
export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw corrupt(column, 'text');
}

/** What JSON text in a column says. The store wrote it, so its shape is trusted; its syntax is not. */
export function jsonOf(row: Row, column: string): unknown {
  try {
    return JSON.parse(textOf(row, column));
  } catch (error) {
    if (ToriiError.is(error)) throw error;
    throw corrupt(column, 'JSON');
  }
}

function corrupt(column: string, expected: string): ToriiError {
  return new ToriiError(
    'STORE_CORRUPT',
    `expected ${expected} in the column \`${column}\`; restore a copy of the store`,
  );
}
