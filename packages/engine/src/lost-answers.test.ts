import { everyStore } from './every-store.test-support.ts';
import { type Harness, harness as open } from './engine.test-support.ts';
import type { Engine } from './nouns/engine.ts';
import { ToriiError } from './nouns/errors.ts';
import type { Reservation, StartRequest } from './nouns/hold.ts';
import type { MaybePromise } from './nouns/steps.ts';
import type { Store } from './nouns/store.ts';

const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

const stores = await everyStore();
afterAll(() => stores.stop());

describe.each(stores.kinds)('on the %s store', (kind) => {
  type Losing = Record<'reserve' | 'start' | 'withdraw', 'nothing' | 'the answer' | 'the request'>;

  /** A store behind a line that loses requests, or answers of what was done. */
  async function harness(): Promise<Harness & { readonly losing: Losing; readonly asked: string[] }> {
    const losing: Losing = { reserve: 'nothing', start: 'nothing', withdraw: 'nothing' };
    const asked: string[] = [];
    const wrap = (store: Store): Store => {
      const line =
        <Asked extends readonly unknown[], T>(
          name: keyof Losing,
          method: (...asked: Asked) => MaybePromise<T>,
        ) =>
        async (...request: Asked): Promise<T> => {
          asked.push(name);
          const lost = losing[name];
          if (lost === 'the request') throw new ToriiError('STORE_UNAVAILABLE', 'the line is down');
          const answer = await method(...request);
          if (lost === 'the answer') throw new ToriiError('STORE_UNAVAILABLE', 'the line broke');
          return answer;
        };
      return {
        ...store,
        reserve: line('reserve', (reservation: Reservation) => store.reserve(reservation)),
        start: line('start', (request: StartRequest) => store.start(request)),
        withdraw: line('withdraw', (...call: Parameters<Store['withdraw']>) => store.withdraw(...call)),
      };
    };
    const opened = await open({ ...stores.on(kind), wrap });
    engines.push(opened.torii);
    return { ...opened, losing, asked };
  }

  const LOST = { kind: 'denied', code: 'STORE_UNAVAILABLE', retryAfterMs: 1_000 };

  async function held({ torii, agentToken }: Harness): Promise<readonly bigint[]> {
    const status = await torii.agents.status(agentToken);
    return status.kind === 'status' ? status.budgets.map((budget) => budget.held) : [];
  }

  test('a hold whose answer was lost is given back, and its id is free again', async () => {
    const one = await harness();
    const request = one.request({ idempotencyKey: 'k1' });
    let ran = 0;

    one.losing.reserve = 'the answer';
    const lost = await one.torii.guard(request, () => ++ran);
    await one.clock.advance(10);
    const meanwhile = await held(one);
    one.losing.reserve = 'nothing';
    const again = await one.torii.guard(request, () => ++ran);

    expect(lost).toMatchObject(LOST);
    expect(meanwhile).toEqual([0n, 0n]);
    expect(again).toMatchObject({ kind: 'done', value: 1 });
    expect((await one.torii.journal.entries()).slice(3).map(({ type }) => type)).toEqual([
      'call.reserved',
      'call.released',
      'call.reserved',
      'call.settled',
    ]);
  });

  test('a hold that came late and whose answer was lost is given back too', async () => {
    const one: Harness = await open({
      ...stores.on(kind),
      wrap: (store) => ({
        ...store,
        reserve: async (reservation) => {
          await store.reserve(reservation);
          return new Promise((_, reject) => one.clock.after(600, () => reject(new Error('broken'))));
        },
      }),
    });
    engines.push(one.torii);

    const asked = one.torii.guard(one.request(), () => 'ran');
    await one.clock.advance(450);
    expect(await asked).toMatchObject(LOST);
    expect(await held(one)).toEqual([100_000n, 100_000n]);
    await one.clock.advance(200);

    expect(await held(one)).toEqual([0n, 0n]);
  });

  test('what was never asked is known to nobody, and that is the end of it', async () => {
    const one = await harness();
    one.losing.reserve = 'the request';

    const lost = await one.torii.guard(one.request(), () => 'ran');
    await one.clock.advance(5_000);

    expect(lost).toMatchObject(LOST);
    expect(one.asked).toEqual(['reserve', 'withdraw']);
    expect(one.errors).toHaveLength(1);
  });

  test('a start whose answer was lost is given back; its approval is used up', async () => {
    const one = await harness();
    const publish = one.request({ tool: 'publish', price: '2.00 USD', idempotencyKey: 'k1' });
    const waiting = await one.torii.guard(publish, () => 'ran');
    if (waiting.kind !== 'waiting') throw new Error('expected a waiting call');
    await one.torii.approvals.decide({
      credential: await one.approverToken('ada@example.com'),
      approvalId: waiting.approval.id,
      verdict: 'approve',
      actionHash: waiting.approval.actionHash,
    });

    one.losing.start = 'the answer';
    const lost = await one.torii.guard(publish, () => 'ran');
    await one.clock.advance(10);
    one.losing.start = 'nothing';

    expect(lost).toMatchObject(LOST);
    expect(await held(one)).toEqual([0n, 0n]);
    expect(await one.torii.guard(publish, () => 'ran')).toMatchObject({ kind: 'waiting' });
  });

  test('a question to people whose answer was lost stays, and repeating the call finds it', async () => {
    const one = await harness();
    const publish = one.request({ tool: 'publish', price: '2.00 USD', idempotencyKey: 'k1' });

    one.losing.reserve = 'the answer';
    const lost = await one.torii.guard(publish, () => 'ran');
    await one.clock.advance(10);
    one.losing.reserve = 'nothing';

    expect(lost).toMatchObject(LOST);
    expect(await held(one)).toEqual([2_000_000n, 2_000_000n]);
    expect(await one.torii.guard(publish, () => 'ran')).toMatchObject({ kind: 'waiting' });
    expect(await one.torii.journal.entries({ types: ['approval.created'] })).toHaveLength(1);
  });

  test('an equal call that is running goes on when the answer of its double is lost', async () => {
    const one = await harness();
    const outcome = await one.torii.guard(one.request(), async () => {
      one.losing.reserve = 'the answer';
      const double = await one.torii.guard(one.request(), () => 'twice');
      await one.clock.advance(10);
      return double;
    });

    expect(outcome).toMatchObject({ kind: 'done', value: LOST, charged: { units: 100_000n } });
    expect(await one.torii.journal.entries({ types: ['call.released'] })).toEqual([]);
  });

  test('an outage is waited for by all that was lost, a few at a time, and told once', async () => {
    const one = await harness();
    one.losing.reserve = 'the answer';
    one.losing.withdraw = 'the request';
    const keys = Array.from({ length: 50 }, (_, index) => `k${index}`);

    await Promise.all(
      keys.map((idempotencyKey) => one.torii.guard(one.request({ idempotencyKey }), () => 'ran')),
    );
    await one.clock.advance(3_000);
    const tries = one.asked.filter((name) => name === 'withdraw').length;
    const lasting = await held(one);
    one.losing.withdraw = 'nothing';
    await one.clock.advance(1_000);

    expect(lasting).toEqual([5_000_000n, 5_000_000n]);
    expect(tries).toBeLessThanOrEqual(4 * 50);
    expect(one.errors.filter(({ message }) => message === 'the line is down')).toHaveLength(1);
    expect(await held(one)).toEqual([0n, 0n]);
  });
});
