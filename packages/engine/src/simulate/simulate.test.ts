import { type Harness, harness as open } from '../engine.test-support.ts';
import type { AssetRate } from '../nouns/asset.ts';
import type { CallRequest } from '../nouns/call.ts';
import type { Engine } from '../nouns/engine.ts';
import type { Entry } from '../nouns/entry.ts';
import { OutcomeUnknownError } from '../nouns/errors.ts';
import type { Outcome } from '../nouns/outcome.ts';
import { storedPolicies } from '../nouns/policy-source.ts';
import { type Simulation, simulate } from './simulate.ts';

const ADA = 'ada@example.com';
const DAY = 86_400_000;
const TOKEN = 'eip155:8453/erc20:0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913';
const assets: readonly AssetRate[] = [{ asset: TOKEN, currency: 'USD', decimals: 6 }];

const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

async function harness(
  policies: readonly unknown[],
  options: Parameters<typeof open>[0] = {},
): Promise<Harness> {
  const opened = await open({ assets, policies, ...options });
  engines.push(opened.torii);
  return opened;
}

let called = 0;
/** A new call of the agent, with a token of today. */
async function call(
  one: Harness,
  changes: Partial<CallRequest> = {},
  charged?: string,
): Promise<Outcome<string>> {
  const options = charged === undefined ? {} : { charged: () => charged };
  const credential = await one.agentTokenOf({});
  const request = one.request({ credential, arguments: { nth: ++called }, ...changes });
  return one.torii.guard(request, () => 'ran', options);
}

/** Lets time pass, of which the workers see the last second. */
async function pass({ clock }: Harness, ms: number): Promise<void> {
  clock.set(clock.now() + ms - 1_000);
  await clock.advance(1_000);
}

async function vote(one: Harness, outcome: Outcome<unknown>, verdict: 'approve' | 'deny'): Promise<void> {
  if (outcome.kind !== 'waiting') throw new Error(`expected a waiting call, got ${outcome.kind}`);
  const { id: approvalId, actionHash } = outcome.approval;
  const credential = await one.approverToken(ADA);
  await one.torii.approvals.decide({ credential, approvalId, verdict, actionHash });
}

function simulated({ torii }: Harness, policies: readonly unknown[]): Promise<Simulation> {
  return simulate({ policies, journal: torii.journal, assets });
}

/** The entry of the decision of one more call. */
async function callsOf(one: Harness, changes: Partial<CallRequest> = {}): Promise<readonly Entry[]> {
  const { length } = await one.torii.journal.entries();
  await call(one, changes);
  const entries = await one.torii.journal.entries({ afterSeq: length });
  return entries.filter(({ type }) => type === 'call.reserved' || type === 'call.denied');
}

/** The entry with another session and time. */
function of(
  entry: Entry | undefined,
  { session, at }: { readonly session: string; readonly at: number },
): Entry {
  if (entry === undefined) throw new Error('expected a decision');
  return { ...entry, at, facts: { ...entry.facts, session } };
}

/** Facts without those that are undefined, as a journal would hold them. */
function without(facts: object): Entry['facts'] {
  return JSON.parse(JSON.stringify(facts));
}

/** A journal of nothing but these entries. */
function paged(entries: readonly Entry[]): Pick<Engine['journal'], 'entries'> {
  return {
    entries: async ({ afterSeq = 0, limit = 100 } = {}) =>
      entries.filter(({ seq }) => seq > afterSeq).slice(0, limit),
  };
}

const asking = { when: { above: '1.00 USD' }, approvers: [ADA], expiresIn: '1h' };
const budgets = [
  { scope: 'agent', window: 'day', limit: '5 USD' },
  { scope: 'session', window: 'rolling 36h', limit: '9 USD' },
];
const rates = [{ scope: 'agent', limit: 6, per: 'hour' }];
const A = { id: 'a', tools: { allow: ['search', 'publish'] }, budgets, rates, approvals: [asking] };

const unchanged = { changed: {}, changes: [], undecidable: 0 };

test('a journal without calls changes nothing and costs nothing', async () => {
  const one = await harness([A]);

  expect(await simulated(one, [A])).toEqual({
    calls: 0,
    same: 0,
    ...unchanged,
    money: { spent: [], simulated: [], saved: [], added: [] },
  });
});

