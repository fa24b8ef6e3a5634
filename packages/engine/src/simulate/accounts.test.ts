import { closeAll, harness } from '../policies/live.test-support.ts';
import type { Harness } from '../engine.test-support.ts';
import type { CallRequest } from '../nouns/call.ts';
import type { Entry } from '../nouns/entry.ts';
import { walletKey } from '../nouns/wallet.ts';
import { type Simulation, simulate } from './simulate.ts';

afterEach(closeAll);

const bot = {
  issuer: 'https://issuer.example',
  tenant: 'default',
  owner: 'olga@example.com',
  agent: 'bot',
  session: 's1',
};
const WALLET = walletKey(bot, 'USD');
const OTHER = walletKey({ ...bot, agent: 'other' }, 'USD');
const CENT = 10_000n;

const open = { id: 'open' };
const paid = { id: 'open', wallet: { currency: 'USD' } };

let moved = 0;
async function move({ store }: Harness, from: string | undefined, to: string | undefined, cents: bigint) {
  const movement = { id: `m${++moved}`, from, to, currency: 'USD', units: cents * CENT, facts: {} };
  const { kind } = await store.move(movement);
  if (kind !== 'moved') throw new Error(`expected money to move, got ${kind}`);
}

let called = 0;
/** One call of 0.10 USD, or as it is changed. */
async function call(one: Harness, changes: Partial<CallRequest> = {}, charged?: string): Promise<string> {
  const options = charged === undefined ? {} : { charged: () => charged };
  const request = one.request({ arguments: { nth: ++called }, ...changes });
  return (await one.torii.guard(request, () => 'ran', options)).kind;
}

function simulated({ torii }: Harness, policies: readonly unknown[]): Promise<Simulation> {
  return simulate({ policies, journal: torii.journal });
}

/** What the draft says of each call that it answers otherwise, in order. */
async function answers(one: Harness, policies: readonly unknown[]): Promise<readonly string[]> {
  const { changes } = await simulated(one, policies);
  return changes.map(({ was, now }) => `${was.code ?? was.kind} → ${now.code ?? now.kind}`);
}

describe('a draft that has calls paid from wallets', () => {
  test('denies nothing as long as the journal says that enough was put in', async () => {
    const one = await harness({ policies: [open] });
    await move(one, undefined, WALLET, 25n);
    await call(one);
    await call(one, {}, '0.05 USD');
    await call(one);

    expect(await simulated(one, [paid])).toMatchObject({ calls: 3, same: 3, money: { saved: [] } });
  });

  test('denies what the wallet does not cover, until more is put in', async () => {
    const one = await harness({ policies: [open] });
    await call(one);
    await move(one, undefined, WALLET, 15n);
    await call(one);
    await call(one);
    await call(one, { price: '0 USD' });
    await move(one, undefined, WALLET, 5n);
    await call(one);

    const result = await simulated(one, [paid]);

    expect(result).toMatchObject({ calls: 5, same: 3, changed: { 'allow → deny': 2 } });
    expect(result.changes.map(({ now }) => now)).toEqual([
      {
        kind: 'deny',
        code: 'WALLET_INSUFFICIENT',
        message: 'this call may cost 0.10 USD; the wallet of the agent has 0.00 USD left',
      },
      {
        kind: 'deny',
        code: 'WALLET_INSUFFICIENT',
        message: 'this call may cost 0.10 USD; the wallet of the agent has 0.05 USD left',
      },
    ]);
    expect(result.money).toMatchObject({ spent: ['0.40 USD'], simulated: ['0.20 USD'] });
  });

  test('finds in a wallet what another one gave it, also where the draft has spent that of the other', async () => {
    const one = await harness({ policies: [open] });
    const credential = await one.agentTokenOf({ agent: 'other' });
    await move(one, undefined, OTHER, 10n);
    await call(one, { credential });
    await move(one, OTHER, WALLET, 10n);
    await call(one);
    await call(one, { credential });

    // The journal says that all of it was moved, though the draft would have had some spent before.
    expect(await answers(one, [paid])).toEqual(['allow → WALLET_INSUFFICIENT']);
  });

  test('takes out what left a wallet as far as it is there, and not below nothing', async () => {
    const one = await harness({ policies: [open] });
    await move(one, undefined, WALLET, 30n);
    await call(one);
    await call(one);
    await move(one, WALLET, undefined, 30n);
    await call(one);
    await move(one, undefined, WALLET, 10n);
    await call(one);

    expect(await answers(one, [paid])).toEqual(['allow → WALLET_INSUFFICIENT']);
  });

  test('takes out all that left a wallet where it is there', async () => {
    const one = await harness({ policies: [open] });
    await move(one, undefined, WALLET, 30n);
    await move(one, WALLET, undefined, 15n);
    await call(one);
    await call(one);

    expect(await answers(one, [paid])).toEqual(['allow → WALLET_INSUFFICIENT']);
  });

  test('has what failed and what cost less back in the wallet', async () => {
    const one = await harness({ policies: [open] });
    await move(one, undefined, WALLET, 10n);
    await one.torii.guard(one.request({ arguments: 'fails' }), () => Promise.reject(new Error('down')));
    await call(one, {}, '0.02 USD');
    await call(one, { price: '0.08 USD' });
    await call(one, { price: '0.01 USD' });

    expect(await answers(one, [paid])).toEqual(['allow → WALLET_INSUFFICIENT']);
  });
});

