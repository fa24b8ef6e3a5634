import { memoryStore, OutcomeUnknownError, type Store, type StoreSource } from '@torii/engine';
import { guard, type GuardOptions, type ToolDecision } from './index.ts';
import { type Lab, lab } from '@torii/sandbox/lab';

/** The SDK's side, by hand: what no run of the SDK does on command. */
interface Tool {
  readonly inputSchema: object;
  readonly execute?: (input: { readonly cents: number }, options: object) => unknown;
}

const policy = {
  tools: { allow: ['pay'] },
  budgets: [{ scope: 'agent', window: 'lifetime', limit: '1.00 USD' } as const],
};
const input = { cents: 10 };
const options = { toolCallId: 'c1', messages: [] };

function guarded<E extends NonNullable<Tool['execute']>>(
  { torii, token }: Lab,
  execute: E,
  more: Partial<GuardOptions<{ inputSchema: object; execute: E }>> = {},
): { execute: E } {
  const common = { torii, identify: token, tool: 'pay', price: '0.10 USD' };
  return guard({ inputSchema: {}, execute }, { ...common, ...more });
}

async function* threeTimes(): AsyncGenerator<string, void, undefined> {
  yield '0.01 USD';
  yield '0.02 USD';
  yield '0.03 USD';
}

describe('a streaming tool', () => {
  test('answers with an async iterable at once, as the SDK demands', async () => {
    const { execute } = guarded(await lab(policy), async function* () {
      yield 'paid';
    });

    expect(Symbol.asyncIterator in execute()).toBe(true);
  });

  test('that is not listened to at all is not even asked for', async () => {
    const lab1 = await lab(policy);
    const { execute } = guarded(lab1, threeTimes);

    await execute().return();

    expect(await lab1.spent()).toEqual({ spent: 0n, held: 0n });
  });

  test('that is not listened to until its end costs its price, and is told to stop', async () => {
    const lab1 = await lab(policy);
    let stopped = false;
    async function* often() {
      try {
        for (let left = 9; left > 0; left--) yield '0.01 USD';
      } finally {
        stopped = true;
      }
    }
    const { execute } = guarded(lab1, often, { charged: (value) => value });

    for await (const value of execute()) if (value === '0.01 USD') break;

    expect(stopped).toBe(true);
    expect(await lab1.spent()).toEqual({ spent: 100_000n, held: 0n });
  });

  test('whose listener fails costs its price: the tool did not fail', async () => {
    const lab1 = await lab(policy);
    const values = guarded(lab1, threeTimes).execute();
    await values.next();

    await expect(values.throw(new Error('the listener broke'))).rejects.toThrow('the listener broke');

    expect(await lab1.spent()).toEqual({ spent: 100_000n, held: 0n });
  });

  test('that cannot be stopped in peace costs its price too', async () => {
    const lab1 = await lab(policy);
    async function* stubborn() {
      try {
        yield 'one';
      } finally {
        await Promise.reject(new Error('cannot stop'));
      }
    }
    const values = guarded(lab1, stubborn).execute();
    await values.next();

    await expect(values.return()).rejects.toThrow('cannot stop');

    expect(await lab1.spent()).toEqual({ spent: 100_000n, held: 0n });
  });

  test.each`
    error                                 | spent | held
    ${new Error('broken')}                | ${0n} | ${0n}
    ${new OutcomeUnknownError('lost')}    | ${0n} | ${100_000n}
    ${new DOMException('', 'AbortError')} | ${0n} | ${100_000n}
  `('that throws $error.name on its way leaves $held held', async ({ error, spent, held }) => {
    const lab1 = await lab(policy);
    async function* half() {
      yield 'half';
      throw error;
    }
    const values = guarded(lab1, half).execute();
    await values.next();

    await expect(values.next()).rejects.toBe(error);

    expect(await lab1.spent()).toEqual({ spent, held });
  });

  test('that says nothing costs its price', async () => {
    const lab1 = await lab(policy);
    async function* silent(): AsyncGenerator<string, void, undefined> {}
    const { execute } = guarded(lab1, silent, { charged: () => '0.01 USD' });

    expect(await execute().next()).toEqual({ done: true, value: undefined });
    expect(await lab1.spent()).toEqual({ spent: 100_000n, held: 0n });
  });

  test('that is denied yields what `onDenied` says, and only that', async () => {
    const lab1 = await lab({ tools: { deny: ['pay'] } });
    const { execute } = guarded(lab1, threeTimes, { onDenied: () => 'no' });
    const values: unknown[] = [];

    for await (const value of execute()) values.push(value);

    expect(values).toEqual(['no']);
  });

  test('that is a plain function streams with `streaming`, and without it gives its last value', async () => {
    const lab1 = await lab(policy);
    const plain = (): AsyncIterable<string> => threeTimes();
    const values: unknown[] = [];

    for await (const value of guarded(lab1, plain, { streaming: true }).execute()) values.push(value);
    const last = (await (guarded(lab1, plain, { charged: (value) => value }).execute() as unknown)) as string;

    expect(values).toEqual(['0.01 USD', '0.02 USD', '0.03 USD']);
    expect(last).toBe('0.03 USD');
    expect(await lab1.spent()).toEqual({ spent: 130_000n, held: 0n });
  });
});