/** Everything that can become of a call, over several days. Spent: 0.10 + 0.04 + 0.25 + 0.5 + 2 + 9 × 0.60 USD. */
async function days(one: Harness): Promise<void> {
  await call(one);
  await call(one, {}, '0.04 USD');
  await call(one, {}, '0.25 USD');
  await call(one, { price: { units: 500_000n, asset: TOKEN } });
  await call(one, { tool: 'trade' });
  await one.torii.guard(one.request({ arguments: 'failed' }), () => Promise.reject(new Error('down')));
  await pass(one, 2 * 3_600_000);
  await one.torii.guard(one.request({ arguments: 'lost' }), () =>
    Promise.reject(new OutcomeUnknownError('?')),
  );
  const big = { tool: 'publish', price: '2.00 USD' };
  const granted = { ...big, arguments: 'granted', idempotencyKey: 'granted' };
  await vote(one, await call(one, granted), 'approve');
  await call(one, granted);
  await vote(one, await call(one, { ...big, arguments: 'denied' }), 'deny');
  await pass(one, 3_600_000);
  await call(one, { ...big, arguments: 'expired' });
  for (let day = 0; day < 3; day++) {
    await pass(one, DAY);
    for (let nth = 0; nth < 8; nth++) {
      await call(one, { price: '0.60 USD' });
      if (nth === 3) await pass(one, 3_700_000);
    }
  }
  await pass(one, DAY);
  await call(one, { ...big, arguments: 'pending' });
}

test('under the same policies nothing changes, and the money is the same', async () => {
  const one = await harness([A]);
  await days(one);

  const result = await simulated(one, [A]);

  expect(result).toMatchObject(unchanged);
  expect(result.calls).toBeGreaterThan(30);
  expect(result.same).toBe(result.calls);
  expect(result.money.simulated).toEqual(result.money.spent);
  expect(result.money).toMatchObject({ saved: [], added: [] });
  expect(result.money.spent).toEqual(await spentIn(one));
});

/** What the journal says that calls cost, added up by hand. */
async function spentIn({ torii }: Harness): Promise<readonly string[]> {
  const settled = await torii.journal.entries({ types: ['call.settled'] });
  const charged = settled.map(({ facts }) => JSON.stringify(facts['charged']).slice(1, -1));
  const micros = charged
    .filter((text) => text.endsWith(' USD'))
    .reduce((sum, text) => sum + Math.round(Number(text.slice(0, -4)) * 1_000_000), 0);
  return [`${(micros / 1_000_000).toFixed(2)} USD`, `500000 units of ${TOKEN}`];
}

test('a draft that allows nothing would have saved everything', async () => {
  const one = await harness([A]);
  await days(one);

  const { calls, same, changed, money } = await simulated(one, []);

  // Every call gets another answer, those that were denied for another reason included.
  expect(same).toBe(0);
  expect(Object.values(changed).reduce((sum, count) => sum + count)).toBe(calls);
  expect(money).toEqual({ spent: await spentIn(one), simulated: [], saved: await spentIn(one), added: [] });
});

