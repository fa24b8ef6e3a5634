import assert from 'node:assert/strict';
import { MAX_UNITS } from '../../nouns/asset.ts';
import type { Movement } from '../../nouns/wallet.ts';
import {
  askingWallet as asking,
  credit,
  debit,
  historyOf,
  OTHER_WALLET,
  ofWallet,
  transfer,
  WALLET,
  walletAt,
} from './account-samples.ts';
import { allEntries, type ContractCase, promise, said, standingOf, tally } from './contract-case.ts';
import { cost } from './samples.ts';

/** What `move` promises. */
export const wallets: readonly ContractCase[] = [
  promise('has nothing in a wallet that nobody funded', async ({ store }) => {
    const status = await standingOf(store, ofWallet());

    const { key, limit, spent, held, left, account, frozen, resetsAt } = status;
    assert.deepEqual(
      { key, limit, spent, held, left, account, frozen, resetsAt },
      {
        key: WALLET,
        limit: 0n,
        spent: 0n,
        held: 0n,
        left: 0n,
        account: 'wallet',
        frozen: false,
        resetsAt: undefined,
      },
    );
    const answers = [await store.reserve(asking('c1', 1n)), await store.reserve(asking('c2', 0n))];
    assert.deepEqual(tally(answers), { refused: 1, reserved: 1 });
  }),

  promise('credits, transfers and debits wallets, and says after which entry', async ({ store }) => {
    const answers = [
      await store.move(credit('m1')),
      await store.move(transfer('m2', { units: 30n })),
      await store.move(debit('m3', { units: 20n })),
    ];

    const moved = { kind: 'moved', first: true };
    assert.deepEqual(answers, [
      { ...moved, version: 1 },
      { ...moved, version: 2 },
      { ...moved, version: 3 },
    ]);
    assert.deepEqual(await walletAt(store), [50n, 0n, 0n]);
    assert.deepEqual(await walletAt(store, OTHER_WALLET), [30n, 0n, 0n]);
  }),

  promise('records a movement once, as two legs that sum to nothing', async ({ store }) => {
    await store.move(credit('m1', { facts: { by: 'ada', movement: 'forged' } }));
    await store.move(transfer('m2', { units: 30n, facts: {} }));
    await store.move(debit('m3', { units: 20n, facts: {} }));

    const entries = await allEntries(store);

    const leg = (account: string, units: string) => ({ account, units });
    const usd = { currency: 'USD' };
    assert.deepEqual(
      entries.map(({ type, facts }) => [type, facts]),
      [
        [
          'wallet.credited',
          { by: 'ada', movement: 'm1', ...usd, legs: [leg('outside', '-100'), leg(WALLET, '100')] },
        ],
        [
          'wallet.transferred',
          { movement: 'm2', ...usd, legs: [leg(WALLET, '-30'), leg(OTHER_WALLET, '30')] },
        ],
        ['wallet.debited', { movement: 'm3', ...usd, legs: [leg(WALLET, '-20'), leg('outside', '20')] }],
      ],
    );
    assert.ok(entries.every(({ callId }) => callId === undefined));
  }),

  promise('moves nothing again for the id of a movement, also after years', async ({ store, clock }) => {
    await store.move(credit('m1'));
    await store.move(transfer('m2', { units: 60n }));
    clock.set(clock.now() + 3 * 365 * 86_400_000);
    await store.expire(10);

    const answers = [
      await store.move(credit('m1', { facts: { by: 'somebody else' } })),
      await store.move(transfer('m2', { units: 60n })),
    ];

    assert.deepEqual(answers, Array(2).fill({ kind: 'moved', first: false, version: 2 }));
    assert.deepEqual([await walletAt(store), (await allEntries(store)).length], [[40n, 0n, 0n], 2]);
  }),

  promise(
    'tells a movement of other parts that its id is in conflict, and moves nothing',
    async ({ store }) => {
      await store.move(credit('m1'));
      const others: readonly Movement[] = [
        credit('m1', { units: 99n }),
        credit('m1', { to: OTHER_WALLET }),
        debit('m1', { from: WALLET }),
        transfer('m1'),
        transfer('m1', { from: OTHER_WALLET, to: WALLET }),
        credit('m1', { currency: 'EUR' }),
        debit('m1', { units: 1_000n }),
      ];

      for (const other of others) assert.equal((await store.move(other)).kind, 'conflict');

      assert.deepEqual([await walletAt(store), (await allEntries(store)).length], [[100n, 0n, 0n], 1]);
      assert.deepEqual(await store.history(OTHER_WALLET, { limit: 5 }), []);
    },
  ),

  promise('moves what is left of a wallet and never what calls spent or hold', async ({ store }) => {
    await store.move(credit('m1'));
    for (const id of ['spent', 'held']) await store.reserve(asking(id, 20n));
    await store.settle(cost('spent', 15n));

    const answers = [
      await store.move(transfer('m2', { units: 66n })),
      await store.move(debit('m3', { units: 66n })),
      await store.move(transfer('m2', { units: 65n })),
      await store.move(debit('m4', { units: 1n })),
    ];

    assert.deepEqual(answers.map(said), [
      { kind: 'insufficient', left: 65n },
      { kind: 'insufficient', left: 65n },
      { kind: 'moved', first: true },
      { kind: 'insufficient', left: 0n },
    ]);
    assert.deepEqual(await walletAt(store), [35n, 15n, 20n]);
    await store.release('held', {});
    assert.deepEqual(said(await store.move(debit('m5', { units: 20n }))), { kind: 'moved', first: true });
  }),

  promise('lets nothing leave a frozen wallet, and lets money enter it', async ({ store }) => {
    await store.move(credit('m1'));
    await store.reserve(asking('c1', 100n));
    await store.settle(cost('c1', 101n));

    const answers = [
      await store.move(debit('m2', { units: 1n })),
      await store.move(transfer('m3', { units: 1_000n })),
      await store.move(credit('m4', { units: 51n })),
      await store.move(credit('m1')),
    ];
    await store.unfreeze(WALLET, {});
    const after = await store.move(debit('m2', { units: 50n }));

    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ['frozen', 'frozen', 'moved', 'moved'],
    );
    assert.equal(after.kind, 'moved');
    assert.deepEqual(await walletAt(store), [101n, 101n, 0n]);
  }),

  promise('has nothing left in a wallet that was overspent, and never less', async ({ store }) => {
    await store.move(credit('m1'));
    await store.reserve(asking('c1', 100n));
    await store.settle(cost('c1', 130n));
    await store.unfreeze(WALLET, {});

    const answers = [
      await store.move(debit('m2', { units: 1n })),
      await store.move(credit('m3', { units: 31n })),
      await store.move(debit('m4', { units: 2n })),
    ];

    assert.deepEqual(answers.map(said), [
      { kind: 'insufficient', left: 0n },
      { kind: 'moved', first: true },
      { kind: 'insufficient', left: 1n },
    ]);
  }),

  promise('never holds more than 2^53 - 1 units in a wallet, to the last unit', async ({ store }) => {
    const answers = [
      await store.move(credit('m1', { units: MAX_UNITS - 1n })),
      await store.move(credit('m2', { units: 2n })),
      await store.move(credit('m3', { units: 1n })),
      await store.move(credit('m4', { units: 1n })),
      await store.move(credit('m5', { to: OTHER_WALLET, units: 1n })),
      await store.move(transfer('m6', { from: OTHER_WALLET, to: WALLET, units: 1n })),
      await store.move(debit('m7', { units: MAX_UNITS })),
    ];

    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ['moved', 'too-much', 'moved', 'too-much', 'moved', 'too-much', 'moved'],
    );
    assert.deepEqual(await walletAt(store, OTHER_WALLET), [1n, 0n, 0n]);
    assert.equal((await allEntries(store)).length, 4);
  }),

  promise('says first that too little is left, and then that it would be too much', async ({ store }) => {
    await store.move(credit('m1', { to: OTHER_WALLET, units: MAX_UNITS }));
    await store.move(credit('m2', { units: 5n }));

    const answers = [
      await store.move(transfer('m3', { units: 6n })),
      await store.move(transfer('m3', { units: 5n })),
    ];

    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ['insufficient', 'too-much'],
    );
  }),

  promise('rejects a movement of nothing, of less, to itself and in another currency', async ({ store }) => {
    await store.move(credit('m1'));
    const bad = [
      credit('m2', { units: 0n }),
      credit('m2', { units: -1n }),
      credit('m2', { units: MAX_UNITS + 1n }),
      transfer('m2', { to: WALLET }),
      credit('m2', { to: undefined }),
      debit('m2', { units: 1n, currency: 'EUR' }),
    ];

    for (const movement of bad) await assert.rejects(store.move(movement), { code: 'MONEY_INVALID' });

    assert.deepEqual([await walletAt(store), (await allEntries(store)).length], [[100n, 0n, 0n], 1]);
  }),

  promise(
    'moves nothing where it cannot write, and keeps what was asked for beside it',
    async ({ store }) => {
      await store.move(credit('m1'));
      const unwritable = transfer('m2', { units: 10n, facts: { text: '\ud800' } });

      const settled = await Promise.allSettled([
        store.move(unwritable),
        store.move(debit('m3', { units: 30n })),
      ]);

      assert.deepEqual(
        settled.map(({ status }) => status),
        ['rejected', 'fulfilled'],
      );
      assert.deepEqual(
        [await walletAt(store), await walletAt(store, OTHER_WALLET)],
        [
          [70n, 0n, 0n],
          [0n, 0n, 0n],
        ],
      );
      assert.deepEqual(said(await store.move({ ...unwritable, facts: {} })), { kind: 'moved', first: true });
      assert.deepEqual(await historyOf(store), [
        'wallet.transferred m2',
        'wallet.debited m3',
        'wallet.credited m1',
      ]);
    },
  ),
];
