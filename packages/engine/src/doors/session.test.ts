import { getEventListeners } from 'node:events';
import { lab, type Lab } from './doors.test-support.ts';
import { openTool, type Session, standingOf, streamTool } from './index.ts';

let at: Lab;
beforeEach(async () => {
  at = await lab();
});
afterEach(() => at.torii.close());

const call = { input: { query: 'x' }, id: 'c1' };
const charged = (output: string): string => `0.0${output.length} USD`;

async function open(signal?: AbortSignal): Promise<Session> {
  const session = await openTool(at.guarded({ charged }), { ...call, signal });
  if (session.kind !== 'started') throw new Error(`expected a session, not \`${session.kind}\``);
  return session;
}

test('a session holds the price until it ends', async () => {
  const session = await open();

  expect(await at.spent()).toEqual({ spent: 0n, held: 500_000n });
  expect(at.told).toEqual([]);

  session.finish({ last: { value: 'found' }, complete: true });
  await session.written();

  expect(await at.spent()).toEqual({ spent: 50_000n, held: 0n });
  expect(at.told).toMatchObject([{ outcome: { kind: 'done', value: 'found' } }]);
});

test.each`
  end                                                                                      | spent       | held
  ${(session: Session): void => session.finish({ last: { value: 'a' }, complete: false })} | ${500_000n} | ${0n}
  ${(session: Session): void => session.finish({ last: undefined, complete: true })}       | ${500_000n} | ${0n}
  ${(session: Session): void => session.fail(new Error('no network'))}                     | ${0n}       | ${0n}
  ${(session: Session): void => session.fail(new DOMException('left', 'AbortError'))}      | ${0n}       | ${500_000n}
`('$end has spent $spent and holds $held', async ({ end, spent, held }) => {
  const session = await open();

  (end as (session: Session) => void)(session);
  await session.written();

  expect(await at.spent()).toEqual({ spent, held });
});

test('a call that is aborted before it begins holds nothing and leaves no trace', async () => {
  const reason = new Error('the user left');

  await expect(open(AbortSignal.abort(reason))).rejects.toBe(reason);

  expect(await at.spent()).toEqual({ spent: 0n, held: 0n });
  expect(at.told).toEqual([]);
});

test.each(['skip', 'mode', 'identify'] as const)(
  'a call that is aborted while the application answers `%s` starts nothing, and waits for nobody',
  async (name) => {
    const reason = new Error('the user left');
    const answers = { skip: false, mode: 'enforce', identify: at.agentToken } as const;
    const opened = (id: string, price: string): ReturnType<typeof openTool> => {
      const run = new AbortController();
      const answer = async (): Promise<unknown> => (run.abort(reason), answers[name]);
      return openTool(at.guarded({ [name]: answer, price, waitMs: 60_000 }), {
        ...call,
        id,
        signal: run.signal,
      });
    };

    await expect(opened('c1', '0.50 USD')).rejects.toBe(reason);

    expect([await at.spent(), at.told]).toEqual([{ spent: 0n, held: 0n }, []]);
    expect(await opened('c2', '1.50 USD')).toMatchObject({ kind: 'waiting' });
  },
);

test('the first end counts', async () => {
  const session = await open();

  session.fail(new Error('no network'));
  session.finish({ last: { value: 'found' }, complete: true });
  await session.written();

  expect(at.told).toMatchObject([{ outcome: { kind: 'failed' } }]);
});

test('an error after an abort leaves open what was done', async () => {
  const run = new AbortController();
  const session = await open(run.signal);

  run.abort();
  session.fail(new Error('no network'));
  await session.written();

  expect(await at.spent()).toEqual({ spent: 0n, held: 500_000n });
});

test.each`
  change                   | answer
  ${{ tool: 'trade' }}     | ${{ kind: 'denied', code: 'TOOL_NOT_ALLOWED' }}
  ${{ price: '1.50 USD' }} | ${{ kind: 'waiting' }}
`('a call that may not start has no session: $answer', async ({ change, answer }) => {
  expect(await openTool(at.guarded(change), call)).toMatchObject(answer);
  expect(at.told).toMatchObject([{ outcome: answer }]);
});

test('a hook learns how a call stands before it runs, as often as it asks', async () => {
  const guarded = at.guarded({ price: '1.50 USD' });
  const first = await standingOf(guarded, call);
  const again = await standingOf(guarded, call);
  await at.approve();

  expect([first.kind, again]).toEqual(['waiting', first]);
  expect(await standingOf(guarded, call)).toMatchObject({ kind: 'ready', approvalId: expect.any(String) });
});

test('a hook is never thrown at', async () => {
  const torii = { ...at.torii, prepare: () => Promise.reject(new Error('broken')) };

  expect(await standingOf(at.guarded({ torii }), call)).toMatchObject({ code: 'STORE_UNAVAILABLE' });
});

test('values are passed on as they come, and the last says what they cost', async () => {
  async function* execute(): AsyncGenerator<string> {
    yield 'f';
    yield 'fou';
  }
  const values: unknown[] = [];

  for await (const value of streamTool(at.guarded({ charged }), call, { execute })) values.push(value);

  expect(values).toEqual(['f', 'fou']);
  expect(await at.spent()).toEqual({ spent: 30_000n, held: 0n });
});

test('a stream that may not start says so as its only value', async () => {
  const values: unknown[] = [];
  const runner = { execute: () => 'found', refuse: (message: string) => message };

  for await (const value of streamTool(at.guarded({ tool: 'trade' }), call, runner)) values.push(value);

  expect(values).toEqual([expect.stringContaining('`trade` did not run')]);
});

test('a stream that is aborted between the leave to start and the start costs nothing', async () => {
  const run = new AbortController();
  const guard: Lab['torii']['guard'] = (request, execute, options) => {
    const aborting: typeof execute = (permit) => {
      const running = execute(permit);
      run.abort();
      return running;
    };
    return at.torii.guard(request, aborting, options);
  };
  const guarded = at.guarded({ torii: { ...at.torii, guard } });
  let runs = 0;

  const values = streamTool(guarded, { ...call, signal: run.signal }, { execute: () => (runs += 1) });

  await expect(values.next()).rejects.toThrow('aborted');
  expect([runs, await at.spent()]).toEqual([0, { spent: 0n, held: 0n }]);
});

test('calls that wait side by side share one listener of the signal of their run, and leave none', async () => {
  const { signal } = new AbortController();
  const guarded = at.guarded({ price: '0.01 USD' });
  let most = 0;
  const heed = async (id: string): Promise<Session> => {
    const opening = openTool(guarded, { ...call, id, signal });
    for (let turn = 0; turn < 10; turn++) {
      await Promise.resolve();
      most = Math.max(most, getEventListeners(signal, 'abort').length);
    }
    const session = await opening;
    if (session.kind !== 'started') throw new Error(`expected a session, not \`${session.kind}\``);
    return session;
  };

  const sessions = await Promise.all(Array.from({ length: 12 }, (_, index) => heed(`c${index}`)));

  expect([most, getEventListeners(signal, 'abort')]).toEqual([1, []]);
  for (const session of sessions) session.finish({ last: undefined, complete: true });
  await Promise.all(sessions.map((session) => session.written()));
});