describe('an abort', () => {
  const reason = new DOMException('stop', 'AbortError');
  const aborted = AbortSignal.abort(reason);

  test.each([false, true])('before the call asks nobody (streaming: %p)', async (streaming) => {
    const lab1 = await lab(policy);
    let runs = 0;
    const { execute } = guarded(lab1, (_input: typeof input, _options: object): unknown => ++runs, {
      streaming,
    });
    const answer = execute(input, { ...options, abortSignal: aborted });

    await expect(streaming ? (answer as AsyncGenerator).next() : answer).rejects.toBe(reason);

    expect(runs).toBe(0);
    expect(await lab1.torii.journal.entries({ types: ['call.reserved'] })).toEqual([]);
  });

  test.each([false, true])('while Torii decides returns the money (streaming: %p)', async (streaming) => {
    const lab1 = await lab(policy);
    const controller = new AbortController();
    let runs = 0;
    const price = (): string => {
      controller.abort(reason);
      return '0.10 USD';
    };
    const run = (_input: typeof input, _options: object): unknown => ++runs;
    const answer = guarded(lab1, run, { streaming, price }).execute(input, {
      ...options,
      abortSignal: controller.signal,
    });

    await expect(streaming ? (answer as AsyncGenerator).next() : answer).rejects.toBe(reason);

    expect(runs).toBe(0);
    expect(await lab1.spent()).toEqual({ spent: 0n, held: 0n });
  });

  test('while the tool runs keeps the money held: nobody knows what it did', async () => {
    const lab1 = await lab(policy);
    const controller = new AbortController();
    const run = async (
      _input: typeof input,
      { abortSignal }: { abortSignal?: AbortSignal },
    ): Promise<string> => {
      controller.abort(reason);
      abortSignal?.throwIfAborted();
      return 'paid';
    };

    const answer = guarded(lab1, run).execute(input, { ...options, abortSignal: controller.signal });

    await expect(answer).rejects.toBe(reason);
    expect(await lab1.spent()).toEqual({ spent: 0n, held: 100_000n });
  });
});

