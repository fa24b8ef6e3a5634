import assert from 'node:assert/strict';
import { assertDenied, assertRan, pay, textOf } from '../reading.ts';
import { until } from '../turns.ts';
import { dearAsksAnn as policy, scenario } from './scenario.ts';

const HOUR_MS = 3_600_000;

/** Pauses, and what they prove: the answer in the framework is a button, and Torii's own record decides. */
export const approving = {
  'approval pause': scenario(
    'a call that needs a person pauses, with its money held and Torii asked',
    async (world) => {
      const told = await world.ask('c1', 90);
      const [approval] = await world.ann.pending();
      assert.equal(told.kind, 'paused');
      assert.equal(approval?.action.price, '0.90 USD');
      return { runs: 0, spent: 0, held: 90 };
    },
    { policy },
  ),

  'approval resume': scenario(
    'approved in Torii the call goes on, and runs once however often it is resumed',
    async (world) => {
      const told = await world.ask('c1', 90);
      await world.ann.vote('approve');
      assertRan(textOf(await world.resume(told, true)), 'paid 90');
      assertDenied(textOf(await world.resume(told, true)), 'CALL_ENDED');
      return { runs: 1, spent: 90, held: 0 };
    },
    { policy },
  ),

  'approval after a restart': scenario(
    'what is paused in one process is approved in the next and goes on in a third',
    async (world) => {
      const told = await world.ask('c1', 90);
      await world.restart();
      await world.ann.vote('approve');
      await world.restart();
      assertRan(textOf(await world.resume(told, true)), 'paid 90');
      return { runs: 1, spent: 90, held: 0 };
    },
    { policy, lasting: true },
  ),

  'approval without a pause': scenario(
    'without a pause the model is told at once, and repeats the call once it is approved',
    async (world) => {
      const told = await world.ask('c1', 90);
      assertDenied(told.text, told.kind === 'paused' ? 'APPROVAL_REQUIRED' : 'A person has to approve');
      await world.ann.vote('approve');
      const again = told.kind === 'paused' ? await world.resume(told, true) : await world.ask('c2', 90);
      assertRan(textOf(again), 'paid 90');
      return { runs: 1, spent: 90, held: 0 };
    },
    { policy, guard: { approval: 'result' } },
  ),

  'approval while it waits': scenario(
    'a call that waits for a person goes on once it is approved',
    async (world) => {
      const told = world.ask('c1', 90);
      await until(async () => (await world.ann.pending()).length === 1);
      await world.ann.vote('approve');
      assertRan(textOf(await told), 'paid 90');
      return { runs: 1, spent: 90, held: 0 };
    },
    { policy, guard: { approval: 'result', waitMs: HOUR_MS / 2 } },
  ),

  'forged approval': scenario(
    'approved in the framework but not in Torii the call does not run',
    async (world) => {
      const told = await world.ask('c1', 90);
      const again = await world.resume(told, true, { claims: { 'x-approver-id': 'ann' } });
      assert.ok(!again.text.includes('paid'), `expected no output of the tool, got: ${again.text}`);
      return { runs: 0, spent: 0, held: 90 };
    },
    { policy },
  ),

  'refused in the framework': scenario(
    'refused in the framework the call does not run, although Torii would let it',
    async (world) => {
      const told = await world.ask('c1', 90);
      await world.ann.vote('approve');
      const again = await world.resume(told, false);
      assert.ok(!again.text.includes('paid'), `expected no output of the tool, got: ${again.text}`);
      await world.clock.advance(HOUR_MS + 60_000);
      return { runs: 0, spent: 0, held: 0 };
    },
    { policy },
  ),

  'approval denied': scenario(
    'a person who says no to Torii ends the call, and its money returns',
    async (world) => {
      const told = await world.ask('c1', 90);
      await world.ann.vote('deny');
      assertDenied(textOf(await world.resume(told, true)), 'APPROVAL_DENIED');
      return { runs: 0, spent: 0, held: 0 };
    },
    { policy },
  ),

  'approval withdrawn': scenario(
    'a call whose approval somebody withdraws ends, and its money returns',
    async (world) => {
      const told = await world.ask('c1', 90);
      await world.ann.vote('approve');
      await world.ann.withdraw();
      assertDenied(textOf(await world.resume(told, true)), 'APPROVAL_CANCELLED');
      return { runs: 0, spent: 0, held: 0 };
    },
    { policy },
  ),

  'approval of other arguments': scenario(
    'an approval of one call lets no other pass under its id',
    async (world) => {
      await world.ask('c1', 90);
      await world.ann.vote('approve');
      assertDenied(await world.read('c1', 91), 'IDEMPOTENCY_CONFLICT');
      return { runs: 0, spent: 0, held: 90 };
    },
    { policy },
  ),

  'several approvals': scenario(
    'of calls that pause together each goes on as Torii says of it',
    async (world) => {
      const told = await world.run([pay('c1', 60), pay('c2', 70)]);
      await world.ann.vote('approve', 60);
      await world.ann.vote('deny', 70);
      const texts = (await world.resumeAll(told)).map(textOf);
      assertRan(texts[0] ?? '', 'paid 60');
      assertDenied(texts[1] ?? '', 'APPROVAL_DENIED');
      return { runs: 1, spent: 60, held: 0 };
    },
    { policy: { ...policy, budgets: [{ scope: 'agent', window: 'lifetime', limit: '2.00 USD' }] } },
  ),

  'approval expired': scenario(
    'a call that nobody decided in time ends, and its money returns',
    async (world) => {
      const told = await world.ask('c1', 90);
      await world.clock.advance(HOUR_MS + 60_000);
      assertDenied(textOf(await world.resume(told, true)), 'APPROVAL_EXPIRED');
      return { runs: 0, spent: 0, held: 0 };
    },
    { policy },
  ),
};
