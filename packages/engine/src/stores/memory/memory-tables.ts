import type { Approval } from '../../nouns/approval.ts';
import type { Entry } from '../../nouns/entry.ts';
import type { CallRecord, Delivery } from '../../nouns/store.ts';
import { EMPTY } from '../../record/chain.ts';
import type { Bucket, Slice, Tables } from '../tables.ts';

/** Rows in maps. Everything is lost with the process: for tests and trials. */
export function memoryTables(): Tables {
  return { ...callRows(), ...bucketRows(), ...sliceRows(), ...approvalRows(), ...entryRows(), ...deliveryRows() };
}

function callRows(): Pick<Tables, 'call' | 'openCall' | 'putCall' | 'dueCalls' | 'unresolvedCalls' | 'pruneCalls'> {
  const calls = new Map<string, CallRecord>();
  const open = new Map<string, string>();
  const withDeadline = new Map<string, number>();
  let earliest = Infinity;
  return {
    call: (id) => calls.get(id),
    openCall: (fingerprint) => calls.get(open.get(fingerprint) ?? ''),
    putCall(record) {
      const { id, fingerprint, deadlineMs, endedAt } = record;
      calls.set(id, record);
      if (fingerprint !== undefined && endedAt === undefined) open.set(fingerprint, id);
      if (fingerprint !== undefined && endedAt !== undefined && open.get(fingerprint) === id) open.delete(fingerprint);
      if (deadlineMs === undefined) withDeadline.delete(id);
      else withDeadline.set(id, deadlineMs);
      earliest = Math.min(earliest, deadlineMs ?? Infinity);
    },
    dueCalls(nowMs, limit) {
      if (nowMs < earliest) return [];
      const ordered = [...withDeadline].sort(([, a], [, b]) => a - b);
      earliest = ordered[0]?.[1] ?? Infinity;
      const due = ordered.filter(([, deadline]) => deadline <= nowMs).slice(0, limit);
      return due.flatMap(([id]) => calls.get(id) ?? []);
    },
    unresolvedCalls: (limit) => [...calls.values()].filter(({ state }) => state === 'unresolved').slice(0, limit),
    pruneCalls(beforeMs, limit) {
      const ended = [...calls.values()].filter(({ endedAt }) => endedAt !== undefined && endedAt < beforeMs);
      for (const { id } of ended.slice(0, limit)) calls.delete(id);
    },
  };
}

function bucketRows(): Pick<Tables, 'bucket' | 'putBucket' | 'frozenBuckets'> {
  const buckets = new Map<string, Bucket>();
  return {
    bucket: (key, startMs) => buckets.get(`${startMs} ${key}`),
    putBucket: (bucket) => void buckets.set(`${bucket.startMs} ${bucket.key}`, bucket),
    frozenBuckets: (key) => [...buckets.values()].filter((bucket) => bucket.key === key && bucket.frozen),
  };
}

function sliceRows(): Pick<Tables, 'slices' | 'addToSlice'> {
  const rates = new Map<string, Slice[]>();
  return {
    slices: (key, afterMs) => (rates.get(key) ?? []).filter(({ startMs }) => startMs > afterMs),
    addToSlice(key, startMs, dropMs) {
      const kept = (rates.get(key) ?? []).filter((slice) => slice.startMs > dropMs);
      const last = kept.at(-1);
      if (last?.startMs === startMs) kept[kept.length - 1] = { startMs, count: last.count + 1 };
      else kept.push({ startMs, count: 1 });
      rates.set(key, kept);
    },
  };
}

function approvalRows(): Pick<Tables, 'approval' | 'putApproval' | 'approvals'> {
  const approvals = new Map<string, Approval>();
  return {
    approval: (id) => approvals.get(id),
    putApproval: (approval) => void approvals.set(approval.id, approval),
    approvals({ status, approver, limit }) {
      const matching = [...approvals.values()].filter(
        (approval) =>
          (status === undefined || approval.status === status) &&
          (approver === undefined || approval.quorums.some(({ approvers }) => approvers.includes(approver))),
      );
      return matching.reverse().slice(0, limit);
    },
  };
}

function entryRows(): Pick<Tables, 'head' | 'putEntry' | 'entries' | 'denials'> {
  const entries: Entry[] = [];
  return {
    head: () => entries.at(-1) ?? EMPTY,
    putEntry: (entry) => void entries.push(entry),
    entries({ afterSeq, limit, types }) {
      if (types === undefined) return entries.slice(afterSeq, afterSeq + limit);
      const found: Entry[] = [];
      for (let index = afterSeq; index < entries.length && found.length < limit; index++) {
        const entry = entries[index];
        if (entry !== undefined && types.includes(entry.type)) found.push(entry);
      }
      return found;
    },
    denials({ issuer, agent }, limit) {
      const found: Entry[] = [];
      for (let index = entries.length - 1; index >= 0 && found.length < limit; index--) {
        const entry = entries[index];
        if (entry?.type === 'call.denied' && entry.facts['agent'] === agent && entry.facts['issuer'] === issuer) found.push(entry);
      }
      return found;
    },
  };
}

function deliveryRows(): Pick<Tables, 'cursor' | 'putCursor' | 'addDelivery' | 'retryDelivery' | 'closeDelivery' | 'dueDeliveries' | 'nextDueDelivery'> {
  const cursors = new Map<string, number>();
  const queued = new Map<string, Delivery>();
  const known = new Set<string>();
  const ordered = (): Delivery[] => [...queued.values()].sort((a, b) => a.dueAt - b.dueAt);
  return {
    cursor: (endpoint) => cursors.get(endpoint) ?? 0,
    putCursor: (endpoint, cursor) => void cursors.set(endpoint, cursor),
    addDelivery(delivery) {
      if (known.has(delivery.id)) return;
      known.add(delivery.id);
      queued.set(delivery.id, delivery);
    },
    retryDelivery(id, dueAt) {
      const delivery = queued.get(id);
      if (delivery !== undefined) queued.set(id, { ...delivery, dueAt, attempts: delivery.attempts + 1 });
    },
    closeDelivery: (id) => void queued.delete(id),
    dueDeliveries: (nowMs, limit) => ordered().filter(({ dueAt }) => dueAt <= nowMs).slice(0, limit),
    nextDueDelivery: () => ordered()[0]?.dueAt,
  };
}
