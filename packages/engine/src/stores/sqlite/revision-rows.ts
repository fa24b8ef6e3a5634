import type { PolicyRevision, RevisionSummary } from '../../nouns/revision.ts';
import type { Activation, Tables } from '../tables.ts';
import type { Forgetful } from './budget-rows.ts';
import { integerOf, jsonOf, textOf } from './columns.ts';
import type { Connection, Row } from './driver.ts';

type RevisionRows = Pick<
  Tables,
  'revision' | 'revisionOf' | 'revisions' | 'addRevision' | 'activation' | 'putActivation' | 'activeHash'
> &
  Forgetful;

/** Versions of the policies. The documents come last in their row, so that looking for a hash does not read them. */
export function revisionRows(connection: Connection): RevisionRows {
  const columns = 'number, hash, record, documents';
  const byNumber = connection.prepare(`SELECT ${columns} FROM revisions WHERE number = ?`);
  const byHash = connection.prepare(`SELECT ${columns} FROM revisions WHERE hash = ?`);
  const newest = connection.prepare(
    `SELECT number, hash, record FROM revisions ORDER BY number DESC LIMIT ?`,
  );
  const add = connection.prepare(`INSERT INTO revisions (${columns}) VALUES (?, ?, ?, ?)`);
  return {
    revision: (number) => found(byNumber.get(number)),
    revisionOf: (hash) => found(byHash.get(hash)),
    revisions: (limit) => newest.all(limit).map(summaryOf),
    addRevision({ number, hash, documents, ...record }) {
      add.run(number, hash, JSON.stringify(record), documents);
    },
    ...activationRow(connection),
  };
}

function activationRow(
  connection: Connection,
): Pick<RevisionRows, 'activation' | 'putActivation' | 'activeHash' | 'forget'> {
  const one = connection.prepare('SELECT number, record FROM activation');
  const put = connection.prepare(`INSERT INTO activation (only, number, record) VALUES (1, ?, ?)
    ON CONFLICT DO UPDATE SET number = excluded.number, record = excluded.record`);
  const hash = connection.prepare('SELECT hash FROM revisions JOIN activation USING (number)');
  let active: { readonly hash: string | undefined } | undefined;
  return {
    activation() {
      const row = one.get();
      return row === undefined ? undefined : activationOf(row);
    },
    putActivation({ number, ...record }) {
      put.run(number, JSON.stringify(record));
      active = undefined;
    },
    activeHash() {
      if (active !== undefined) return active.hash;
      const row = hash.get();
      active = { hash: row === undefined ? undefined : textOf(row, 'hash') };
      return active.hash;
    },
    forget() {
      active = undefined;
    },
  };
}

function found(row: Row | undefined): PolicyRevision | undefined {
  return row === undefined ? undefined : revisionOf(row);
}

function revisionOf(row: Row): PolicyRevision {
  return { ...summaryOf(row), documents: textOf(row, 'documents') };
}

function summaryOf(row: Row): RevisionSummary {
  const record = jsonOf(row, 'record') as Pick<PolicyRevision, 'author' | 'note' | 'savedAt'>;
  return { number: integerOf(row, 'number'), hash: textOf(row, 'hash'), ...record };
}

function activationOf(row: Row): Activation {
  const record = jsonOf(row, 'record') as Omit<Activation, 'number'>;
  return { number: integerOf(row, 'number'), ...record, previous: record.previous };
}
