import type { Entry } from '../../nouns/entry.ts';
import type { PolicyRevision } from '../../nouns/revision.ts';
import type { CallRecord } from '../../nouns/hold.ts';
import { EMPTY } from '../../record/chain.ts';
import { agentId, deniedAgent, sessionId } from '../keys.ts';
import type { Activation, Bucket, CallTables, SessionRecord, Slice, Tables } from '../tables.ts';
import { accountRows } from './account-rows.ts';
import { approvalRows } from './approval-rows.ts';
import { deliveryRows, endpointRows } from './delivery-rows.ts';
import { revocationRows } from './revocation-rows.ts';
import { put, remove, type Undo } from './undo.ts';

/** Rows in maps, every change of which `undo` can take back. Everything is lost with the process. */
export function memoryTables(undo: Undo): Tables {
  const entries = entryRows(undo);
  return {
    ...callRows(undo),
    ...bucketRows(undo),
    ...sliceRows(undo),
    ...sessionRows(undo),
    ...revocationRows(undo),
    ...approvalRows(undo),
    ...revisionRows(undo),
    ...entries,
    ...accountRows(undo, entries),
    ...deliveryRows(undo),
    ...endpointRows(undo),
  };
}

function callRows(undo: Undo): CallTables {
  const calls = new Map<string, CallRecord>();
  const ended = new Map<string, number>();
  const open = new Map<string, string>();
  const withDeadline = new Map<string, number>();

  // Calls of one deadline are due in the order in which their ids came first, as in every store.
  const places = new Map<string, number>();
  let next = 0;
  let earliest = Infinity;
  const lookAgain = (): void => void (earliest = -Infinity);
  return {
    call: (id) => calls.get(id),
    openCall: (fingerprint) => calls.get(open.get(fingerprint) ?? ''),
    putCall(record) {
      const { id, fingerprint, deadlineMs, endedAt } = record;
      const isKnown = calls.has(id);
      if (!isKnown) places.set(id, next++);
      put(undo, calls, [id, record]);
      if (fingerprint !== undefined && endedAt === undefined) put(undo, open, [fingerprint, id]);
      if (fingerprint !== undefined && endedAt !== undefined && open.get(fingerprint) === id)
        remove(undo, open, fingerprint);
      if (endedAt !== undefined) put(undo, ended, [id, endedAt]);
      else if (isKnown) remove(undo, ended, id);
      undo.note(lookAgain);
      if (deadlineMs === undefined) remove(undo, withDeadline, id);
      else put(undo, withDeadline, [id, deadlineMs]);
      earliest = Math.min(earliest, deadlineMs ?? Infinity);
    },
    dueCalls(nowMs, limit) {
      if (nowMs < earliest) return [];
      const ordered = [...withDeadline].sort(
        ([a, aMs], [b, bMs]) => aMs - bMs || (places.get(a) ?? 0) - (places.get(b) ?? 0),
      );
      earliest = ordered[0]?.[1] ?? Infinity;
      const due = ordered.filter(([, deadline]) => deadline <= nowMs).slice(0, limit);
      return due.flatMap(([id]) => calls.get(id) ?? []);
    },
    nextDeadline() {
      const soonest = [...withDeadline.values()].reduce((a, b) => Math.min(a, b), Infinity);
      return soonest === Infinity ? undefined : soonest;
    },
    unresolvedCalls: (limit) =>
      [...calls.values()].filter(({ state }) => state === 'unresolved').slice(0, limit),
    endedCalls: (beforeMs, limit) =>
      [...ended].flatMap(([id, endedAt]) => (endedAt < beforeMs ? [id] : [])).slice(0, limit),
    passOver: (id) => remove(undo, ended, id),
    forgetCall(id) {
      remove(undo, calls, id);
      remove(undo, ended, id);
      places.delete(id);
    },
  };
}

