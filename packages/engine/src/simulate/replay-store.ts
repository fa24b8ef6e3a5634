import type { CallRecord, Store } from '../nouns/store.ts';
import { EMPTY } from '../record/chain.ts';
import { memoryTables } from '../stores/memory/memory-tables.ts';
import { type Run, tableStore } from '../stores/table-store.ts';
import type { Tables } from '../stores/tables.ts';

/**
 * A store that counts as every store does, at the time that it is told. It writes no journal and forgets a call once it
 * has ended: what it keeps are the calls that are open, the budgets, rates and sessions.
 */
export function replayStore(time: { readonly now: number }): Store {
  const rows = memoryTables({ note: nothing, rollBack: nothing, commit: nothing });
  const tables: Tables = { ...rows, ...openCalls(), head: () => EMPTY, putEntry: nothing };
  const run: Run = async (transition) => transition({ tables, now: time.now });
  return tableStore(run, async () => undefined);
}

/** Calls until they end. No two are one, and none has a deadline: they end as the journal says. */
function openCalls(): Pick<
  Tables,
  'call' | 'openCall' | 'putCall' | 'dueCalls' | 'unresolvedCalls' | 'pruneCalls'
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
    pruneCalls: nothing,
  };
}

function nothing(): undefined {
  return undefined;
}
