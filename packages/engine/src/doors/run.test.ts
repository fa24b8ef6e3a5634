import { lab, type Lab } from './doors.test-support.ts';
import { definitionOf, guardedTool, type Refuse, requestOf, runTool, ToriiDeniedError } from './index.ts';

let at: Lab;
beforeEach(async () => {
  at = await lab();
});
afterEach(() => at.torii.close());

const call = { input: { query: 'x' }, id: 'c1' };
const found = { execute: () => 'found' };
const said: Refuse = (message) => message;

test('a call that may run answers what the tool answers, and costs its price', async () => {
  expect(await runTool(at.guarded(), call, found)).toBe('found');
  expect(await at.spent()).toEqual({ spent: 500_000n, held: 0n });
  expect(at.told).toMatchObject([{ tool: 'search', toolCallId: 'c1', outcome: { kind: 'done' } }]);
});

test('it costs what its output says it cost', async () => {
  await runTool(at.guarded({ charged: (output: string) => `0.0${output.length} USD` }), call, found);

  expect(await at.spent()).toEqual({ spent: 50_000n, held: 0n });
});

test('a call that may not run throws, where the door says nothing else', async () => {
  const error = await runTool(at.guarded({ tool: 'trade' }), call, found).catch((thrown: unknown) => thrown);

  expect(ToriiDeniedError.is(error) && error.denial).toMatchObject({ code: 'TOOL_NOT_ALLOWED' });
  expect(String(error)).toContain('`trade` did not run. TOOL_NOT_ALLOWED');
});

test('a door may say a denial as an answer instead', async () => {
  const answer = await runTool(at.guarded({ tool: 'trade' }), call, { ...found, refuse: said });

  expect(answer).toContain('`trade` did not run. TOOL_NOT_ALLOWED');
  expect(at.told).toMatchObject([{ outcome: { kind: 'denied' } }]);
});

test('what the options say to a denial comes before what the door says', async () => {
  const guarded = at.guarded({ tool: 'trade', onDenied: ({ kind }) => kind });

  expect(await runTool(guarded, call, { ...found, refuse: said })).toBe('denied');
});

test.each`
  option                                         | answer
  ${{ identify: () => undefined }}               | ${'IDENTITY_MISSING'}
  ${{ identify: () => Promise.reject() }}        | ${'IDENTITY_MISSING'}
  ${{ price: () => undefined }}                  | ${'PRICE_UNKNOWN'}
  ${{ price: broken }}                           | ${'PRICE_UNKNOWN'}
  ${{ price: () => Promise.resolve('0.1 USD') }} | ${'PRICE_UNKNOWN'}
  ${{ payee: broken }}                           | ${'CALL_INVALID'}
  ${{ payee: () => Promise.reject() }}           | ${'CALL_INVALID'}
`('a function that fails denies: $option is $answer', async ({ option, answer }) => {
  const refuse: Refuse = (_, denial) => (denial.kind === 'denied' ? denial.code : denial.kind);

  expect(await runTool(at.guarded(option), call, { ...found, refuse })).toBe(answer);
});

test('a tool that cannot be pinned does not run', async () => {
  const guarded = guardedTool({
    framework: 'test',
    tool: {},
    options: at.guarded().options,
    definition: broken,
  });

  await expect(runTool(guarded, call, found)).rejects.toThrow('CALL_INVALID');
});

test.each([
  ['is said at once', () => 'e'.repeat(64)],
  ['is promised', async () => 'e'.repeat(64)],
  ['cannot be said', broken],
  ['is promised and does not come', async () => broken()],
])('a definition that %s is asked for once', async (_, pin) => {
  let times = 0;
  const definition = (): string | Promise<string> => ((times += 1), pin());
  const guarded = guardedTool({ framework: 'test', tool: {}, options: at.guarded().options, definition });
  const ask = async (): Promise<string | undefined> => (await requestOf(guarded, call)).definition;

  const sideBySide = await Promise.all([ask(), ask()]);

  expect([times, sideBySide]).toEqual([1, [await ask(), await ask()]]);
});

