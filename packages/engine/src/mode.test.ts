import { type Harness, harness as open, policy } from './engine.test-support.ts';
import type { Engine } from './nouns/engine.ts';
import type { Entry, EntryType } from './nouns/entry.ts';
import type { Store } from './nouns/store.ts';

const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

async function harness(options: Parameters<typeof open>[0] = {}): Promise<Harness> {
  const opened = await open(options);
  engines.push(opened.torii);
  return opened;
}

async function entries({ torii }: Harness, ...types: EntryType[]): Promise<readonly Entry[]> {
  return torii.journal.entries({ types });
}

const shadow = { mode: 'shadow' } as const;
const dear = { tool: 'publish', price: '2.00 USD', idempotencyKey: 'dear-1' };

test.each`
  mode         | kind
  ${undefined} | ${'denied'}
  ${'enforce'} | ${'denied'}
  ${'shadow'}  | ${'done'}
  ${'off'}     | ${'denied'}
  ${true}      | ${'denied'}
`('in the mode $mode a call that policy denies is $kind', async ({ mode, kind }) => {
  const one = await harness();

  expect(await one.torii.guard(one.request({ tool: 'trade' }), () => 'ran', { mode })).toMatchObject({
    kind,
  });
});

test('an engine in shadow enforces no call, whatever the call asks for', async () => {
  const one = await harness(shadow);

  const outcome = await one.torii.guard(one.request({ tool: 'trade' }), () => 'ran', { mode: 'enforce' });

  expect(outcome.kind).toBe('done');
});

test.each`
  changes                      | code
  ${{ tool: 'trade' }}         | ${'TOOL_NOT_ALLOWED'}
  ${{ price: '5.000001 USD' }} | ${'PRICE_ABOVE_CAP'}
  ${{ price: undefined }}      | ${'PRICE_UNKNOWN'}
  ${{ tool: '__proto__/' }}    | ${'TOOL_NAME_INVALID'}
`('$changes passes in shadow, holds nothing, and the journal says $code', async ({ changes, code }) => {
  const one = await harness();

  const outcome = await one.torii.guard(one.request(changes), () => 'ran', shadow);

  expect(outcome).toMatchObject({ kind: 'done', value: 'ran', charged: undefined, budgets: [] });
  expect(await entries(one, 'call.denied')).toMatchObject([{ facts: { code } }]);
  expect(await entries(one, 'call.shadowed')).toMatchObject([{ facts: { code, agent: 'bot' } }]);
  expect(await one.torii.guard(one.request(changes), () => 'ran')).toMatchObject({ kind: 'denied', code });
});

test('what is allowed is held under the active policies and settled, beside calls that are enforced', async () => {
  const sets: (string | undefined)[] = [];
  const wrap = (store: Store): Store => ({
    ...store,
    reserve: (reservation) => {
      sets.push(reservation.policies);
      return store.reserve(reservation);
    },
  });
  const one = await harness({ wrap });

  await one.torii.guard(one.request(), () => 'found', shadow);
  const outcome = await one.torii.guard(one.request({ arguments: {} }), () => 'found');

  expect(outcome).toMatchObject({ budgets: [{ spent: 200_000n, held: 0n }, {}] });
  expect(sets).toEqual([expect.any(String), sets[0]]);
});

test('nobody is asked, by whichever entrance, and the entry says who would have been', async () => {
  const one = await harness();

  const ready = await one.torii.prepare(one.request(dear), shadow);
  const outcome = await one.torii.guard(one.request(dear), () => 'published', { ...shadow, waitMs: 60_000 });

  expect(ready).toMatchObject({ kind: 'ready', approvalId: undefined });
  expect(outcome).toMatchObject({ kind: 'done', charged: { units: 2_000_000n } });
  expect(await entries(one, 'approval.created')).toEqual([]);
  expect((await entries(one, 'call.reserved'))[0]?.facts['shadow']).toMatchObject({
    unasked: [{ policy: 'research', clause: 'approvals[0]' }],
  });
});

test('a call that waits for a person already passes in shadow, and what it holds stays theirs to decide', async () => {
  const one = await harness();
  await one.torii.guard(one.request(dear), () => 'never');

  const outcome = await one.torii.guard(one.request(dear), () => 'published', shadow);

  expect(outcome).toMatchObject({ kind: 'done', charged: undefined });
  expect(await entries(one, 'call.shadowed')).toMatchObject([{ facts: { code: 'waiting' } }]);
  expect(await one.torii.guard(one.request(dear), () => 'never')).toMatchObject({ kind: 'waiting' });
});

test('no room, no store and no proof of who calls block nothing in shadow', async () => {
  let down = false;
  const one = await harness({
    policies: [{ ...policy, budgets: [{ scope: 'agent', window: 'day', limit: '0.05 USD' }] }],
    wrap: (store) => ({
      ...store,
      reserve: (reservation) => (down ? Promise.reject(new Error('down')) : store.reserve(reservation)),
    }),
  });
  const kinds = [(await one.torii.guard(one.request(), () => 'ran', shadow)).kind];
  kinds.push((await one.torii.guard(one.request({ credential: undefined }), () => 'ran', shadow)).kind);
  down = true;
  kinds.push((await one.torii.guard(one.request({ arguments: {} }), () => 'ran', shadow)).kind);

  expect(kinds).toEqual(['done', 'done', 'done']);
  expect((await entries(one, 'call.shadowed')).map(({ facts }) => facts['code'])).toEqual([
    'BUDGET_EXCEEDED',
    'STORE_UNAVAILABLE',
  ]);
});

test('a call in shadow may cost more than policy lets it, and a call beside it may not', async () => {
  const one = await harness();
  const more = async (mode: 'enforce' | 'shadow', query: string): Promise<string> => {
    const answer = await one.torii.authorize(one.request({ arguments: { query } }), { mode });
    if (answer.kind !== 'allowed') throw new Error('expected a permit');
    const extended = await answer.permit.extend({ price: '9.00 USD' });
    await answer.permit.release('no longer needed');
    return extended.kind;
  };

  expect([await more('shadow', 'a'), await more('enforce', 'b')]).toEqual(['extended', 'denied']);
});
