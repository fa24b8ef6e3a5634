import { ToriiError } from '../../nouns/errors.ts';

/** Primary result codes of SQLite. */
export const sqliteCodes = {
  BUSY: 5,
  LOCKED: 6,
  NOMEM: 7,
  READONLY: 8,
  INTERRUPT: 9,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  PROTOCOL: 15,
  NOLFS: 22,
  AUTH: 23,
  NOTADB: 26,
} as const;

const { BUSY, LOCKED, PROTOCOL, CORRUPT, NOTADB, ...rest } = sqliteCodes;
const LOCKING: ReadonlySet<number> = new Set([BUSY, LOCKED, PROTOCOL]);
const CORRUPTION: ReadonlySet<number> = new Set([CORRUPT, NOTADB]);
const OUTAGES: ReadonlySet<number> = new Set([...LOCKING, ...CORRUPTION, ...Object.values(rest)]);

/** What SQLite refused, the same whichever driver said it. */
export class SqliteFailure extends Error {
  override readonly name = 'SqliteFailure';

  constructor(
    /** The primary result code, 1 where the driver gave none. */
    readonly code: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  static from(error: unknown): SqliteFailure {
    const { errcode, rawCode, message } = error as {
      errcode?: unknown;
      rawCode?: unknown;
      message?: unknown;
    };
    const text = String(message);
    // libsql gives the code of a file that cannot be opened only as the last word of the message.
    const code = errcode ?? rawCode ?? /: (\d+)"\)$/.exec(text)?.[1] ?? 1;
    return new SqliteFailure(Number(code) & 0xff, text, { cause: error });
  }

  /** Whether somebody else holds a lock, so that trying again may help. */
  static isLock(error: unknown): boolean {
    return error instanceof SqliteFailure && LOCKING.has(error.code);
  }

  static isCorruption(error: unknown): boolean {
    return error instanceof SqliteFailure && CORRUPTION.has(error.code);
  }

  /** Whether the file or the machine failed, rather than what was asked of it. */
  static isOutage(error: unknown): boolean {
    return error instanceof SqliteFailure && OUTAGES.has(error.code);
  }
}

const CAUSES: ReadonlyMap<number, string> = new Map([
  [sqliteCodes.BUSY, 'another connection keeps it locked'],
  [sqliteCodes.LOCKED, 'another connection keeps it locked'],
  [sqliteCodes.READONLY, 'it cannot be written; check its permissions'],
  [sqliteCodes.IOERR, 'the disk failed'],
  [sqliteCodes.CORRUPT, 'the file is damaged; restore a copy'],
  [sqliteCodes.FULL, 'the disk is full; free some space'],
  [sqliteCodes.CANTOPEN, 'it cannot be opened; check that its folder exists and can be written'],
  [sqliteCodes.NOTADB, 'the file is no SQLite database any more; restore a copy'],
]);

/** The outage that callers are told. */
export function unavailable(path: string, error: unknown): ToriiError {
  const code = error instanceof SqliteFailure ? error.code : 0;
  const why = CAUSES.get(code) ?? (error instanceof Error ? error.message : 'it failed');
  return new ToriiError('STORE_UNAVAILABLE', `the store \`${path}\` cannot answer: ${why}`, { cause: error });
}
