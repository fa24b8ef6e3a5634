import { ToriiError } from '../nouns/errors.ts';
import { type Job, type JobKind, jobKinds } from '../nouns/jobs.ts';
import type { Random } from '../nouns/random.ts';
import { integerOf, textOf } from '../stores/sqlite/columns.ts';
import { type Connection, loadDriver, type Row } from '../stores/sqlite/driver.ts';
import { SqliteFailure, unavailable } from '../stores/sqlite/failure.ts';
import { oneName } from '../stores/sqlite/file-identity.ts';
import { type OwnFile, prepareOwnFile, rollBack } from '../stores/sqlite/own-file.ts';
import { pause } from '../stores/turns.ts';
import type { JobTable, Return, TakenJob, Taking } from './job-table.ts';
import { isRemembered, KNOWN_MS, laneOf, nameOf } from './naming.ts';

/** How long a process has a job without renewing that, in milliseconds: so long after its death others take it. */
export const LEASE_MS = 30_000;

/** At most so many that were done are forgotten in one step. */
const FORGOTTEN_AT_ONCE = 500;

const RETRY_MS = 10;
const TRIES = 200;

/**
 * `at_ms` is when somebody may take it: when it is due, or for one that runs, when its lease ends. For one that was done,
 * it is when it may be forgotten.
 */
const TABLES = `
CREATE TABLE jobs (
  name TEXT PRIMARY KEY,
  lane TEXT NOT NULL,
  kind TEXT NOT NULL,
  tenant TEXT NOT NULL,
  subject TEXT NOT NULL,
  due_ms INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done')),
  failures INTEGER NOT NULL,
  lease TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_to_take ON jobs (lane, at_ms) WHERE state <> 'done';
CREATE INDEX jobs_to_forget ON jobs (at_ms) WHERE state = 'done';
`;

/** "ToJo", so that a file says that it holds jobs and is no store. NORMAL, as all that is lost with them is found again. */
const JOBS_FILE: OwnFile = {
  name: 'queue of jobs',
  applicationId: 0x546f4a6f,
  version: 1,
  tables: TABLES,
  synchronous: 'NORMAL',
};

/** Keeps jobs in a file that several processes of one machine may open at once. */
export async function openSqliteTable(path: string, random: Random): Promise<JobTable> {
  const driver = await loadDriver();
  const name = oneName(path);
  const connection = await answered(name, () => opened(driver(name), name));
  const rows = new SqliteRows(connection, random);
  let open = true;
  const ask = <T>(step: () => T): Promise<T> => {
    if (!open) throw new ToriiError('STORE_UNAVAILABLE', `the queue of jobs \`${name}\` is closed`);
    return answered(name, step);
  };
  return {
    shared: true,
    put: async (jobs, when) => ask(() => rows.put(jobs, when)),
    take: async (taking) => ask(() => rows.take(taking)),
    renew: async (taken, now) => ask(() => rows.renew(taken, now)),
    giveBack: async (taken, end, now) => ask(() => rows.giveBack(taken, end, now)),
    nextAt: async (lane) => ask(() => rows.nextAt(lane)),
    close: async () => {
      if (!open) return;
      open = false;
      connection.close();
    },
  };
}

function opened(connection: Connection, path: string): Connection {
  try {
    prepareOwnFile(connection, path, JOBS_FILE);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Asks again while another process writes: that takes it a moment. */
async function answered<T>(path: string, step: () => T): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return step();
    } catch (error) {
      if (ToriiError.is(error)) throw error;
      if (!SqliteFailure.isLock(error) || tries === TRIES) throw unavailable(path, error);
    }
    await pause(RETRY_MS);
  }
}

class SqliteRows {
  readonly #connection: Connection;
  readonly #random: Random;
  readonly #statements: ReturnType<typeof statements>;

  constructor(connection: Connection, random: Random) {
    this.#connection = connection;
    this.#random = random;
    this.#statements = statements(connection);
  }

