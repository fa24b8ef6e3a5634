import { lab, type Lab } from './doors.test-support.ts';
import { openTool, runTool, type SomeToolOptions, standingOf, streamTool } from './index.ts';

let at: Lab;
beforeEach(async () => {
  at = await lab();
});
afterEach(() => at.torii.close());

const call = { input: { query: 'x' }, id: 'c1', context: { user: 'ada' } };
const found = { execute: () => 'found' };
const ofAda = (context: unknown): boolean => (context as { readonly user?: string }).user === 'ada';
const throwing = (): never => {
  throw new Error('broken');
};

/** Whatever happens to a call of a tool that policy does not know. */
async function become(changes: Partial<SomeToolOptions>): Promise<string> {
  const guarded = at.guarded({ tool: 'trade', ...changes });
  try {
    return String(await runTool(guarded, call, { ...found, refuse: () => 'refused' }));
  } catch (error) {
    return `threw ${String(error)}`;
  }
}

async function types(): Promise<readonly string[]> {
  const entries = await at.torii.journal.entries({ limit: 100 });
  return entries.map(({ type }) => type).filter((type) => type.startsWith('call.'));
}

test.each`
  mode                                                | became
  ${undefined}                                        | ${'refused'}
  ${'enforce'}                                        | ${'refused'}
  ${'shadow'}                                         | ${'found'}
  ${() => 'shadow'}                                   | ${'found'}
  ${async () => 'shadow'}                             | ${'found'}
  ${(context: unknown) => ofAda(context) && 'shadow'} | ${'found'}
  ${() => 'enforce'}                                  | ${'refused'}
  ${() => undefined}                                  | ${'refused'}
  ${() => true}                                       | ${'refused'}
  ${throwing}                                         | ${'refused'}
  ${async () => throwing()}                           | ${'refused'}
`('in the mode $mode a call that may not run is $became', async ({ mode, became }) => {
  expect(await become({ mode })).toBe(became);
});

test('a call in shadow is recorded and told of as any', async () => {
  await become({ mode: 'shadow' });

  expect(await types()).toEqual(['call.denied', 'call.shadowed']);
  expect(at.told).toMatchObject([{ tool: 'trade', outcome: { kind: 'done' } }]);
});

test('a call in shadow that policy allows is charged, and nobody is asked about it', async () => {
  const guarded = at.guarded({ mode: 'shadow', price: '1.50 USD' });

  const standing = await standingOf(guarded, call);
  const output = await runTool(guarded, call, found);

  expect([standing.kind, output]).toEqual(['ready', 'found']);
  expect(await at.spent()).toEqual({ spent: 1_500_000n, held: 0n });
  expect(await at.torii.journal.entries({ types: ['approval.created'] })).toEqual([]);
});

test('a stream and a session are in shadow too', async () => {
  const guarded = at.guarded({ tool: 'trade', mode: () => 'shadow' });
  const values = [];

  for await (const value of streamTool(guarded, call, found)) values.push(value);
  const session = await openTool(guarded, { ...call, id: 'c2' });
  if (session.kind === 'started') session.finish({ last: undefined, complete: true });

  expect([values, session.kind]).toEqual([['found'], 'started']);
});

test.each`
  skip                      | became
  ${undefined}              | ${'refused'}
  ${false}                  | ${'refused'}
  ${true}                   | ${'found'}
  ${ofAda}                  | ${'found'}
  ${async () => true}       | ${'found'}
  ${() => 1}                | ${'refused'}
  ${() => undefined}        | ${'refused'}
  ${throwing}               | ${'refused'}
  ${async () => throwing()} | ${'refused'}
`('with `skip` as $skip a call that may not run is $became', async ({ skip, became }) => {
  expect(await become({ skip })).toBe(became);
});

test('Torii hears nothing of a call that is skipped, however it is asked about', async () => {
  const guarded = at.guarded({ tool: 'trade', skip: ofAda });
  const values = [];

  const standing = await standingOf(guarded, call);
  await runTool(guarded, call, found);
  for await (const value of streamTool(guarded, call, found)) values.push(value);
  const session = await openTool(guarded, call);
  if (session.kind === 'started') {
    session.fail(new Error('no network'));
    await session.written();
  }

  expect([standing.kind, values, session.kind]).toEqual(['ready', ['found'], 'started']);
  expect([await types(), at.told]).toEqual([[], []]);
});

test('what a skipped tool throws leaves as it came, and an abort before it started keeps it from running', async () => {
  const guarded = at.guarded({ skip: () => true });
  const reason = new Error('the user left');
  const left = new AbortController();
  const leaving = at.guarded({
    skip: () => {
      left.abort(reason);
      return true;
    },
  });

  await expect(runTool(guarded, call, { execute: throwing })).rejects.toThrow('broken');
  await expect(runTool(leaving, { ...call, signal: left.signal }, found)).rejects.toBe(reason);
});