describe('a journal of calls that were paid from wallets', () => {
  async function days(one: Harness): Promise<void> {
    await call(one);
    await move(one, undefined, WALLET, 35n);
    await call(one);
    await call(one, {}, '0.04 USD');
    await call(one, { credential: await one.agentTokenOf({ agent: 'other' }) });
    await move(one, WALLET, OTHER, 10n);
    await call(one, { credential: await one.agentTokenOf({ agent: 'other' }) });
    await call(one, { price: '0.20 USD' });
    await call(one);
    await call(one, { price: '0 USD' });
  }

  test('is answered the same by the same policies', async () => {
    const one = await harness({ policies: [paid] });
    await days(one);

    const result = await simulated(one, [paid]);

    expect(result).toMatchObject({ calls: 8, same: 8, changed: {}, undecidable: 0 });
    expect(result.money).toMatchObject({ spent: ['0.34 USD'], simulated: ['0.34 USD'] });
  });

  test('is denied no longer where the draft asks for no wallet', async () => {
    const one = await harness({ policies: [paid] });
    await days(one);

    expect(await answers(one, [open])).toEqual(Array(3).fill('WALLET_INSUFFICIENT → allow'));
  });

  test('keeps its freeze until the journal says that it was lifted', async () => {
    const one = await harness({ policies: [paid] });
    await move(one, undefined, WALLET, 20n);
    await call(one, {}, '0.50 USD');
    await move(one, undefined, WALLET, 90n);
    await call(one);
    await one.torii.budgets.unfreeze(WALLET, 'looked into it');
    await call(one);

    expect(await simulated(one, [paid])).toMatchObject({ calls: 3, same: 3 });
  });
});

describe('what else the journal says', () => {
  test('whoever was revoked is so in the replay, until they were restored', async () => {
    const one = await harness({ policies: [open] });
    const { session: _, ...agent } = bot;
    await call(one);
    await one.store.revoke({ kind: 'agent', ...agent }, 'stolen', {});
    await call(one);
    await one.store.restore({ kind: 'agent', ...agent }, {});
    await one.store.revoke({ kind: 'session', ...bot }, 'over', {});
    await one.store.revoke({ kind: 'tenant', tenant: 'another' }, 'left', {});
    await call(one);
    await call(one, { credential: await one.agentTokenOf({ session: 's2' }) });

    expect(await simulated(one, [open])).toMatchObject({ calls: 4, same: 4, changed: {} });
  });

  test('what was set aside is a call that is held until it ends', async () => {
    const one = await harness({ policies: [open] });
    await call(one, { price: '0.30 USD' }, '0.20 USD');
    const entries = await one.torii.journal.entries();
    const carved = entries.map((entry): Entry => {
      const { type, facts } = entry;
      return type === 'call.reserved' ? { ...entry, facts: { ...facts, state: 'carved' } } : entry;
    });
    const journal = {
      entries: async ({ afterSeq }: { readonly afterSeq: number }) => carved.slice(afterSeq),
    };

    expect(await simulate({ policies: [open], journal })).toMatchObject({
      calls: 1,
      same: 1,
      undecidable: 0,
      money: { spent: ['0.20 USD'], simulated: ['0.20 USD'] },
    });
  });
});

describe('a call that asks for a higher price while it runs', () => {
  const limited = (limit: string) => ({
    id: 'open',
    budgets: [{ scope: 'agent', window: 'lifetime', limit }],
  });

  /** A call of 0.10 USD that raises its price to 0.50 USD and costs 0.45 USD, and one of 0.10 USD after it. */
  async function raised(one: Harness, limit: string): Promise<readonly string[]> {
    const { torii, store } = one;
    const answer = await torii.authorize(one.request({ arguments: 'grows' }));
    if (answer.kind !== 'allowed') throw new Error(`expected a permit, got ${answer.kind}`);
    const price = { units: 50n * CENT, asset: 'USD/6' };
    const call1 = { callId: answer.permit.call.id, price, amounts: new Map([['USD', 50n * CENT]]) };
    const { kind } = await store.extend({ ...call1, ttlMs: 60_000, policies: undefined, facts: {} });
    await answer.permit.settle(kind === 'extended' ? '0.45 USD' : '0.10 USD');
    return [kind, await call(one)].concat(await answers(one, [limited(limit)]));
  }

  test('gets it in the replay too', async () => {
    const one = await harness({ policies: [limited('0.60 USD')] });

    expect(await raised(one, '0.55 USD')).toEqual(['extended', 'done']);
    // With the price that was asked for first, the forced debit would have frozen the budget.
    expect((await simulated(one, [limited('0.60 USD')])).money).toMatchObject({
      spent: ['0.55 USD'],
      simulated: ['0.55 USD'],
      saved: [],
    });
  });

  test('costs no more than before where the draft has no room for it', async () => {
    const one = await harness({ policies: [limited('0.60 USD')] });

    expect(await raised(one, '0.20 USD')).toEqual(['extended', 'done']);
    expect((await simulated(one, [limited('0.20 USD')])).money).toEqual({
      spent: ['0.55 USD'],
      simulated: ['0.20 USD'],
      saved: ['0.35 USD'],
      added: [],
    });
  });

  test('is one decision, whether or not it gets it', async () => {
    const one = await harness({ policies: [limited('0.20 USD')] });

    expect(await raised(one, '0.20 USD')).toEqual(['refused', 'done']);
    expect(await simulated(one, [limited('0.20 USD')])).toMatchObject({ calls: 2, same: 2, undecidable: 0 });
  });
});