test.each([
  ['at once', (token: string) => token],
  ['by a promise', async (token: string) => token],
  ['by a thenable', thenable],
])('a token may be answered %s', async (_, say) => {
  expect(await runTool(at.guarded({ identify: () => say(at.agentToken) }), call, found)).toBe('found');
});

test('`identify` is given what the application passed and nothing of the call', async () => {
  const given: unknown[] = [];
  const identify = (...all: unknown[]): string => (given.push(all), at.agentToken);

  await runTool(at.guarded({ identify }), { ...call, context: { agent: 'bot' } }, found);

  expect(given).toEqual([[{ agent: 'bot' }]]);
});

test('what the tool throws leaves as it came, and costs nothing', async () => {
  const error = new Error('no network');

  await expect(runTool(at.guarded(), call, { execute: () => Promise.reject(error) })).rejects.toBe(error);
  expect(await at.spent()).toEqual({ spent: 0n, held: 0n });
});

test('an abort before the tool starts runs nothing and costs nothing', async () => {
  const run = new AbortController();
  const identify = (): string => (run.abort('left'), at.agentToken);

  await expect(
    runTool(at.guarded({ identify }), { ...call, signal: run.signal }, { execute: broken }),
  ).rejects.toBeDefined();
  expect(await at.spent()).toEqual({ spent: 0n, held: 0n });
});

test('an abort while the tool runs leaves open what its error means', async () => {
  const run = new AbortController();
  const execute = (): never => (run.abort(), broken());

  await expect(runTool(at.guarded(), { ...call, signal: run.signal }, { execute })).rejects.toThrow('broken');
  expect(await at.spent()).toEqual({ spent: 0n, held: 500_000n });
});

test('a call that is to be paused is the same call when it runs', async () => {
  const guarded = at.guarded({ price: '1.50 USD' });
  const waiting = await runTool(guarded, call, { ...found, refuse: said });
  await at.approve();

  expect(waiting).toContain('A person has to approve it first, until 2026-01-05T13:00:00.000Z');
  expect(waiting).toContain('do not repeat it before that');
  expect(await runTool(guarded, call, found)).toBe('found');
});

test('without a pause the model is told to make the call again, which it does under another id', async () => {
  const guarded = at.guarded({ price: '1.50 USD', approval: 'result' });
  const waiting = await runTool(guarded, call, { ...found, refuse: said });
  await at.approve();

  expect(waiting).toContain('once it is approved, make the same call with the same arguments again');
  expect(await runTool(guarded, { ...call, id: 'c2' }, found)).toBe('found');
});

test('what watches decisions cannot end a run', async () => {
  expect(await runTool(at.guarded({ onDecision: broken }), call, found)).toBe('found');
});

test('the engine is told of the door, the definition and the id of the framework', async () => {
  expect(await requestOf(at.guarded(), call)).toMatchObject({
    framework: 'test',
    definition: 'd'.repeat(64),
    frameworkCallId: 'c1',
    arguments: { query: 'x' },
  });
});

describe('the definition of a tool', () => {
  const schema = { type: 'object', properties: { query: { type: 'string' } } };

  test('is the same for JSON Schema, an object that holds it, and a function that makes it', async () => {
    const plain = await definitionOf({ name: 'search', schema });

    expect(await definitionOf({ name: 'search', schema: { jsonSchema: schema } })).toBe(plain);
    expect(await definitionOf({ name: 'search', schema: () => schema })).toBe(plain);
  });

  test.each([
    [{ name: 'find', schema }],
    [{ name: 'search', description: 'Finds', schema }],
    [{ name: 'search', schema: { type: 'object' } }],
    [{ name: 'search' }],
  ])('is another for %j', async (other) => {
    expect(await definitionOf(other)).not.toBe(await definitionOf({ name: 'search', schema }));
  });
});

function broken(): never {
  throw new Error('broken');
}

function thenable<T>(answer: T): PromiseLike<T> {
  return { then: (told) => Promise.resolve(answer).then(told) };
}