  put(jobs: readonly Job[], { now, anew }: { readonly now: number; readonly anew: boolean }): void {
    const { forget, putAnew, put } = this.#statements;
    this.#step(() => {
      forget.run(now, FORGOTTEN_AT_ONCE);
      for (const job of jobs) {
        const { kind, tenant, subject, dueAt } = job;
        (anew ? putAnew : put).run(nameOf(job), laneOf(kind), kind, tenant, subject, dueAt, dueAt);
      }
    });
  }

  take({ lane, now, limit }: Taking): readonly TakenJob[] {
    const { due, lease: lend } = this.#statements;
    if (due.get(lane, now, 1) === undefined) return [];
    return this.#step(() =>
      due.all(lane, now, limit).map((row) => {
        const lease = this.#random.id('lease');
        lend.run(lease, now + LEASE_MS, textOf(row, 'name'));
        return { job: jobOf(row), failures: integerOf(row, 'failures'), lease };
      }),
    );
  }

  renew(taken: readonly TakenJob[], now: number): void {
    this.#step(() => {
      for (const { job, lease } of taken) this.#statements.renew.run(now + LEASE_MS, nameOf(job), lease);
    });
  }

  giveBack({ job, lease }: TakenJob, end: Return, now: number): void {
    const { wait, done, remove } = this.#statements;
    const name = nameOf(job);
    if (end.kind === 'waits') wait.run(end.dueAt, end.dueAt, end.failures, name, lease);
    else if (isRemembered(job.kind)) done.run(now + KNOWN_MS, name, lease);
    else remove.run(name, lease);
  }

  nextAt(lane: string): number | undefined {
    const row = this.#statements.next.get(lane);
    return row === undefined ? undefined : integerOf(row, 'at_ms');
  }

  #step<T>(body: () => T): T {
    this.#connection.exec('BEGIN IMMEDIATE');
    try {
      const answer = body();
      this.#connection.exec('COMMIT');
      return answer;
    } catch (error) {
      rollBack(this.#connection);
      throw error;
    }
  }
}

function statements(connection: Connection) {
  const columns = 'name, lane, kind, tenant, subject, due_ms, at_ms, state, failures';
  const added = `INSERT INTO jobs (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', 0) ON CONFLICT (name) DO`;
  return {
    put: connection.prepare(`${added} NOTHING`),
    putAnew: connection.prepare(
      `${added} UPDATE SET state = 'waiting', failures = 0, lease = NULL, due_ms = excluded.due_ms,
       at_ms = excluded.at_ms WHERE jobs.state = 'done'`,
    ),
    due: connection.prepare(
      `SELECT ${columns} FROM jobs WHERE lane = ? AND state <> 'done' AND at_ms <= ? ORDER BY at_ms LIMIT ?`,
    ),
    lease: connection.prepare(`UPDATE jobs SET state = 'running', lease = ?, at_ms = ? WHERE name = ?`),
    renew: connection.prepare(`UPDATE jobs SET at_ms = ? WHERE name = ? AND lease = ? AND state = 'running'`),
    wait: connection.prepare(
      `UPDATE jobs SET state = 'waiting', due_ms = ?, at_ms = ?, failures = ?, lease = NULL
       WHERE name = ? AND lease = ?`,
    ),
    done: connection.prepare(
      `UPDATE jobs SET state = 'done', at_ms = ?, lease = NULL WHERE name = ? AND lease = ?`,
    ),
    remove: connection.prepare('DELETE FROM jobs WHERE name = ? AND lease = ?'),
    next: connection.prepare(
      `SELECT at_ms FROM jobs WHERE lane = ? AND state <> 'done' ORDER BY at_ms LIMIT 1`,
    ),
    forget: connection.prepare(
      `DELETE FROM jobs WHERE name IN
       (SELECT name FROM jobs WHERE state = 'done' AND at_ms <= ? ORDER BY at_ms LIMIT ?)`,
    ),
  };
}

function jobOf(row: Row): Job {
  const { kind } = row;
  return {
    kind: jobKinds.find((known) => known === kind) ?? unknownKind(kind),
    tenant: textOf(row, 'tenant'),
    subject: textOf(row, 'subject'),
    dueAt: integerOf(row, 'due_ms'),
  };
}

function unknownKind(kind: unknown): JobKind {
  throw new ToriiError('STORE_CORRUPT', `expected a kind of job, got \`${String(kind)}\``);
}
