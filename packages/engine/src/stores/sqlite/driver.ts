import { pathToFileURL } from 'node:url';
import { ToriiError } from '../../nouns/errors.ts';
import { SqliteFailure } from './failure.ts';

/** What a column holds. Integers are safe integers; nothing else is ever written. */
export type Value = string | number | null;

export type Row = Readonly<Record<string, unknown>>;

/** A prepared statement; its parameters are positional. */
export interface Statement {
  run(...values: readonly Value[]): void;
  get(...values: readonly Value[]): Row | undefined;
  all(...values: readonly Value[]): readonly Row[];
}

/** The few verbs that the store needs of SQLite. Each throws SqliteFailure for what SQLite refuses. */
export interface Connection {
  exec(sql: string): void;
  prepare(sql: string): Statement;

  /** Safe to repeat. */
  close(): void;
}

/**
 * How a file is opened: `write` creates it where there is none, `read` changes nothing, and `immutable` reads a file
 * beside which SQLite may write no index of its log, without regard to a log or to anybody's locks.
 */
export type Opening = 'write' | 'read' | 'immutable';

/** Opens a file, for writing unless it is told otherwise. */
export type Driver = (path: string, opening?: Opening) => Connection;

/** Answers the driver, or undefined where it is not installed. */
export type DriverSource = () => Promise<Driver | undefined>;

interface NativeStatement {
  run(...values: readonly Value[]): unknown;
  get(...values: readonly Value[]): unknown;
  all(...values: readonly Value[]): unknown[];
}

interface NativeDatabase {
  exec(sql: string): void;
  prepare(sql: string): NativeStatement;
  close(): void;
}

type NativeConstructor = new (path: string, options?: { readonly readOnly: true }) => NativeDatabase;

/** SQLite as Node has it built in since 22.13. Loading it on Node 22 prints Node's own experimental warning. */
export const nodeSqlite: DriverSource = () => {
  const builtIn: unknown = process.getBuiltinModule?.('node:sqlite');
  if (builtIn === undefined) return Promise.resolve(undefined);
  return Promise.resolve(driverOf((builtIn as { DatabaseSync: NativeConstructor }).DatabaseSync, String));
};

/** The package `libsql`, for a Node without SQLite. */
export const libsql: DriverSource = async () => {
  try {
    const loaded: unknown = await import('libsql');
    return driverOf((loaded as { default: NativeConstructor }).default, (path) => uri(path, 'mode=ro'));
  } catch {
    return undefined;
  }
};

/** The first driver that loads. Throws STORE_UNAVAILABLE when there is none. */
export async function loadDriver(sources: readonly DriverSource[] = [nodeSqlite, libsql]): Promise<Driver> {
  for (const source of sources) {
    const driver = await source();
    if (driver !== undefined) return driver;
  }
  throw new ToriiError(
    'STORE_UNAVAILABLE',
    'no SQLite was found; run `npm install libsql`, or use Node 22.13 or newer',
  );
}

/** `readable` names a file that is only read: Node goes by its option, libsql knows none and goes by the name. */
function driverOf(Database: NativeConstructor, readable: (path: string) => string): Driver {
  const native = (path: string, opening: Opening): NativeDatabase => {
    if (opening === 'write') return new Database(path);
    const name = opening === 'read' ? readable(path) : uri(path, 'immutable=1');
    return new Database(name, { readOnly: true });
  };
  return (path, opening = 'write') => connectionOf(translated(() => native(path, opening)));
}

function uri(path: string, parameter: string): string {
  return `${pathToFileURL(path).href}?${parameter}`;
}

function connectionOf(database: NativeDatabase): Connection {
  let open = true;
  return {
    exec: (sql) => translated(() => database.exec(sql)),
    prepare: (sql) => statementOf(translated(() => database.prepare(sql))),
    close() {
      if (open) translated(() => database.close());
      open = false;
    },
  };
}

function statementOf(native: NativeStatement): Statement {
  return {
    run: (...values) => void translated(() => native.run(...values)),
    get: (...values) => {
      const row = translated(() => native.get(...values));
      return row === undefined ? undefined : rowOf(row);
    },
    all: (...values) =>
      Array.from(
        translated(() => native.all(...values)),
        rowOf,
      ),
  };
}

function rowOf(native: unknown): Row {
  const { _metadata, ...row } = native as Record<string, unknown>;
  return row;
}

function translated<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw SqliteFailure.from(error);
  }
}