function bucketRows(
  undo: Undo,
): Pick<Tables, 'bucket' | 'putBucket' | 'frozenBuckets' | 'buckets' | 'dropBuckets'> {
  const budgets = new Map<string, Map<number, Bucket>>();
  const frozen = new Map<string, readonly Bucket[]>();
  const all = (key: string): readonly Bucket[] => [...(budgets.get(key)?.values() ?? [])];
  return {
    bucket: (key, startMs) => budgets.get(key)?.get(startMs),
    putBucket(bucket) {
      const { key, startMs } = bucket;
      const windows = budgets.get(key) ?? new Map<number, Bucket>();
      budgets.set(key, windows);
      put(undo, windows, [startMs, bucket]);
      const before = frozen.get(key) ?? [];
      if (!bucket.frozen && before.length === 0) return;
      const others = before.filter((other) => other.startMs !== startMs);
      put(undo, frozen, [key, bucket.frozen ? [...others, bucket] : others]);
    },
    frozenBuckets: (key) => frozen.get(key) ?? [],
    buckets: (key, afterMs) =>
      all(key)
        .filter(({ startMs }) => startMs > afterMs)
        .sort((a, b) => a.startMs - b.startMs),
    dropBuckets(key, untilMs) {
      for (const bucket of all(key)) {
        if (bucket.startMs > untilMs || bucket.held > 0n || bucket.frozen) continue;
        remove(undo, budgets.get(key) ?? new Map<number, Bucket>(), bucket.startMs);
      }
    },
  };
}

function sliceRows(undo: Undo): Pick<Tables, 'slices' | 'addToSlice'> {
  const rates = new Map<string, readonly Slice[]>();
  const after = (key: string, ms: number): readonly Slice[] => {
    const all = rates.get(key) ?? [];
    // Where the oldest counts, all of them do: rates are asked about often, and rarely is a slice to be left out.
    return (all[0]?.startMs ?? Infinity) > ms ? all : all.filter(({ startMs }) => startMs > ms);
  };
  return {
    slices: after,
    addToSlice(key, startMs, dropMs) {
      const kept = after(key, dropMs).slice();
      const last = kept.at(-1);
      if (last?.startMs === startMs) kept[kept.length - 1] = { startMs, count: last.count + 1 };
      else kept.push({ startMs, count: 1 });
      put(undo, rates, [key, kept]);
    },
  };
}

function sessionRows(undo: Undo): Pick<Tables, 'session' | 'putSession' | 'pruneSessions'> {
  const sessions = new Map<string, SessionRecord>();
  return {
    session: (key) => sessions.get(sessionId(key)),
    putSession: (record) => put(undo, sessions, [sessionId(record), record]),
    pruneSessions(nowMs, limit) {
      const old = [...sessions].filter(([, { keptUntilMs }]) => keptUntilMs < nowMs);
      for (const [id] of old.slice(0, limit)) remove(undo, sessions, id);
    },
  };
}

function revisionRows(
  undo: Undo,
): Pick<
  Tables,
  'revision' | 'revisionOf' | 'revisions' | 'addRevision' | 'activation' | 'putActivation' | 'activeHash'
> {
  const byNumber = new Map<number, PolicyRevision>();
  const byHash = new Map<string, PolicyRevision>();
  const active = new Map<'activation', Activation>();
  return {
    revision: (number) => byNumber.get(number),
    revisionOf: (hash) => byHash.get(hash),
    revisions: (limit) =>
      [...byNumber.values()]
        .reverse()
        .slice(0, limit)
        .map(({ documents: _, ...summary }) => summary),
    addRevision(revision) {
      put(undo, byNumber, [revision.number, revision]);
      put(undo, byHash, [revision.hash, revision]);
    },
    activation: () => active.get('activation'),
    putActivation: (activation) => put(undo, active, ['activation', activation]),
    activeHash: () => byNumber.get(active.get('activation')?.number ?? 0)?.hash,
  };
}

function entryRows(undo: Undo): Pick<Tables, 'head' | 'putEntry' | 'entries' | 'denials'> {
  const entries: Entry[] = [];
  const takeBack = (): void => void entries.pop();
  return {
    head: () => entries[entries.length - 1] ?? EMPTY,
    putEntry(entry) {
      entries.push(entry);
      undo.note(takeBack);
    },
    entries({ afterSeq, limit, types }) {
      if (types === undefined) return entries.slice(afterSeq, afterSeq + limit);
      const found: Entry[] = [];
      for (let index = afterSeq; index < entries.length && found.length < limit; index++) {
        const entry = entries[index];
        if (entry !== undefined && types.includes(entry.type)) found.push(entry);
      }
      return found;
    },
    denials(agent, limit) {
      const id = agentId(agent);
      const found: Entry[] = [];
      for (let index = entries.length - 1; index >= 0 && found.length < limit; index--) {
        const entry = entries[index];
        if (entry !== undefined && deniedAgent(entry) === id) found.push(entry);
      }
      return found;
    },
  };
}