test.each`
  draft                                                                                   | was        | now          | code                  | why
  ${{ ...A, tools: { allow: ['publish'] } }}                                              | ${'allow'} | ${'deny'}    | ${'TOOL_NOT_ALLOWED'} | ${'a tool is no longer allowed'}
  ${{ ...A, approvals: [{ ...asking, when: 'always' }] }}                                 | ${'allow'} | ${'approve'} | ${undefined}          | ${'every call is asked about'}
  ${{ ...A, budgets: [{ scope: 'agent', window: 'day', limit: '0.05 USD' }] }}            | ${'allow'} | ${'deny'}    | ${'BUDGET_EXCEEDED'}  | ${'a budget is lower'}
  ${{ ...A, rates: [{ scope: 'agent', limit: 0, per: 'day' }] }}                          | ${'allow'} | ${'deny'}    | ${'RATE_EXCEEDED'}    | ${'a rate is lower'}
  ${{ ...A, rules: [{ id: 'r', when: 'tool == "search"', then: 'deny', reason: 'no' }] }} | ${'allow'} | ${'deny'}    | ${'RULE_DENIED'}      | ${'a rule objects'}
  ${{ ...A, schedule: { allow: [{ from: '00:00', to: '11:00' }] } }}                      | ${'allow'} | ${'deny'}    | ${'SCHEDULE_CLOSED'}  | ${'it is too late in the day'}
`('one call of 0.10 USD would have been saved: $why', async ({ draft, was, now, code }) => {
  const one = await harness([A]);
  await call(one);

  const result = await simulated(one, [draft]);

  const [entry] = await one.torii.journal.entries({ types: ['call.reserved'] });
  expect(result).toMatchObject({ calls: 1, same: 0, changed: { [`${was} → ${now}`]: 1 } });
  expect(result.changes).toEqual([
    {
      callId: entry?.callId,
      seq: entry?.seq,
      at: entry?.at,
      agent: 'bot',
      owner: 'olga@example.com',
      tool: 'search',
      price: '0.10 USD',
      was: { kind: was },
      now: code === undefined ? { kind: now } : { kind: now, code, message: expect.any(String) },
    },
  ]);
  expect(result.money).toEqual({ spent: ['0.10 USD'], simulated: [], saved: ['0.10 USD'], added: [] });
});

test('a call that the draft allows and that was denied would have cost its price', async () => {
  const one = await harness([A]);
  await call(one, { tool: 'trade', price: '0.30 USD' });

  const result = await simulated(one, [{ ...A, tools: { allow: ['trade'] } }]);

  expect(result).toMatchObject({
    changed: { 'deny → allow': 1 },
    changes: [{ was: { kind: 'deny', code: 'TOOL_NOT_ALLOWED' }, now: { kind: 'allow' } }],
    money: { spent: [], simulated: ['0.30 USD'], saved: [], added: ['0.30 USD'] },
  });
});

test('a denial for another reason is a change without money', async () => {
  const one = await harness([A]);
  await call(one, { tool: 'trade' });

  expect(await simulated(one, [{ ...A, tools: { deny: ['trade'] } }])).toMatchObject({
    changed: { 'deny → deny': 1 },
    changes: [{ was: { code: 'TOOL_NOT_ALLOWED' }, now: { code: 'TOOL_DENIED' } }],
    money: { spent: [], simulated: [], saved: [], added: [] },
  });
});

const publish = { tool: 'publish', price: '2.00 USD' };

test.each`
  verdict      | draft                                                   | changed                     | money
  ${'approve'} | ${{ ...A, approvals: [] }}                              | ${{ 'approve → allow': 1 }} | ${{ spent: ['1.50 USD'], simulated: ['1.50 USD'], saved: [], added: [] }}
  ${'deny'}    | ${{ ...A, approvals: [] }}                              | ${{ 'approve → allow': 1 }} | ${{ spent: [], simulated: ['2.00 USD'], saved: [], added: ['2.00 USD'] }}
  ${'nobody'}  | ${{ ...A, approvals: [] }}                              | ${{ 'approve → allow': 1 }} | ${{ spent: [], simulated: ['2.00 USD'], saved: [], added: ['2.00 USD'] }}
  ${'pending'} | ${{ ...A, approvals: [] }}                              | ${{ 'approve → allow': 1 }} | ${{ spent: [], simulated: ['2.00 USD'], saved: [], added: ['2.00 USD'] }}
  ${'fails'}   | ${{ ...A, approvals: [] }}                              | ${{ 'approve → allow': 1 }} | ${{ spent: [], simulated: [], saved: [], added: [] }}
  ${'approve'} | ${{ ...A, approvals: [{ ...asking, when: 'always' }] }} | ${{}}                       | ${{ spent: ['1.50 USD'], simulated: ['1.50 USD'], saved: [], added: [] }}
  ${'deny'}    | ${{ ...A, approvals: [{ ...asking, when: 'always' }] }} | ${{}}                       | ${{ spent: [], simulated: [], saved: [], added: [] }}
  ${'approve'} | ${{ ...A, tools: { deny: ['publish'] } }}               | ${{ 'approve → deny': 1 }}  | ${{ spent: ['1.50 USD'], simulated: [], saved: ['1.50 USD'], added: [] }}
  ${'nobody'}  | ${{ ...A, tools: { deny: ['publish'] } }}               | ${{ 'approve → deny': 1 }}  | ${{ spent: [], simulated: [], saved: [], added: [] }}
`('people were asked ($verdict): $changed, $money', async ({ verdict, draft, changed, money }) => {
  const one = await harness([A]);
  const request = { ...publish, arguments: 'x', idempotencyKey: 'k1' };
  const waiting = await call(one, request);
  if (verdict === 'nobody') await pass(one, 2 * 3_600_000);
  else if (verdict === 'deny') await vote(one, waiting, 'deny');
  else if (verdict !== 'pending') await vote(one, waiting, 'approve');
  if (verdict === 'approve') await call(one, request, '1.50 USD');
  if (verdict === 'fails')
    await one.torii.guard(one.request(request), () => Promise.reject(new Error('down')));

  expect(await simulated(one, [draft])).toMatchObject({ calls: 1, changed, money });
});

