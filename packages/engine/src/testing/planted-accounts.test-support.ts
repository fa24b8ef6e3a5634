import { MAX_UNITS } from '../nouns/asset.ts';
import type { CallRecord } from '../nouns/hold.ts';
import type { Tables } from '../stores/tables.ts';
import { over, type Planted } from './planted.test-support.ts';

const HOUR_MS = 3_600_000;

/** Calls as `change` makes them, where they are read. */
function calls(tables: Tables, change: (known: CallRecord) => CallRecord): Partial<Tables> {
  return {
    call(id) {
      const known = tables.call(id);
      return known && change(known);
    },
  };
}

function withoutCarveOut({ carved: _, ...known }: CallRecord): CallRecord {
  return known;
}

/** Bugs in `extend`. */
export const plantedExtensions: readonly Planted[] = [
  {
    name: 'extends without a look at the limit',
    caughtBy: /refuses an extension beyond what is left/,
    methods: (parts) => ({
      extend: (...asked) =>
        over(
          parts,
          calls(parts.tables, (known) => ({
            ...known,
            budgets: known.budgets.map((charge) => ({ ...charge, limit: MAX_UNITS })),
          })),
        ).extend(...asked),
    }),
  },
  {
    name: 'extends a call in the window of now',
    caughtBy: /judges an extension in the window of its hold/,
    methods: (parts) => ({
      extend: (...asked) =>
        over(
          parts,
          calls(parts.tables, (known) => ({
            ...known,
            budgets: known.budgets.map((charge) =>
              charge.window === 'hour'
                ? { ...charge, startMs: parts.now() - (parts.now() % HOUR_MS) }
                : charge,
            ),
          })),
        ).extend(...asked),
    }),
  },
  {
    name: 'extends only the first of several budgets',
    caughtBy: /extends every budget of a call or none/,
    methods: (parts) => ({
      extend: (...asked) =>
        over(
          parts,
          calls(parts.tables, (known) => ({ ...known, budgets: known.budgets.slice(0, 1) })),
        ).extend(...asked),
    }),
  },
  {
    name: 'gives an extended call no more time',
    caughtBy: /counts the time to live anew from an extension/,
    methods: ({ store, run, tables }) => ({
      async extend(extension) {
        const before = await store.call(extension.callId);
        const answer = await store.extend(extension);
        if (answer.kind !== 'extended' || before === undefined) return answer;
        const call = { ...answer.call, deadlineMs: before.deadlineMs };
        await run(() => tables.putCall(call));
        return { ...answer, call };
      },
    }),
  },
  {
    name: 'ends an extended call by what it first held',
    caughtBy: /settles, releases and expires an extended call by what it holds then/,
    rows: (tables) => ({
      putCall(call) {
        const { budgets = call.budgets, endedAt } = tables.call(call.id) ?? {};
        tables.putCall(endedAt === undefined ? { ...call, budgets } : call);
      },
    }),
  },
  {
    name: 'extends calls of whom was revoked',
    caughtBy: /extends no call of whom was revoked/,
    methods: (parts) => ({ extend: (...asked) => over(parts, { anyRevoked: () => false }).extend(...asked) }),
  },
  {
    name: 'extends by policies that are no longer active',
    caughtBy: /grants more only by the set of policies that is active/,
    methods: (parts) => ({
      extend: (...asked) => over(parts, { activeHash: () => undefined }).extend(...asked),
    }),
  },
  {
    name: 'grants more of a frozen budget',
    caughtBy: /grants no more of a frozen budget/,
    methods: (parts) => ({ extend: (...asked) => over(parts, { frozenBuckets: () => [] }).extend(...asked) }),
  },
];

