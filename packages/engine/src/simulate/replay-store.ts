import type { CallRecord } from '../nouns/hold.ts';
import type { Store } from '../nouns/store.ts';
import { EMPTY } from '../record/chain.ts';
import { sessionId } from '../stores/keys.ts';
import { memoryTables } from '../stores/memory/memory-tables.ts';
import { type Run, tableStore } from '../stores/table-store.ts';
import type { SessionRecord, Tables } from '../stores/tables.ts';
import type { Leg } from './recorded-changes.ts';

/** A store whose wallets are funded as a journal says. */
export interface ReplayStore extends Store {
  /**
   * Puts into wallets what entered them, and takes out what left them as far as it is there: the draft may have had
   * calls paid from it. So what one wallet got from another is in it, whatever the draft says of the other.
   */
  fund(legs: readonly Leg[]): void;
}

/**
 * A store that counts as every store does, at the time that it is told. It writes no journal and forgets a call once it
 * has ended: what it keeps are the calls that are open, the budgets, wallets, rates and sessions.
 */
export function replayStore(time: { readonly now: number }): ReplayStore {
  const rows = memoryTables({ note: nothing, rollBack: nothing, commit: nothing });
  const tables: Tables = {
    ...rows,
    ...openCalls(),
    ...lastingSessions(),
    head: () => EMPTY,
    putEntry: nothing,
    addToHistory: nothing,
  };
  const run: Run = (transition) => transition({ tables, now: time.now });
  return { ...tableStore(run, async () => undefined), fund: (legs) => legs.forEach(fundIn(tables)) };
}

function fundIn(tables: Tables): (leg: Leg) => void {
  return ({ account: key, currency, units }) => {
    const account = tables.account(key) ?? { key, currency, funds: 0n, closed: false };
    const { spent, held } = tables.bucket(key, 0) ?? { spent: 0n, held: 0n };
    const left = account.funds - spent - held;
    const taken = units < 0n && left + units < 0n ? -(left > 0n ? left : 0n) : units;
    tables.putAccount({ ...account, funds: account.funds + taken });
  };
}

/** Calls until they end. No two are one, and none has a deadline: they end as the journal says. */
function openCalls(): Pick<
  Tables,
  'call' | 'openCall' | 'putCall' | 'dueCalls' | 'unresolvedCalls' | 'endedCalls' | 'passOver' | 'forgetCall'
> {
  const calls = new Map<string, CallRecord>();
  return {
    call: (id) => calls.get(id),
    openCall: nothing,
    putCall(record) {
      if (record.endedAt === undefined) calls.set(record.id, record);
      else calls.delete(record.id);
    },
    dueCalls: () => [],
    unresolvedCalls: () => [],
    endedCalls: () => [],
    passOver: nothing,
    forgetCall: nothing,
  };
}

/**
 * Sessions in the order in which they may be forgotten: each is kept equally long after its last decision, so that
 * whoever sweeps looks only at those that go. They go all at once, as many sweeps of an engine would have it by then.
 */
function lastingSessions(): Pick<Tables, 'session' | 'putSession' | 'pruneSessions'> {
  const sessions = new Map<string, SessionRecord>();
  return {
    session: (key) => sessions.get(sessionId(key)),
    putSession(record) {
      const id = sessionId(record);
      sessions.delete(id);
      sessions.set(id, record);
    },
    pruneSessions(nowMs) {
      for (const [id, { keptUntilMs }] of sessions) {
        if (keptUntilMs >= nowMs) return;
        sessions.delete(id);
      }
    },
  };
}

function nothing(): undefined {
  return undefined;
}
