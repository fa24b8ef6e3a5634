import type { DenialCode } from '../../../nouns/denial.ts';
import type { Effect } from '../../../nouns/effect.ts';
import { assertDenied, assertRan, only, pay, textOf } from '../reading.ts';
import type { Words, World, WorldSetting } from '../world.ts';
import { type Scenario, scenario } from './scenario.ts';

const ONE_CALL = [{ scope: 'agent', limit: 1, per: 'minute' }] as const;
const read: readonly Effect[] = ['read'];

/** Each class of codes: what is denied does not run, holds nothing, and its code is read. */
export const denials = {
  'no identity': denied('a call without a token is denied', 'IDENTITY_MISSING', {
    words: { credential: undefined },
  }),
  'wrong identity': denied('a call with a token that proves nothing is denied', 'IDENTITY_INVALID', {
    words: { credential: 'nobody' },
  }),
  revoked: denied('a call of an agent that was stopped is denied', 'REVOKED', {
    before: async ({ torii }) => {
      const subject = { kind: 'agent', issuer: 'https://login.example', owner: 'ann', agent: 'bot' } as const;
      await torii.revocations.revoke(subject, { author: 'ann', reason: 'stopped by the test' });
    },
  }),
  'no price': denied('a call whose price nobody knows is denied', 'PRICE_UNKNOWN', {
    setting: { guard: { price: () => undefined } },
  }),
  'wrong call': denied('a call whose identifier is none is denied', 'CALL_INVALID', { id: 'c 1' }),
  'denied tool': denied('a tool that policy denies is denied', 'TOOL_DENIED', {
    setting: { policy: { tools: { deny: ['pay'] } } },
  }),
  'tool not allowed': denied('a tool that no policy allows is denied', 'TOOL_NOT_ALLOWED', {
    setting: { policy: { tools: { allow: ['search'] } } },
  }),
  effect: denied('what a tool does has to be allowed', 'EFFECT_NOT_ALLOWED', {
    setting: { policy: { effects: { allow: [...read] } }, guard: { effect: 'destructive' } },
  }),
  'price cap': denied('a call above what one may cost is denied', 'PRICE_ABOVE_CAP', {
    setting: { policy: { budgets: [{ scope: 'call', window: 'call', limit: '0.29 USD' }] } },
  }),
  'payee unknown': denied('a payee that policy does not allow is denied', 'MERCHANT_NOT_ALLOWED', {
    setting: {
      policy: { merchants: { allow: ['shop.example'] } },
      guard: { payee: () => ({ recipient: 'other.example' }) },
    },
  }),
  rule: denied('a rule over the arguments denies', 'RULE_DENIED', {
    setting: {
      policy: { rules: [{ id: 'small', when: 'arguments.cents > 20', then: 'deny', reason: 'too much' }] },
    },
  }),
  schedule: denied('a call outside the hours that policy opens is denied', 'SCHEDULE_CLOSED', {
    setting: {
      policy: { schedule: { timezone: 'UTC', allow: [{ days: ['sat'], from: '09:00', to: '17:00' }] } },
    },
  }),

  budget: scenario('a call above what is left is denied, and one that fits still runs', async (world) => {
    assertRan(await world.read('c1', 80), 'paid 80');
    assertDenied(await world.read('c2', 30), 'BUDGET_EXCEEDED');
    assertRan(await world.read('c3', 20), 'paid 20');
    return { runs: 2, spent: 100, held: 0 };
  }),

  rate: scenario(
    'more calls than a rate allows are denied, until its window is over',
    async (world) => {
      assertRan(await world.read('c1'), 'paid 30');
      assertDenied(await world.read('c2'), 'RATE_EXCEEDED');
      await world.clock.advance(62_000);
      assertRan(await world.read('c3'), 'paid 30');
      return { runs: 2, spent: 60, held: 0 };
    },
    { policy: { rates: [...ONE_CALL] } },
  ),

  wallet: denied('a call that the wallet of its agent does not cover is denied', 'WALLET_INSUFFICIENT', {
    setting: { policy: { wallet: { currency: 'USD' } } },
    before: async ({ torii }) => {
      const moved = { id: 'w1', agent: { agent: 'bot', owner: 'ann' }, amount: '0.29 USD' };
      await torii.wallets.credit(moved, { author: 'ann' });
    },
  }),

  'other arguments': scenario(
    'the same id with other arguments is denied, and runs nothing',
    async (world) => {
      assertRan(await world.read('c1', 30), 'paid 30');
      assertDenied(await world.read('c1', 31), 'IDEMPOTENCY_CONFLICT');
      return { runs: 1, spent: 30, held: 0 };
    },
  ),

  'call ended': scenario('a call that ran does not run again under its id', async (world) => {
    assertRan(await world.read('c1'), 'paid 30');
    assertDenied(await world.read('c1'), 'CALL_ENDED');
    return { runs: 1, spent: 30, held: 0 };
  }),

  'call in progress': scenario(
    'a call that runs does not run again meanwhile under its id',
    async (world) => {
      const first = world.run([pay('c1')]);
      await world.started.given;
      assertDenied(await world.read('c1'), 'CALL_IN_PROGRESS');
      world.ending.give();
      assertRan(textOf(only(await first)), 'paid 30');
      return { runs: 1, spent: 30, held: 0 };
    },
    { execute: (_run, world) => world.ending.given.then(() => 'paid 30') },
  ),
};

interface Case {
  readonly setting?: WorldSetting;
  readonly words?: Words;
  readonly id?: string;
  readonly before?: (world: World) => Promise<void>;
}

function denied(
  title: string,
  code: DenialCode,
  { setting = {}, words = {}, id = 'c1', before }: Case,
): Scenario {
  return scenario(
    title,
    async (world) => {
      await before?.(world);
      assertDenied(await world.read(id, 30, words), code);
      return { runs: 0, spent: 0, held: 0 };
    },
    setting,
  );
}
