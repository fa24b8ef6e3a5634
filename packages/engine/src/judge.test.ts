import { type Harness, harness as open, policy } from './engine.test-support.ts';
import type { Engine } from './nouns/engine.ts';
import type { Entry } from './nouns/entry.ts';
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

async function decisions({ torii }: Harness): Promise<readonly Entry[]> {
  return torii.journal.entries({ types: ['call.reserved', 'call.denied'] });
}

const by = { author: 'ada@example.com' };

/** Saves a draft and lets it decide beside the active set. */
async function inShadow({ torii }: Harness, documents: readonly unknown[]): Promise<void> {
  const { number } = await torii.policies.save(documents, by);
  await torii.policies.shadow(number, by);
}

const strict = { ...policy, version: 2, tools: { allow: ['publish'] } };

test.each`
  draft                                                                 | request                                   | kind         | difference
  ${strict}                                                             | ${{}}                                     | ${'done'}    | ${{ kind: 'deny', code: 'TOOL_NOT_ALLOWED' }}
  ${{ ...policy, approvals: [{ when: 'always', approvers: ['eve'] }] }} | ${{}}                                     | ${'done'}    | ${{ kind: 'approve' }}
  ${{ ...policy, tools: { allow: ['trade'] } }}                         | ${{ tool: 'trade' }}                      | ${'denied'}  | ${{ kind: 'allow' }}
  ${{ ...policy, tools: { deny: ['trade'] } }}                          | ${{ tool: 'trade' }}                      | ${'denied'}  | ${{ kind: 'deny', code: 'TOOL_DENIED' }}
  ${{ ...policy, approvals: [] }}                                       | ${{ tool: 'publish', price: '2.00 USD' }} | ${'waiting'} | ${{ kind: 'allow' }}
`(
  'a set in shadow that would answer otherwise is noted: $difference',
  async ({ draft, request, kind, difference }) => {
    const one = await harness();
    await inShadow(one, [draft]);

    const outcome = await one.torii.guard(one.request(request), () => 'ran');

    expect(outcome.kind).toBe(kind);
    const [entry] = await decisions(one);
    expect(entry?.facts['shadow']).toMatchObject({
      set: expect.stringMatching(/^[0-9a-f]{64}$/),
      ...difference,
    });
  },
);

test.each`
  draft                        | request                                   | why
  ${policy}                    | ${{}}                                     | ${'the same set'}
  ${{ ...policy, version: 7 }} | ${{}}                                     | ${'another version that allows too'}
  ${{ ...policy, version: 7 }} | ${{ tool: 'trade' }}                      | ${'another version that denies for the same reason'}
  ${{ ...policy, version: 7 }} | ${{ tool: 'publish', price: '2.00 USD' }} | ${'another version that asks too'}
`('nothing is noted for $why', async ({ draft, request }) => {
  const one = await harness();
  await inShadow(one, [draft]);

  await one.torii.guard(one.request(request), () => 'ran');

  expect((await decisions(one)).map(({ facts }) => 'shadow' in facts)).toEqual([false]);
});

test('a set in shadow takes no money and asks nobody, until it is taken away', async () => {
  const one = await harness();
  await inShadow(one, [
    {
      id: 'draft',
      budgets: [{ scope: 'agent', window: 'day', limit: '0.01 USD' }],
      approvals: policy.approvals,
    },
  ]);

  const first = await one.torii.guard(one.request(), () => 'ran');
  await inShadow(one, [strict]);
  await one.torii.policies.shadow(undefined, by);
  const second = await one.torii.guard(one.request({ arguments: 'other' }), () => 'ran');

  expect([first, second]).toMatchObject([
    { kind: 'done', budgets: [{ policy: 'research' }, { policy: 'research' }] },
    { kind: 'done' },
  ]);
  expect((await decisions(one)).map(({ facts }) => 'shadow' in facts)).toEqual([false, false]);
});

test('a draft that is not valid or was never saved is refused, and the one before goes on in shadow', async () => {
  const one = await harness();
  await inShadow(one, [strict]);

  await expect(inShadow(one, [{ id: 'p', tools: { alow: [] } }])).rejects.toMatchObject({
    code: 'POLICY_INVALID',
  });
  await expect(one.torii.policies.shadow(99, by)).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  await one.torii.guard(one.request(), () => 'ran');

  expect((await decisions(one))[0]?.facts['shadow']).toMatchObject({ kind: 'deny' });
});

/** Counts how often sessions are looked at. */
function counting(): { looks: number; wrap: (store: Store) => Store } {
  const counter = {
    looks: 0,
    wrap: (store: Store): Store => ({
      ...store,
      session: (key) => {
        counter.looks += 1;
        return store.session(key);
      },
    }),
  };
  return counter;
}

const wary = { id: 'research', effects: { allow: ['read'] }, anomaly: { after: 2, denialRate: 50 } };

test('no session is looked at where no policy asks for it', async () => {
  const counter = counting();
  const one = await harness({ wrap: counter.wrap });

  await one.torii.guard(one.request(), () => 'ran');

  expect(counter.looks).toBe(0);
});

test('sessions that only the set in shadow looks at are counted for it, from then on', async () => {
  const counter = counting();
  const one = await harness({
    wrap: counter.wrap,
    policies: [{ id: 'research', tools: { allow: ['search'] } }],
  });
  await inShadow(one, [wary]);

  await one.torii.guard(one.request({ tool: 'trade' }), () => 'ran');
  await one.torii.guard(one.request({ tool: 'get_x', arguments: 1 }), () => 'ran');
  await one.torii.guard(one.request({ arguments: 2 }), () => 'ran');

  expect(counter.looks).toBeGreaterThanOrEqual(3);
  // By the third call the session is suspicious to the draft, so that even reading is one tier further.
  expect((await decisions(one)).map(({ facts }) => facts['shadow'])).toMatchObject([
    { kind: 'deny', code: 'EFFECT_NOT_ALLOWED' },
    { kind: 'allow' },
    { kind: 'deny', code: 'EFFECT_NOT_ALLOWED' },
  ]);
});

test('a session that cannot be read is an outage: nothing is decided', async () => {
  const one = await harness({
    policies: [wary],
    wrap: (store) => ({ ...store, session: () => Promise.reject(new Error('gone')) }),
  }).catch((error: unknown) => error);

  // The harness itself previews a call while it starts, and a preview rejects.
  expect(one).toMatchObject({ message: 'gone' });
});

test('a session that cannot be read in time denies', async () => {
  let slow = false;
  const one = await harness({
    policies: [wary],
    wrap: (store) => ({
      ...store,
      session: (key) => (slow ? new Promise(() => undefined) : store.session(key)),
    }),
  });
  slow = true;

  const asked = one.torii.guard(one.request(), () => 'ran');
  await one.clock.advance(500);

  expect(await asked).toMatchObject({ kind: 'denied', code: 'STORE_UNAVAILABLE' });
  slow = false;
});

test('the engine in shadow with a draft beside it notes both', async () => {
  const one = await harness({ mode: 'shadow' });
  await inShadow(one, [strict]);

  await one.torii.guard(one.request({ tool: 'shop/buy', price: '2.00 USD' }), () => 'ran');

  expect((await decisions(one))[0]?.facts['shadow']).toMatchObject({
    kind: 'deny',
    code: 'TOOL_NOT_ALLOWED',
    unasked: [{ clause: 'approvals[0]' }],
  });
});
