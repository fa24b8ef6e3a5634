import { type Approval, nextNoticeAt } from '../nouns/approval.ts';
import type { Store } from '../nouns/store.ts';
import type { Tables } from '../stores/tables.ts';
import { over, type Parts, type Planted } from './planted.test-support.ts';

/** Approvals as `change` makes them, where they are read. */
function approvals(tables: Tables, change: (known: Approval) => Approval): Partial<Tables> {
  return {
    approval(id) {
      const known = tables.approval(id);
      return known && change(known);
    },
  };
}

/** A store whose votes are counted by approvals that are read otherwise, and kept as they were asked. */
function votingBy(parts: Parts, change: (known: Approval) => Approval): Partial<Store> {
  const { tables } = parts;
  const rows: Partial<Tables> = {
    ...approvals(tables, change),
    putApproval(approval) {
      const { quorums = approval.quorums, action = approval.action } = tables.approval(approval.id) ?? {};
      tables.putApproval({ ...approval, quorums, action });
    },
  };
  return { vote: (...asked) => over(parts, rows).vote(...asked) };
}

/** Bugs in who may decide, in what people are told, and in what they withdraw. */
export const plantedApprovals: readonly Planted[] = [
  {
    name: 'counts a deputy as a second person',
    caughtBy: /counts a deputy and whom they stand in for as one person/,
    methods: (parts) =>
      votingBy(parts, (known) => ({
        ...known,
        quorums: known.quorums.map((quorum) => ({
          ...quorum,
          approvers: [...quorum.approvers, ...(quorum.deputies ?? []).map(({ deputy }) => deputy)],
        })),
      })),
  },
  {
    name: 'lets a deputy decide at any time',
    caughtBy: /lets a deputy decide from their first moment until before their last/,
    methods: (parts) =>
      votingBy(parts, (known) => ({
        ...known,
        quorums: known.quorums.map(({ deputies = [], ...quorum }) => ({
          ...quorum,
          deputies: deputies.map((one) => ({ ...one, fromMs: 0, untilMs: Number.MAX_SAFE_INTEGER })),
        })),
      })),
  },
  {
    name: 'lets owners decide what their own agents ask',
    caughtBy: /lets the owner decide unless the quorum separates duties/,
    methods: (parts) =>
      votingBy(parts, (known) => ({ ...known, action: { ...known.action, owner: 'nobody' } })),
  },
  {
    name: 'lets agents decide what they ask',
    caughtBy: /lets no agent decide what it asks itself/,
    methods: (parts) =>
      votingBy(parts, (known) => ({ ...known, action: { ...known.action, agent: 'nobody' } })),
  },
  {
    name: 'forgets how a vote was proven',
    caughtBy: /records how each vote was proven/,
    methods: ({ store }) => ({ vote: (request) => store.vote({ ...request, via: 'token' }) }),
  },
  {
    name: 'gives a notice twice when two announce at once',
    caughtBy: /gives each notice a single time when 32 announce at once/,
    methods: (parts) => ({
      async announce(limit) {
        const due = parts.tables.dueNotice(parts.now());
        await Promise.resolve();
        let isFirst = true;
        return over(parts, {
          dueNotice: (nowMs) => (isFirst ? due : parts.tables.dueNotice(nowMs)),
          approval(id) {
            const known = isFirst && id === due?.id ? due : parts.tables.approval(id);
            return known;
          },
          putApproval(approval) {
            isFirst = false;
            parts.tables.putApproval(approval);
          },
        }).announce(limit);
      },
    }),
  },
  {
    name: 'gives notices of what has ended',
    caughtBy: /gives none from the deadline of the call on/,
    methods: (parts) => ({
      announce: (limit) => over(parts, { call: () => undefined }).announce(limit),
    }),
  },
  {
    name: 'skips what it did not give in time',
    caughtBy: /gives each notice once its time has come, in their order/,
    rows: (tables, now) => ({
      putApproval(approval) {
        let skipped = approval;
        while ((nextNoticeAt(skipped) ?? Infinity) <= now() && skipped.noticed > 0)
          skipped = { ...skipped, noticed: skipped.noticed + 1 };
        tables.putApproval(skipped);
      },
    }),
  },
  {
    name: 'ends a started call with its approval',
    caughtBy: /leaves a call that has started, and whatever has ended, as it is/,
    methods: (parts) => ({
      cancel: (cancellation) =>
        over(parts, {
          call(id) {
            const known = parts.tables.call(id);
            return known?.state === 'started' ? { ...known, state: 'waiting' } : known;
          },
        }).cancel(cancellation),
    }),
  },
  {
    name: 'withdraws an approval and keeps the money',
    caughtBy: /withdraws what waits and what was granted, and returns the money/,
    methods: (parts) => ({
      cancel: (cancellation) => over(parts, { putBucket: () => undefined }).cancel(cancellation),
    }),
  },
  {
    name: 'counts what a session did until somebody sweeps',
    caughtBy: /forgets a session after that, whether or not anybody has swept since/,
    rows: (tables) => ({
      putSession: (session) =>
        tables.putSession({ ...session, keptUntilMs: session.keptUntilMs + 3_600_000 }),
    }),
  },
  {
    name: 'withdraws an approval and leaves the session what it gave',
    caughtBy: /takes back what a granted question let its session do/,
    methods: (parts) => ({
      cancel: (cancellation) => over(parts, { putSession: () => undefined }).cancel(cancellation),
    }),
  },
  {
    name: 'ends a call by an approval that it has used',
    caughtBy: /does not end a call by an approval that it has used/,
    methods: (parts) => ({
      cancel: (cancellation) =>
        over(parts, {
          call(id) {
            const known = parts.tables.call(id);
            return known && { ...known, approvalId: cancellation.approvalId };
          },
        }).cancel(cancellation),
    }),
  },
  {
    name: 'writes a withdrawal again',
    caughtBy: /tells who withdraws it again the same, and writes nothing/,
    methods: ({ store, run, tables }) => ({
      async cancel(cancellation) {
        await run(() => {
          const known = tables.approval(cancellation.approvalId);
          const call = known && tables.call(known.callId);
          if (known?.status !== 'cancelled' || call?.denial?.code !== 'APPROVAL_CANCELLED') return;
          tables.putApproval({ ...known, status: 'pending' });
          tables.putCall({ ...call, state: 'waiting', budgets: [] });
        });
        return store.cancel(cancellation);
      },
    }),
  },
  {
    name: 'lists approvals in the order in which they came',
    caughtBy: /lists approvals by when they were created and then by the bytes of their ids/,
    methods: ({ tables, run }) => ({
      approvals: async (query) =>
        run(({ now }) =>
          [...tables.approvals({ ...query, limit: 1_000 }, now)]
            .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
            .slice(0, query.limit),
        ),
    }),
  },
  {
    name: 'repeats the last of a page on the next one',
    caughtBy: /lists page by page, each approval once/,
    rows: (tables) => ({
      approvals: ({ after, ...query }, nowMs) =>
        tables.approvals(
          after === undefined ? query : { ...query, after: { ...after, id: `${after.id}\0` } },
          nowMs,
        ),
    }),
  },
  {
    name: 'finds the approvals of an owner by their agents',
    caughtBy: /lists what has all that is asked for/,
    rows: (tables) => ({
      approvals: ({ owner, ...query }, nowMs) =>
        tables.approvals(owner === undefined ? query : { ...query, agent: owner }, nowMs),
    }),
  },
];