/** Bugs in `move`, `history` and what calls do to wallets. */
export const plantedWallets: readonly Planted[] = [
  {
    name: 'looks at the wallet, and holds after a pause',
    caughtBy: /grants 256 callers at once exactly what a wallet has left/,
    methods: ({ store }) => ({
      async reserve(reservation) {
        const { budgets } = await store.status(reservation.budgets, []);
        const fits = budgets.every(({ left }, index) => left >= (reservation.budgets[index]?.amount ?? 0n));
        await Promise.resolve();
        const unchecked = reservation.budgets.map(({ account: _, ...charge }) => ({
          ...charge,
          limit: MAX_UNITS,
        }));
        return store.reserve(fits ? { ...reservation, budgets: unchecked } : reservation);
      },
    }),
  },
  {
    name: 'moves money again for an id that it knows',
    caughtBy: /moves money once for an id that many use at once/,
    rows: () => ({ movement: () => undefined }),
  },
  {
    name: 'forgets the ids of movements after three days',
    caughtBy: /moves nothing again for the id of a movement, also after years/,
    rows(tables, now) {
      const movedAt = new Map<string, number>();
      return {
        movement: (id) =>
          now() - (movedAt.get(id) ?? now()) > 72 * HOUR_MS ? undefined : tables.movement(id),
        addMovement(movement) {
          movedAt.set(movement.id, now());
          tables.addMovement(movement);
        },
      };
    },
  },
  {
    name: 'takes another movement of the same id for a repeat',
    caughtBy: /tells a movement of other parts that its id is in conflict/,
    methods: ({ store }) => ({
      async move(movement) {
        const { kind, version } = await store.move(movement);
        return kind === 'conflict' ? { kind: 'moved', first: false, version } : store.move(movement);
      },
    }),
  },
  {
    name: 'moves what calls hold',
    caughtBy: /moves what is left of a wallet and never what calls spent or hold/,
    methods: (parts) => ({
      move: (...asked) =>
        over(parts, {
          bucket(key, startMs) {
            const bucket = parts.tables.bucket(key, startMs);
            return bucket && { ...bucket, held: 0n };
          },
        }).move(...asked),
    }),
  },
  {
    name: 'loses a little on the way from wallet to wallet',
    caughtBy: /keeps the sum of all wallets/,
    methods: ({ store, run, tables }) => ({
      async move(movement) {
        const answer = await store.move(movement);
        if (answer.kind !== 'moved' || !answer.first || movement.from === undefined) return answer;
        await run(() => {
          const account = tables.account(movement.to ?? '');
          if (account !== undefined) tables.putAccount({ ...account, funds: account.funds - 1n });
        });
        return answer;
      },
    }),
  },
  {
    name: 'lets money leave a frozen wallet',
    caughtBy: /lets nothing leave a frozen wallet/,
    methods: (parts) => ({ move: (...asked) => over(parts, { frozenBuckets: () => [] }).move(...asked) }),
  },
  {
    name: 'takes the money of a settled call out of its wallet twice',
    caughtBy: /moves no funds by that/,
    methods: ({ store, run, tables }) => ({
      async settle(settlement) {
        const answer = await store.settle(settlement);
        if (answer.kind !== 'ended' || !answer.first) return answer;
        await run(() => {
          for (const { key, currency } of answer.call.budgets) {
            const account = tables.account(key);
            const units = settlement.amounts.get(currency) ?? 0n;
            if (account !== undefined) tables.putAccount({ ...account, funds: account.funds - units });
          }
        });
        return answer;
      },
    }),
  },
  {
    name: 'counts wallets in numbers that are not exact',
    caughtBy: /spends to 2\^53 - 1 units exactly/,
    rows: (tables) => ({
      putAccount: (account) =>
        tables.putAccount({ ...account, funds: BigInt(Math.fround(Number(account.funds))) }),
    }),
  },
  {
    name: 'leaves settled calls out of a history',
    caughtBy: /tells what moved money of a wallet, settled calls among it/,
    rows(tables) {
      let last = '';
      return {
        putEntry(entry) {
          last = entry.type;
          tables.putEntry(entry);
        },
        addToHistory: (key, seq) => (last === 'call.settled' ? undefined : tables.addToHistory(key, seq)),
      };
    },
  },
];

/** Bugs in what is set aside. */
export const plantedCarveOuts: readonly Planted[] = [
  {
    name: 'returns what was set aside when its time is up',
    caughtBy: /returns none of it by itself/,
    rows: (tables) => ({
      dueCalls: (nowMs, limit) =>
        tables
          .dueCalls(nowMs, limit)
          .map((call) => (call.state === 'carved' ? { ...call, state: 'held' } : call)),
    }),
  },
  {
    name: 'settles what was set aside while somebody holds some of it',
    caughtBy: /lets nobody end what delegated agents may still spend or hold/,
    methods: (parts) => ({
      settle: (...asked) => over(parts, calls(parts.tables, withoutCarveOut)).settle(...asked),
    }),
  },
  {
    name: 'releases what was set aside although some of it was spent',
    caughtBy: /releases and withdraws what was set aside only when nothing was spent/,
    methods: (parts) => ({
      release: (...asked) => over(parts, calls(parts.tables, withoutCarveOut)).release(...asked),
    }),
  },
  {
    name: 'holds from what was closed',
    caughtBy: /lets nothing more be held of what was closed/,
    methods: (parts) => ({
      reserve: (...asked) =>
        over(parts, {
          account(key) {
            const account = parts.tables.account(key);
            return account && { ...account, closed: false };
          },
        }).reserve(...asked),
    }),
  },
  {
    name: 'closes what was set aside without a word in the journal',
    caughtBy: /lets nothing more be held of what was closed/,
    rows: (tables) => ({
      putEntry: (entry) => (entry.type === 'carve-out.closed' ? undefined : tables.putEntry(entry)),
    }),
  },
  {
    name: 'closes what is set aside again with what it was set aside of',
    caughtBy: /keeps what was set aside again open when the outer one is closed/,
    rows: (tables) => ({
      putAccount(account) {
        tables.putAccount(account);
        const nested = tables.account('["carve-out","two"]');
        if (account.closed && nested !== undefined) tables.putAccount({ ...nested, closed: true });
      },
    }),
  },
  {
    name: 'funds what a repeat sets aside once more',
    caughtBy: /tells a repeat of a carve-out the first answer and sets nothing more aside/,
    methods: ({ store, run, tables }) => ({
      async reserve(reservation) {
        const answer = await store.reserve(reservation);
        const { then } = reservation;
        if (answer.kind !== 'reserved' || then.kind !== 'carve' || answer.version < 2) return answer;
        await run(() => {
          const account = tables.account(JSON.stringify(['carve-out', answer.call.id]));
          const funds = (account?.funds ?? 0n) + then.units;
          if (account !== undefined) tables.putAccount({ ...account, funds });
        });
        return answer;
      },
    }),
  },
];