describe('a guarded tool', () => {
  test('calls the tool on itself, with the options as they came', async () => {
    class Till {
      readonly #paid = 'paid';
      readonly inputSchema = {};
      execute(_input: object, given: object): unknown {
        return [this.#paid, given === options];
      }
      describe(): string {
        return 'a till';
      }
    }
    const { torii, token } = await lab(policy);

    const till = guard(new Till(), { torii, identify: token, tool: 'pay', price: '0.10 USD' });

    expect(till).toBeInstanceOf(Till);
    expect(till.describe()).toBe('a till');
    expect(await till.execute(input, options)).toEqual(['paid', true]);
  });

  test('runs once for one id of the SDK', async () => {
    const lab1 = await lab(policy);
    let runs = 0;
    const { execute } = guarded(lab1, async (_input: typeof input, _options: object) => ++runs);

    await execute(input, options);

    await expect(execute(input, options)).rejects.toThrow('CALL_ENDED');
    expect(runs).toBe(1);
  });

  test('runs again for one id of the SDK after it failed, and costs once', async () => {
    const lab1 = await lab(policy);
    let runs = 0;
    const { execute } = guarded(lab1, async (_input: typeof input, _options: object) => {
      if (++runs === 1) throw new Error('upstream is down');
      return runs;
    });

    await expect(execute(input, options)).rejects.toThrow('upstream is down');

    expect(await execute(input, options)).toBe(2);
    expect(await lab1.spent()).toEqual({ spent: 100_000n, held: 0n });
  });

  test.each`
    options                                                  | code
    ${{ price: () => undefined }}                            | ${'PRICE_UNKNOWN'}
    ${{
      price: () => {
        throw new Error('broken');
      },
    }} | ${'PRICE_UNKNOWN'}
    ${{ price: () => 'much' }}                               | ${'PRICE_UNKNOWN'}
    ${{ identify: () => undefined }}                         | ${'IDENTITY_MISSING'}
    ${{ identify: () => Promise.reject(new Error('lost')) }} | ${'IDENTITY_MISSING'}
    ${{ identify: () => 'nobody' }}                          | ${'IDENTITY_INVALID'}
    ${{ tool: 'a b' }}                                       | ${'TOOL_NAME_INVALID'}
  `('with $options is denied: $code', async ({ options: more, code }) => {
    const lab1 = await lab(policy);
    const { execute } = guarded(
      lab1,
      async (_input: typeof input, _options: object) => 'paid',
      more as object,
    );

    await expect(execute(input, options)).rejects.toMatchObject({ denial: { kind: 'denied', code } });
  });

  test('tells `onDecision` how each call ended, and does not care what that does', async () => {
    const lab1 = await lab(policy);
    const told: ToolDecision[] = [];
    const onDecision = async (decision: ToolDecision): Promise<void> => {
      told.push(decision);
      throw new Error('the log is full');
    };
    const pay = guarded(lab1, async (_input: typeof input, _options: object) => 'paid', { onDecision });
    const stream = guarded(lab1, threeTimes, { onDecision });

    await pay.execute(input, options);
    await pay.execute(input, options).catch(() => undefined);
    for await (const value of stream.execute()) expect(value).toBeDefined();

    expect(told).toMatchObject([
      {
        tool: 'pay',
        toolCallId: 'c1',
        outcome: { kind: 'done', value: 'paid', charged: { units: 100_000n } },
      },
      { tool: 'pay', toolCallId: 'c1', outcome: { kind: 'denied', code: 'CALL_ENDED' } },
      { tool: 'pay', toolCallId: undefined, outcome: { kind: 'done', value: '0.03 USD' } },
    ]);
  });
});

describe('a store that is down while `approval: result` previews a call', () => {
  const wary = { ...policy, anomaly: { after: 2, denialRate: 50 } };

  /** A store whose sessions nobody can read. */
  function broken(): StoreSource {
    const source = memoryStore();
    const session = () => Promise.reject(new Error('the disk is gone'));
    return {
      open: async (context) => {
        const store: Store = { ...(await source.open(context)), session, of: () => store };
        return store;
      },
    };
  }

  /** A tool that takes what the SDK hands over. */
  function paying(onRun: () => void = () => undefined) {
    return async (_input: { readonly cents: number }, _options: object): Promise<string> => {
      onRun();
      return 'paid';
    };
  }

  test('denies as it denies every call', async () => {
    const lab1 = await lab(wary, { store: broken() });
    let runs = 0;
    const { execute } = guarded(
      lab1,
      paying(() => ++runs),
      { approval: 'result' },
    );

    await expect(execute(input, options)).rejects.toMatchObject({
      name: 'ToriiDeniedError',
      denial: { code: 'STORE_UNAVAILABLE' },
    });
    expect(runs).toBe(0);
  });

  test('lets the call pass in shadow', async () => {
    const lab1 = await lab(wary, { store: broken(), mode: 'shadow' });
    const { execute } = guarded(lab1, paying(), { approval: 'result' });

    expect(await execute(input, options)).toBe('paid');
  });
});
