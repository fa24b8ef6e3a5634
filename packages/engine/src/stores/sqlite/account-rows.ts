import type { Account, KeptMovement, Tables } from '../tables.ts';
import type { Forgetful } from './budget-rows.ts';
import { amountColumn, amountOf, integerOf, textOf } from './columns.ts';
import type { Connection, Row } from './driver.ts';
import { ENTRY_COLUMNS, entryOf } from './entry-rows.ts';
import { RowCache } from './row-cache.ts';

type AccountRows = Pick<
  Tables,
  'account' | 'putAccount' | 'movement' | 'addMovement' | 'addToHistory' | 'history'
> &
  Forgetful;

/** Wallets and what was set aside, every movement by its id, and which entries moved money of whom. */
export function accountRows(connection: Connection): AccountRows {
  const one = connection.prepare('SELECT currency, funds, closed FROM accounts WHERE key = ?');
  const put = connection.prepare(`
    INSERT INTO accounts (key, currency, funds, closed) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET currency = excluded.currency, funds = excluded.funds, closed = excluded.closed`);
  const known = new RowCache<Account>();
  return {
    account(key) {
      const seen = known.get(key);
      if (seen !== undefined) return seen;
      const row = one.get(key);
      const account = row === undefined ? undefined : accountOf(key, row);
      if (account !== undefined) known.set(key, account);
      return account;
    },
    putAccount(account) {
      const { key, currency, funds, closed } = account;
      put.run(key, currency, amountColumn(funds), closed ? 1 : 0);
      known.set(key, account);
    },
    ...movementRows(connection),
    ...historyRows(connection),
    forget: () => known.clear(),
  };
}

function movementRows(connection: Connection): Pick<Tables, 'movement' | 'addMovement'> {
  const one = connection.prepare('SELECT id, source, target, currency, units FROM movements WHERE id = ?');
  const add = connection.prepare(
    'INSERT INTO movements (id, source, target, currency, units) VALUES (?, ?, ?, ?, ?)',
  );
  return {
    movement(id) {
      const row = one.get(id);
      return row === undefined ? undefined : movementOf(row);
    },
    addMovement({ id, from, to, currency, units }) {
      add.run(id, from ?? null, to ?? null, currency, amountColumn(units));
    },
  };
}

function historyRows(connection: Connection): Pick<Tables, 'addToHistory' | 'history'> {
  const add = connection.prepare(
    'INSERT INTO account_entries (account, seq) VALUES (?, ?) ON CONFLICT DO NOTHING',
  );
  const before = connection.prepare(`
    SELECT ${ENTRY_COLUMNS} FROM entries WHERE seq IN
      (SELECT seq FROM account_entries WHERE account = ? AND seq < ? ORDER BY seq DESC LIMIT ?)
    ORDER BY seq DESC`);
  return {
    addToHistory: (accountKey, seq) => add.run(accountKey, seq),
    history: (accountKey, beforeSeq, limit) => before.all(accountKey, beforeSeq, limit).map(entryOf),
  };
}

function accountOf(key: string, row: Row): Account {
  return {
    key,
    currency: textOf(row, 'currency'),
    funds: amountOf(row, 'funds'),
    closed: integerOf(row, 'closed') === 1,
  };
}

function movementOf(row: Row): KeptMovement {
  return {
    id: textOf(row, 'id'),
    from: row['source'] === null ? undefined : textOf(row, 'source'),
    to: row['target'] === null ? undefined : textOf(row, 'target'),
    currency: textOf(row, 'currency'),
    units: amountOf(row, 'units'),
  };
}