test('what a draft lets through is spent in its budgets too', async () => {
  const one = await harness([{ ...A, tools: { allow: ['search'] } }]);
  await call(one, { tool: 'publish', price: '0.90 USD' });
  await call(one, { tool: 'publish', price: '0.90 USD' });
  await call(one, { price: '0.50 USD' });
  const draft = { ...A, budgets: [{ scope: 'agent', window: 'day', limit: '1 USD' }] };

  const result = await simulated(one, [draft]);

  expect(result.changes.map(({ was, now }) => [was.kind, now.kind, now.code])).toEqual([
    ['deny', 'allow', undefined],
    ['deny', 'deny', 'BUDGET_EXCEEDED'],
    ['allow', 'deny', 'BUDGET_EXCEEDED'],
  ]);
  expect(result.money).toEqual({
    spent: ['0.50 USD'],
    simulated: ['0.90 USD'],
    saved: ['0.50 USD'],
    added: ['0.90 USD'],
  });
});

test('an approval that nobody answered would not have held up a draft that does not ask', async () => {
  const one = await harness([A]);
  await call(one, { ...publish, price: '4.50 USD' });
  await pass(one, 2 * 3_600_000);
  await call(one, { price: '0.90 USD' });

  const result = await simulated(one, [{ ...A, approvals: [] }]);

  // It would have run at once and spent 4.50 of the 5 USD of the day.
  expect(result.changed).toEqual({ 'approve → allow': 1, 'allow → deny': 1 });
  expect(result.money).toMatchObject({ saved: ['0.90 USD'], added: ['4.50 USD'] });
});

test('budgets are full again on another day, and rolling windows roll', async () => {
  const day = { id: 'a', budgets: [{ scope: 'agent', window: 'day', limit: '0.10 USD' }] };
  const rolling = { id: 'a', budgets: [{ scope: 'agent', window: 'rolling 36h', limit: '0.10 USD' }] };
  const one = await harness([day]);
  for (let half = 0; half < 8; half++) {
    await call(one);
    await pass(one, DAY / 2);
  }

  expect(await simulated(one, [day])).toMatchObject({ calls: 8, same: 8 });
  // Noon, midnight, noon and so on: of any 36 hours the first call passes, here at 0 and at 48 hours.
  expect(await simulated(one, [rolling])).toMatchObject({
    changed: { 'allow → deny': 4, 'deny → allow': 1 },
    money: { spent: ['0.50 USD'], simulated: ['0.20 USD'], saved: ['0.40 USD'], added: ['0.10 USD'] },
  });
});

test('a freeze stops what comes after it, until the journal says that it was lifted', async () => {
  const small = { id: 'a', budgets: [{ scope: 'agent', window: 'day', limit: '1 USD' }] };
  const one = await harness([small]);
  await call(one, { price: '0.50 USD' }, '1.20 USD');
  await call(one);
  await pass(one, DAY);
  await call(one);
  const status = await one.torii.agents.status(await one.agentTokenOf({}));
  if (status.kind === 'denied') throw new Error(status.message);
  await one.torii.budgets.unfreeze(status.budgets[0]?.key ?? '', 'looked into it');
  await call(one);

  const result = await simulated(one, [small]);

  expect(result).toMatchObject({ calls: 4, same: 4 });
  expect(
    await simulated(one, [{ ...small, budgets: [{ ...small.budgets[0], limit: '2 USD' }] }]),
  ).toMatchObject({
    changed: { 'deny → allow': 2 },
  });
});

