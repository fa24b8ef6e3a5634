import assert from 'node:assert/strict';
import { MAX_UNITS } from '../../nouns/asset.ts';
import { carveOutKey } from '../../nouns/hold.ts';
import { walletKey } from '../../nouns/wallet.ts';
import {
  askingWallet as asking,
  credit,
  debit,
  extension,
  ofWallet,
  WALLET,
  walletAt,
} from './account-samples.ts';
import { type ContractCase, promise, said, standingOf, tally, totals } from './contract-case.ts';
import { call, charge, cost, hourly, rate, reservation, TTL_MS } from './samples.ts';

/** What it promises to calls that spend from a wallet. */
export const walletSpending: readonly ContractCase[] = [
  promise(
    'holds, settles and returns money of a wallet, and moves no funds by that',
    async ({ store, clock }) => {
      await store.move(credit('m1'));
      for (const id of ['settled', 'released', 'held']) await store.reserve(asking(id, 20n));
      await store.reserve(reservation('expired', { budgets: [ofWallet(20n)], then: { kind: 'hold' } }));

      await store.settle(cost('settled', 15n));
      await store.release('released', {});
      clock.set(clock.now() + TTL_MS);
      await store.expire(10);

      assert.deepEqual(await walletAt(store), [100n, 15n, 20n]);
      const { left } = await standingOf(store, ofWallet());
      assert.equal(left, 65n);
    },
  ),

  promise('says how much a wallet has left, and never when there will be more', async ({ store }) => {
    await store.move(credit('m1', { units: 200_000n }));

    const answer = await store.reserve(asking('c1', 500_000n));

    assert.ok(answer.kind === 'refused');
    const { code, message, reasons, retryAfterMs } = answer.denial;
    assert.deepEqual([code, retryAfterMs], ['WALLET_INSUFFICIENT', undefined]);
    assert.equal(message, 'this call may cost 0.50 USD; the wallet of the agent has 0.20 USD left');
    assert.deepEqual(
      reasons.map(({ value, limit }) => [value, limit]),
      [['0.50 USD', '0.20 USD']],
    );
  }),

  promise('holds of a wallet and of every budget together, or of none', async ({ store, clock }) => {
    await store.move(credit('m1'));
    const wide = charge('a', { limit: 1_000n, amount: 60n });
    const narrow = hourly('b', clock.now(), { amount: 101n });

    const answers = [
      await store.reserve(asking('c1', 101n, [wide])),
      await store.reserve(asking('c2', 60n, [wide, narrow])),
      await store.reserve({ ...asking('c3', 60n, [wide]), rates: [rate('r', { limit: 0 })] }),
    ];

    assert.deepEqual(tally(answers), { refused: 3 });
    assert.deepEqual(
      [await walletAt(store), await totals(store, 'a')],
      [
        [100n, 0n, 0n],
        [0n, 0n],
      ],
    );
    await store.reserve(asking('c4', 60n, [wide]));
    assert.deepEqual(
      [await walletAt(store), await totals(store, 'a')],
      [
        [100n, 0n, 60n],
        [0n, 60n],
      ],
    );
  }),

  promise(
    'reports a budget, a wallet and a rate together, the first in precedence first',
    async ({ store }) => {
      const asked = asking('c1', 10n, [charge('a', { limit: 5n })]);

      const answer = await store.reserve({ ...asked, rates: [rate('r', { limit: 0 })] });

      assert.deepEqual(answer.kind === 'refused' && answer.denial.reasons.map(({ code }) => code), [
        'BUDGET_EXCEEDED',
        'WALLET_INSUFFICIENT',
        'RATE_EXCEEDED',
      ]);
    },
  ),

  promise('counts two charges of one wallet twice', async ({ store }) => {
    await store.move(credit('m1'));

    const answers = [
      await store.reserve(asking('c1', 51n, [ofWallet(51n)])),
      await store.reserve(asking('c2', 50n, [ofWallet(50n)])),
    ];

    assert.deepEqual(tally(answers), { refused: 1, reserved: 1 });
    assert.deepEqual(await walletAt(store), [100n, 0n, 100n]);
  }),

  promise(
    'freezes a wallet that a call pushed past its funds, until somebody lifts that',
    async ({ store }) => {
      await store.move(credit('m1'));
      await store.reserve(asking('within', 10n));
      await store.settle(cost('within', 40n));
      const within = await standingOf(store, ofWallet());
      await store.reserve(asking('c1', 60n));

      await store.settle(cost('c1', 61n));

      const { left, frozen } = await standingOf(store, ofWallet());
      assert.deepEqual([within.frozen, left, frozen], [false, 0n, true]);
      await store.move(credit('m2'));
      const refused = await store.reserve(asking('c2', 1n));
      assert.ok(refused.kind === 'refused');
      assert.deepEqual(
        [refused.denial.code, refused.denial.message],
        ['BUDGET_FROZEN', 'the wallet of the agent is frozen until its owner lifts the freeze'],
      );
      assert.equal(await store.unfreeze(WALLET, {}), true);
      assert.equal((await store.reserve(asking('c3', 99n))).kind, 'reserved');
      assert.deepEqual(await walletAt(store), [200n, 101n, 99n]);
    },
  ),

  promise('spends to 2^53 - 1 units exactly', async ({ store }) => {
    await store.move(credit('m1', { units: MAX_UNITS }));
    const answers = [
      await store.reserve(asking('c1', MAX_UNITS - 1n)),
      await store.reserve(asking('c2', 2n)),
      await store.reserve(asking('c3', 1n)),
    ];

    await store.settle(cost('c1', MAX_UNITS - 2n));

    assert.deepEqual(tally(answers), { reserved: 2, refused: 1 });
    assert.deepEqual(await walletAt(store), [MAX_UNITS, MAX_UNITS - 2n, 1n]);
    assert.deepEqual(said(await store.move(debit('m2', { units: 2n }))), { kind: 'insufficient', left: 1n });
  }),

  promise('extends a call by what its wallet has left, and no further', async ({ store }) => {
    await store.move(credit('m1'));
    await store.reserve(asking('c1', 10n, [charge('a', { limit: 1_000n })]));

    const answers = [await store.extend(extension('c1', 101n)), await store.extend(extension('c1', 100n))];

    assert.deepEqual(tally(answers), { refused: 1, extended: 1 });
    const [refused] = answers;
    assert.equal(refused?.kind === 'refused' && refused.denial.code, 'WALLET_INSUFFICIENT');
    assert.deepEqual(
      [await walletAt(store), await totals(store, 'a')],
      [
        [100n, 0n, 100n],
        [0n, 100n],
      ],
    );
  }),

  promise(
    'keeps the wallets of other agents, owners, tenants, issuers and currencies apart',
    async ({ store }) => {
      const others = [
        walletKey(call('any', { agent: 'other' }), 'USD'),
        walletKey(call('any', { owner: 'eve' }), 'USD'),
        walletKey(call('any', { tenant: 'globex' }), 'USD'),
        walletKey(call('any', { issuer: 'https://elsewhere.test' }), 'USD'),
        walletKey(call('any'), 'EUR'),
        carveOutKey('c1'),
      ];
      await store.move(credit('m1'));

      for (const key of others) {
        const answer = await store.reserve(reservation(`of ${key}`, { budgets: [ofWallet(1n, key)] }));
        assert.equal(answer.kind, 'refused');
      }
      assert.equal(new Set([WALLET, ...others]).size, 7);
    },
  ),
];
