import { MAX_UNITS } from '../nouns/asset.ts';
import type { Store } from '../nouns/store.ts';
import { memoryTables } from '../stores/memory/memory-tables.ts';
import { undoLog } from '../stores/memory/undo.ts';
import { type Run, tableStore } from '../stores/table-store.ts';
import * as transitions from '../stores/transitions/index.ts';
import { fakeClock } from './fake-clock.ts';
import { plantedCarveOuts, plantedExtensions, plantedWallets } from './planted-accounts.test-support.ts';
import { plantedOutbox } from './planted-outbox.test-support.ts';
import { plantedApprovals } from './planted-approvals.test-support.ts';
import { plantedRevocations } from './planted-revocations.test-support.ts';
import { over, type Planted } from './planted.test-support.ts';
import { storeContract } from './store-contract.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const planted: readonly Planted[] = [
  { name: 'none', caughtBy: /^never$/ },
  {
    name: 'looks at the budget, and holds after a pause',
    caughtBy: /two calls that fit alone but not together/,
    methods: ({ store }) => ({
      async reserve(reservation) {
        const { budgets } = await store.status(reservation.budgets, []);
        const fits = budgets.every(({ left }, index) => left >= (reservation.budgets[index]?.amount ?? 0n));
        await Promise.resolve();
        const unchecked = reservation.budgets.map((charge) => ({ ...charge, limit: MAX_UNITS }));
        return store.reserve(fits ? { ...reservation, budgets: unchecked } : reservation);
      },
    }),
  },
  {
    name: 'tells of a budget that is filled by what is only held',
    caughtBy: /tells once of each share of a budget that is spent, and of none that is only held/,
    methods: ({ store }) => ({
      async reserve(reservation) {
        const answer = await store.reserve(reservation);
        if (answer.kind !== 'reserved') return answer;
        for (const { key, spent, held } of answer.budgets) {
          const charge = reservation.budgets.find((each) => each.key === key);
          for (const { percent, units } of charge?.alerts ?? []) {
            if (spent + held < units) continue;
            await store.append([{ type: 'budget.threshold_reached', facts: { budget: key, percent } }]);
          }
        }
        return answer;
      },
    }),
  },
  {
    name: 'returns the money of a started call when nobody reports its end',
    caughtBy: /never returns the money of a started call/,
    rows: (tables) => ({
      dueCalls: (nowMs, limit) =>
        tables
          .dueCalls(nowMs, limit)
          .map((call) => (call.state === 'started' ? { ...call, state: 'held' } : call)),
    }),
  },
  {
    name: 'holds again for a repeated request',
    caughtBy: /gives a repeated request the first answer/,
    methods: (parts) => ({ reserve: (...asked) => over(parts, { call: () => undefined }).reserve(...asked) }),
  },
  {
    name: 'tells every repeat that it made the hold',
    caughtBy: /is fresh once for 256 identical requests/,
    methods: ({ store }) => ({
      async reserve(reservation) {
        const answer = await store.reserve(reservation);
        return answer.kind === 'reserved' ? { ...answer, fresh: true } : answer;
      },
    }),
  },
  {
    name: 'loses the hold of an attempt that asks again',
    caughtBy: /tells the attempt that made a hold to start the same/,
    methods: ({ store }) => ({
      async reserve(reservation) {
        const before = await store.call(reservation.call.id);
        const answer = await store.reserve(reservation);
        return answer.kind === 'reserved' && before !== undefined ? { ...answer, fresh: false } : answer;
      },
    }),
  },
  {
    name: 'takes back what another attempt made',
    caughtBy: /takes back only what the attempt itself made/,
    methods: ({ store }) => ({
      async withdraw(call, facts) {
        const known = await store.call(call.id);
        return store.withdraw(known ?? call, facts);
      },
    }),
  },
  {
    name: 'forgets that an owner is revoked',
    caughtBy: /denies every call of a revoked owner/,
    rows: (tables) => ({
      revocation: (key) => (key.startsWith('["owner"') ? undefined : tables.revocation(key)),
    }),
  },
  {
    name: 'starts what a revoked caller had held',
    caughtBy: /ends what waits or is held when it is to start/,
    methods: (parts) => ({ start: (...asked) => over(parts, { anyRevoked: () => false }).start(...asked) }),
  },
  {
    name: 'revokes without a word in the journal',
    caughtBy: /lists who is revoked, newest first/,
    rows: (tables) => ({
      putEntry: (entry) => (entry.type === 'access.revoked' ? undefined : tables.putEntry(entry)),
    }),
  },
  {
    name: 'counts rates by the minute of the clock',
    caughtBy: /does not start counting anew at the turn of the minute/,
    rows: (tables, now) => ({
      slices: (key, afterMs) =>
        tables.slices(key, afterMs).filter(({ startMs }) => startMs >= now() - (now() % MINUTE_MS)),
    }),
  },
  {
    name: 'keeps what a settlement left over',
    caughtBy: /spends what a call cost and returns the rest/,
    methods: ({ run, store, tables }) => ({
      settle: async (settlement) => {
        const answer = await store.settle(settlement);
        if (answer.kind !== 'ended' || !answer.first) return answer;
        return run(() => {
          for (const { key, startMs, amount, currency } of answer.call.budgets) {
            const bucket = tables.bucket(key, startMs);
            const rest = amount - (settlement.amounts.get(currency) ?? 0n);
            if (bucket !== undefined && rest > 0n) tables.putBucket({ ...bucket, held: bucket.held + rest });
          }
          return answer;
        });
      },
    }),
  },
  {
    name: 'tells a denied call something else the second time',
    caughtBy: /repeats a denial even when there is room/,
    rows: (tables) => ({ putCall: (call) => (call.state === 'denied' ? undefined : tables.putCall(call)) }),
  },
  {
    name: 'forgets what ended long ago although its next attempt is known',
    caughtBy: /keeps a call that ended for as long as its next attempt is known/,
    rows: (tables, now) => ({
      call(id) {
        const known = tables.call(id);
        return (known?.endedAt ?? Infinity) < now() - 72 * HOUR_MS ? undefined : known;
      },
    }),
  },
  {
    name: 'loses the record of denials',
    caughtBy: /records each change once/,
    rows: (tables) => ({
      putEntry: (entry) => (entry.type === 'call.denied' ? undefined : tables.putEntry(entry)),
    }),
  },
  {
    name: 'lets the clock run backwards',
    caughtBy: /never goes back in time/,
    rows: (tables) => ({ head: () => ({ ...tables.head(), at: 0 }) }),
  },
  {
    name: 'charges only the first of several budgets',
    caughtBy: /holds every charge/,
    methods: ({ store }) => ({
      reserve: (reservation) => store.reserve({ ...reservation, budgets: reservation.budgets.slice(0, 1) }),
    }),
  },
  {
    name: 'queues a delivered message again',
    caughtBy: /never queues a known delivery again/,
    methods: ({ store }) => ({
      enqueue: (endpoint, cursor, deliveries) =>
        store.enqueue(
          endpoint,
          cursor,
          deliveries.map((one, index) => ({ ...one, id: `${one.id}-${cursor}-${index}` })),
        ),
      finish: (id, result) => store.finish(`${id}-1-0`, result),
    }),
  },
  {
    name: 'lets an approver vote twice',
    caughtBy: /distinct people of every quorum/,
    rows: (tables) => ({
      putApproval: (approval) =>
        tables.putApproval({
          ...approval,
          votes: approval.votes.map((vote, index) => ({ ...vote, approver: `${index}` })),
        }),
    }),
  },
  {
    name: 'forgets a slice of a rolling window too early',
    caughtBy: /never spends more than the limit in any stretch/,
    rows: (tables) => ({ buckets: (key, afterMs) => tables.buckets(key, afterMs + MINUTE_MS) }),
  },
  {
    name: 'lets a rolling window start anew with each slice',
    caughtBy: /exactly what fits beside the slices before/,
    rows: (tables) => ({ buckets: (key, afterMs) => tables.buckets(key, afterMs).slice(-1) }),
  },
  {
    name: 'forgets the money of slices that count no more',
    caughtBy: /keeps what an old slice holds until its call ends/,
    rows: (tables) => ({
      dropBuckets(key, untilMs) {
        for (const bucket of tables.buckets(key, -Infinity))
          if (bucket.startMs <= untilMs) tables.putBucket({ ...bucket, held: 0n });
        tables.dropBuckets(key, untilMs);
      },
    }),
  },
  {
    name: 'starts a call by policies that are no longer active',
    caughtBy: /changes nothing for who decided by another set/,
    methods: (parts) => ({
      start: (...asked) => over(parts, { activeHash: () => undefined }).start(...asked),
    }),
  },
  {
    name: 'keeps to the set of policies that was active when it was opened',
    caughtBy: /lets only the engine pass that decides by the active set/,
    rows(tables) {
      let first: string | undefined;
      return { activeHash: () => (first ??= tables.activeHash()) };
    },
  },
  {
    name: 'activates whatever was active before',
    caughtBy: /activates only where what was expected is active/,
    methods: ({ store }) => ({
      activateRevision: ({ number, author, note, facts = {} }) =>
        store.activateRevision({ number, author, note, facts }),
    }),
  },
  {
    name: 'activates without a word in the journal',
    caughtBy: /records what was saved and activated/,
    rows: (tables) => ({
      putEntry: (entry) => (entry.type === 'policies.activated' ? undefined : tables.putEntry(entry)),
    }),
  },
  {
    name: 'counts a repeat in its session again',
    caughtBy: /counts a decision once, however often it is asked for/,
    methods: ({ run, store, tables }) => ({
      async reserve(reservation) {
        const answer = await store.reserve(reservation);
        if (answer.kind !== 'reserved' || answer.fresh) return answer;
        await run(() => {
          const before = tables.session(reservation.call);
          if (before !== undefined) tables.putSession({ ...before, calls: before.calls + 1 });
        });
        return answer;
      },
    }),
  },
  {
    name: 'elevates a session for ever',
    caughtBy: /elevates the session of an approved action for its tool, for as long as was said/,
    rows: (tables) => ({
      putSession: (record) =>
        tables.putSession({
          ...record,
          elevations: record.elevations.map((one) => ({ ...one, untilMs: one.untilMs + MINUTE_MS })),
        }),
    }),
  },
  {
    name: 'lets an escalation decide from the start',
    caughtBy: /lets a step of an escalation decide from its moment on/,
    methods: ({ run, tables }) => ({
      vote: async (request) =>
        run((step) => {
          const early = (id: string) => {
            const approval = tables.approval(id);
            return approval && { ...approval, createdAt: approval.createdAt - MINUTE_MS };
          };
          return transitions.vote({ ...step, tables: { ...tables, approval: early } }, request);
        }),
    }),
  },
  {
    name: 'lists an approval to everybody that an escalation names',
    caughtBy: /lists an approval to a step of its escalation once that has come/,
    rows: (tables) => ({ approvals: (filter) => tables.approvals(filter, Infinity) }),
  },
  ...plantedExtensions,
  ...plantedWallets,
  ...plantedCarveOuts,
  ...plantedRevocations,
  ...plantedApprovals,
  ...plantedOutbox,
];

function broken({ rows, methods }: Planted): { store: Store; clock: ReturnType<typeof fakeClock> } {
  const clock = fakeClock();
  const undo = undoLog();
  const sound = memoryTables(undo);
  const now = (): number => clock.now();
  const tables = { ...sound, ...rows?.(sound, now) };
  const run: Run = async (transition) => {
    try {
      return transition({ tables, now: Math.max(clock.now(), tables.head().at) });
    } catch (error) {
      undo.rollBack();
      throw error;
    } finally {
      undo.commit();
    }
  };
  const store = tableStore(run, () => Promise.resolve());
  return { store: { ...store, ...methods?.({ tables, store, run, now }) }, clock };
}

const cases = storeContract().filter(({ title }) => !title.includes('closes'));

test.each(planted)('a store that $name is caught where it matters', async (bug) => {
  const meant = cases.filter(({ title }) => bug.name === 'none' || bug.caughtBy.test(title));
  const noticed: string[] = [];
  for (const { title, run } of meant) {
    await run(() => Promise.resolve(broken(bug))).catch(() => noticed.push(title));
  }

  if (bug.name === 'none') expect(noticed).toEqual([]);
  else expect(noticed).not.toEqual([]);
});