test('sessions that were elevated by people are so in the replay too, and only for as long', async () => {
  const wary = { id: 'a', sessions: { mode: 'read-only', elevation: { approvers: [ADA], lasts: '5m' } } };
  const one = await harness([wary]);
  const first = { tool: 'publish', arguments: 'x', idempotencyKey: 'k1' };
  await vote(one, await call(one, first), 'approve');
  await call(one, first);
  await call(one, { tool: 'publish' });
  await pass(one, 10_000);
  await call(one, { tool: 'publish' });
  await pass(one, 301_000);
  await call(one, { tool: 'publish' });
  const shorter = { mode: 'read-only', elevation: { approvers: [ADA], lasts: '5s' } };

  expect(await simulated(one, [wary])).toMatchObject({ calls: 4, same: 4 });
  expect(await simulated(one, [{ ...wary, sessions: shorter }])).toMatchObject({
    same: 3,
    changed: { 'allow → approve': 1 },
  });
});

test('sessions that misbehave do so in the replay, and are forgotten as the engine forgets them', async () => {
  const wary = { id: 'a', effects: { allow: ['read'] }, anomaly: { after: 2, denialRate: 50 } };
  const one = await harness([wary]);
  for (let round = 0; round < 3; round++) {
    await call(one, { tool: 'trade' });
    await call(one, { tool: 'trade' });
    await call(one);
    if (round === 1) await pass(one, 74 * 3_600_000);
  }

  expect(await simulated(one, [wary])).toMatchObject({ same: 9 });
});

test('a rule over arguments is not decided, unless something before it is', async () => {
  const one = await harness([A]);
  await call(one);
  await call(one, { tool: 'publish' });
  await call(one, { tool: 'trade' });
  const rule = { id: 'r', when: 'arguments.nth > 0', tools: ['search', 'trade'], then: 'flag', reason: 'r' };

  const result = await simulated(one, [{ ...A, rules: [rule] }]);

  expect(result).toMatchObject({ calls: 3, same: 2, undecidable: 1, changes: [] });
  expect(result.money).toMatchObject({ spent: ['0.10 USD'], simulated: ['0.10 USD'] });
});

test.each(['has(arguments.nth)', 'arguments == null', '!(arguments.nth > 5)', 'size(arguments) >= 0'])(
  'whatever `%s` makes of missing arguments is no answer',
  async (when) => {
    const one = await harness([A]);
    await call(one);

    for (const then of ['deny', 'flag'])
      expect(await simulated(one, [{ ...A, rules: [{ id: 'r', when, then, reason: 'r' }] }])).toMatchObject({
        undecidable: 1,
        same: 0,
        changed: {},
      });
  },
);

test('what an engine in shadow let run counts as what its policies said', async () => {
  const one = await harness([A], { mode: 'shadow' });
  await call(one, publish);
  await call(one, { tool: 'trade' });
  await call(one);

  const result = await simulated(one, [A]);

  expect(result).toMatchObject({ calls: 3, same: 3 });
  expect(result.money).toMatchObject({ spent: ['2.10 USD'], simulated: ['2.10 USD'] });
});

test('repeats, conflicts and unproven callers are no decisions', async () => {
  const one = await harness([A]);
  await call(one, { idempotencyKey: 'k1', arguments: 1 });
  await call(one, { idempotencyKey: 'k1', arguments: 1 });
  await call(one, { idempotencyKey: 'k1', arguments: 2 });
  await call(one, { credential: 'no' });
  await call(one, { price: undefined });
  await one.clock.advance(1_000);

  expect(await simulated(one, [A])).toMatchObject({ calls: 1, same: 1, undecidable: 0 });
});

