import type { Entry } from '../../nouns/entry.ts';
import type { Account, KeptMovement, Tables } from '../tables.ts';
import { put, type Undo } from './undo.ts';

/** Wallets and what was set aside, every movement by its id, and which entries moved money of whom. */
export function accountRows(
  undo: Undo,
  { entries }: Pick<Tables, 'entries'>,
): Pick<Tables, 'account' | 'putAccount' | 'movement' | 'addMovement' | 'addToHistory' | 'history'> {
  const accounts = new Map<string, Account>();
  const movements = new Map<string, KeptMovement>();
  const histories = new Map<string, number[]>();
  return {
    account: (key) => accounts.get(key),
    putAccount: (account) => put(undo, accounts, [account.key, account]),
    movement: (id) => movements.get(id),
    addMovement: (movement) => put(undo, movements, [movement.id, movement]),
    addToHistory(accountKey, seq) {
      const history = histories.get(accountKey) ?? [];
      if (history.at(-1) === seq) return;
      histories.set(accountKey, history);
      history.push(seq);
      undo.note(() => history.pop());
    },
    history(accountKey, beforeSeq, limit) {
      const older = (histories.get(accountKey) ?? []).filter((seq) => seq < beforeSeq);
      const newest = older.slice(Math.max(0, older.length - limit)).reverse();
      return newest.flatMap((seq): readonly Entry[] => entries({ afterSeq: seq - 1, limit: 1 }));
    },
  };
}
