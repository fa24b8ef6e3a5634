import assert from 'node:assert/strict';
import { walletKey } from '../../nouns/wallet.ts';
import { fakeRandom } from '../fake-random.ts';
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
import { allEntries, type ContractCase, promise, tally, together } from './contract-case.ts';
import { call, charge, cost, reservation } from './samples.ts';

/** What `history` promises, and what holds when many use one wallet at once. */
export const walletHistories: readonly ContractCase[] = [
  promise('tells what moved money of a wallet, settled calls among it, newest first', async ({ store }) => {
    await store.move(credit('m1'));
    await store.move(transfer('m2', { units: 10n }));
    for (const id of ['settled', 'nothing', 'released', 'open']) await store.reserve(asking(id, 5n));
    await store.reserve(reservation('elsewhere', { budgets: [charge('a')] }));
    for (const id of ['elsewhere', 'settled']) await store.settle(cost(id, 5n));
    await store.settle(cost('nothing', 0n));
    await store.release('released', {});
    await store.move(debit('m3', { units: 1n }));
    await store.settle(cost('settled', 5n));
    await store.move(debit('m4', { units: 1_000n }));

    assert.deepEqual(await historyOf(store), [
      'wallet.debited m3',
      'call.settled nothing',
      'call.settled settled',
      'wallet.transferred m2',
      'wallet.credited m1',
    ]);
    assert.deepEqual(await historyOf(store, OTHER_WALLET), ['wallet.transferred m2']);
    assert.deepEqual(await historyOf(store, 'a'), []);
    const whole = await allEntries(store);
    const [newest] = await store.history(WALLET, { limit: 1 });
    assert.deepEqual(newest, whole.at((newest?.seq ?? 0) - 1));
  }),

  promise('gives a history page by page, each entry once', async ({ store }) => {
    for (let index = 0; index < 25; index++) {
      await store.move(credit(`m${index}`));
      await store.append([{ type: 'engine.started', facts: {} }]);
    }
    const seen: number[] = [];

    for (let beforeSeq = Infinity; ;) {
      const page = await store.history(
        WALLET,
        Number.isFinite(beforeSeq) ? { beforeSeq, limit: 4 } : { limit: 4 },
      );
      seen.push(...page.map(({ seq }) => seq));
      beforeSeq = page.at(-1)?.seq ?? 0;
      if (page.length < 4) break;
    }

    assert.deepEqual(
      seen,
      Array.from({ length: 25 }, (_, index) => 49 - 2 * index),
    );
    assert.deepEqual(await store.history(WALLET, { beforeSeq: 1, limit: 4 }), []);
  }),

  promise('tells a call that two charges of one wallet paid for once', async ({ store }) => {
    await store.move(credit('m1'));
    await store.reserve(asking('c1', 5n, [ofWallet(5n)]));

    await store.settle(cost('c1', 5n));

    assert.deepEqual(await historyOf(store), ['call.settled c1', 'wallet.credited m1']);
  }),
  promise('grants 256 callers at once exactly what a wallet has left', async ({ store }) => {
    await store.move(credit('m1', { units: 100n * 7_919n + 3n }));

    const answers = await together(256, (index) => store.reserve(asking(`c${index}`, 7_919n)));

    assert.deepEqual(tally(answers), { reserved: 100, refused: 156 });
    assert.deepEqual(await walletAt(store), [100n * 7_919n + 3n, 0n, 100n * 7_919n]);
    assert.ok(answers.every(({ version }) => version > 1 && version <= 257));
  }),

  promise('lets holds and movements that race never take more than there is', async ({ store }) => {
    await store.move(credit('m1', { units: 1_000n }));
    const random = fakeRandom(31);

    const answers = await together(300, (index): Promise<{ readonly kind: string }> => {
      const amount = BigInt(1 + random.below(30));
      if (index % 3 === 0) return store.reserve(asking(`c${index}`, amount));
      const movement = index % 3 === 1 ? debit(`m${index}`) : transfer(`m${index}`);
      return store.move({ ...movement, units: amount });
    });

    const [funds, spent, held] = await walletAt(store);
    const [moved] = await walletAt(store, OTHER_WALLET);
    assert.ok(spent + held <= funds && funds + moved <= 1_000n);
    assert.ok((tally(answers)['insufficient'] ?? 0) > 0 && (tally(answers)['refused'] ?? 0) > 0);
    assert.ok(funds - spent - held < 30n, 'denied although there was room');
  }),

  promise('moves money once for an id that many use at once', async ({ store }) => {
    await store.move(credit('m1', { units: 1_000n }));

    const answers = await together(64, (index) =>
      store.move(transfer(`t${index % 4}`, { units: 10n + BigInt(index % 4) })),
    );

    assert.equal(answers.filter((answer) => answer.kind === 'moved' && answer.first).length, 4);
    assert.deepEqual(tally(answers), { moved: 64 });
    assert.deepEqual(await walletAt(store, OTHER_WALLET), [46n, 0n, 0n]);
  }),

  promise('keeps the sum of all wallets while everybody pays everybody', async ({ store }) => {
    const keys = Array.from({ length: 5 }, (_, index) =>
      walletKey(call('any', { agent: `a${index}` }), 'USD'),
    );
    for (const to of keys) await store.move(credit(`to ${to}`, { to }));
    const random = fakeRandom(37);
    const anyOf = (): string => keys[random.below(keys.length)] ?? WALLET;

    await together(300, async (index) => {
      const [from, to] = [anyOf(), anyOf()];
      const units = BigInt(1 + random.below(80));
      if (from !== to) await store.move(transfer(`p${index}`, { from, to, units }));
    });

    const funds = await Promise.all(keys.map(async (key) => (await walletAt(store, key))[0]));
    assert.equal(
      funds.reduce((sum, one) => sum + one, 0n),
      500n,
    );
  }),
];