test('a journal of several sets is compared with what decided at the time', async () => {
  const narrow = { id: 'a', tools: { allow: ['search'] } };
  const wide = { id: 'a', version: 2, tools: { allow: ['search', 'trade'] } };
  const one = await harness([], { policies: storedPolicies([narrow]) });
  await call(one, { tool: 'trade' });
  const { number } = await one.torii.policies.save([wide], { author: ADA });
  await one.torii.policies.activate(number, { author: ADA });
  await call(one, { tool: 'trade' });

  expect(await simulated(one, [wide])).toMatchObject({ calls: 2, same: 1, changed: { 'deny → allow': 1 } });
  expect(await simulated(one, [narrow])).toMatchObject({ calls: 2, same: 1, changed: { 'allow → deny': 1 } });
});

test('a call that waited when the policies changed is two decisions', async () => {
  const strict = { ...A, version: 2, tools: { deny: ['publish'] } };
  const one = await harness([], { policies: storedPolicies([A]) });
  const request = { ...publish, arguments: 'x', idempotencyKey: 'k1' };
  await call(one, request);
  const { number } = await one.torii.policies.save([strict], { author: ADA });
  await one.torii.policies.activate(number, { author: ADA });
  await call(one, request);

  expect(await simulated(one, [A])).toMatchObject({ calls: 2, same: 1, changed: { 'deny → approve': 1 } });
});

test('every session is forgotten after 72 hours, however many there were', async () => {
  const wary = { id: 'a', effects: { allow: ['read'] }, anomaly: { after: 1, denialRate: 50 } };
  const one = await harness([wary]);
  const [search] = await callsOf(one);
  const [trade] = await callsOf(one, { tool: 'trade' });
  const HOUR = 3_600_000;
  const sessions = Array.from({ length: 300 }, (_, nth) => `s${nth}`);
  const at = one.clock.now();
  const entries = [
    ...sessions.map((session) => of(trade, { session, at })),
    ...sessions.map((session) => of(search, { session, at: at + 72 * HOUR + 1 })),
  ].map((entry, index) => ({ ...entry, seq: index + 1, callId: `call_${index}` }));

  expect(await simulate({ policies: [wary], journal: paged(entries) })).toMatchObject({
    calls: 600,
    same: 600,
  });
});

test.each`
  type               | facts                          | what
  ${'call.reserved'} | ${{ framework: undefined }}    | ${'says nothing of the framework'}
  ${'call.reserved'} | ${{ policies: undefined }}     | ${'says nothing of the policies'}
  ${'call.reserved'} | ${{ price: '0,10 USD' }}       | ${'names a price that is none'}
  ${'call.reserved'} | ${{ payee: { host: 'x' } }}    | ${'names a payee in another form'}
  ${'call.denied'}   | ${{ session: undefined }}      | ${'says nothing of the session'}
  ${'call.denied'}   | ${{ policies: { a: 'hash' } }} | ${'names its policies in another form'}
`('a decision whose entry $what cannot be decided again: $type', async ({ type, facts }) => {
  const one = await harness([A]);
  await call(one);
  await call(one, { tool: 'trade' });
  const entries = await one.torii.journal.entries();
  const older = entries.map((entry) =>
    entry.type === type ? { ...entry, facts: without({ ...entry.facts, ...facts }) } : entry,
  );

  expect(await simulate({ policies: [A], journal: paged(older) })).toMatchObject({
    calls: 2,
    same: 1,
    undecidable: 1,
    changes: [],
  });
});

test('a draft that is not valid is refused before anything is read', async () => {
  const journal = { entries: () => Promise.reject(new Error('read')) };

  await expect(simulate({ policies: [{ id: 'p', x: 1 }], journal })).rejects.toMatchObject({
    code: 'POLICY_INVALID',
  });
  await expect(
    simulate({ policies: [], journal, assets: [{ ...assets[0], decimals: 19 } as AssetRate] }),
  ).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
});

test('a reader that never comes to an end is noticed', async () => {
  const one = await harness([A]);
  await call(one);
  const entries = await one.torii.journal.entries();

  await expect(simulate({ policies: [A], journal: { entries: async () => entries } })).rejects.toMatchObject({
    code: 'STORE_CORRUPT',
  });
});
