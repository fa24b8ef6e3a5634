import { type Raw, behind, site, type Site } from './http.test-support.ts';
import { type Admission, type HttpOptions, send, toriiOf } from './index.ts';

let at: Site;
beforeEach(async () => {
  at = await site();
});
afterEach(() => at.close());

const paid: HttpOptions<unknown, unknown> = { tool: 'search', price: '0.50 USD' };
const shadows: readonly NonNullable<typeof paid.mode>[] = ['shadow', () => 'shadow'];
const bearer = (): RequestInit => ({ headers: { authorization: `Bearer ${at.agentToken}` } });

describe.each(['bare', 'wrapping'] as const)('a request through a door that is %s', (shape) => {
  /** Answers what was refused, and says of what was not whose call it is. */
  function answer({ request, response }: Raw, admission: Admission): void {
    if (admission.kind === 'refused') return send(response, admission.problem);
    const known = toriiOf(shape === 'bare' ? request : { raw: request });
    send(response, {
      status: 200,
      headers: {},
      body: { kind: admission.kind, framework: known?.call.framework, arguments: known?.call.arguments },
    });
  }

  test('that may run is told so, knows its call, and is charged when its response has ended', async () => {
    const url = await at.serve(behind(at, shape, paid)(answer));

    const response = await fetch(`${url}/search?q=torii`, bearer());

    expect(await response.json()).toEqual({
      kind: 'allowed',
      framework: shape,
      arguments: '{"body":null,"method":"GET","params":{},"path":"/search","query":{"q":"torii"}}',
    });
    expect(response.headers.get('x-tool')).toBe('search');
    expect(await at.ended(1)).toEqual(['settle']);
    expect(await at.spent()).toEqual({ spent: 500_000n, held: 0n });
  });

  test.each(shadows.map((mode) => ({ mode })))(
    'that may not run does so where its route is in shadow (%#)',
    async ({ mode }) => {
      const url = await at.serve(behind(at, shape, { ...paid, tool: 'trade', mode })(answer));

      expect(await (await fetch(url, bearer())).json()).toMatchObject({ kind: 'allowed' });
      expect(await at.torii.journal.entries({ types: ['call.shadowed'] })).toMatchObject([
        { facts: { code: 'TOOL_NOT_ALLOWED', tool: 'trade' } },
      ]);
      expect(await at.spent()).toEqual({ spent: 0n, held: 0n });
    },
  );

  test('is the same call where every function promises its answer', async () => {
    const told: unknown[] = [];
    const later =
      <T>(value: T) =>
      (): Promise<T> =>
        Promise.resolve(value);
    const options: HttpOptions<unknown, unknown> = {
      tool: later('search'),
      price: later('0.50 USD'),
      payee: later({ recipient: 'api.example' }),
      effect: later('read'),
      identify: later(at.agentToken),
      arguments: later({ q: 'torii' }),
      charged: later('0.25 USD'),
      succeeded: later(true),
      skip: later(false),
      mode: later('enforce'),
      onDecision: async (_request, { kind }) => void told.push(await later(kind)()),
    };
    const url = await at.serve(behind(at, shape, options)(answer));

    const response = await fetch(url);

    expect(await response.json()).toMatchObject({ kind: 'allowed', arguments: '{"q":"torii"}' });
    expect([await at.ended(1), told]).toEqual([['settle'], ['allowed']]);
    expect(await at.spent()).toEqual({ spent: 250_000n, held: 0n });
  });

  test('is enforced whatever else a function says of the mode', async () => {
    const mode = (() => 'off') as never;
    const url = await at.serve(behind(at, shape, { ...paid, tool: 'trade', mode })(answer));

    expect((await fetch(url, bearer())).status).toBe(403);
  });

  test('that may not run comes back as a problem, ready to be sent or thrown', async () => {
    const seen: Admission[] = [];
    const url = await at.serve(
      behind(
        at,
        shape,
        paid,
      )((raw, admission) => {
        seen.push(admission);
        answer(raw, admission);
      }),
    );

    const response = await fetch(url);

    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(seen).toEqual([
      {
        kind: 'refused',
        answer: expect.objectContaining({ kind: 'denied', code: 'IDENTITY_MISSING' }),
        problem: expect.objectContaining({ status: 401 }),
      },
    ]);
  });

  test('that waits for people says where they are asked', async () => {
    const url = await at.serve(
      behind(at, shape, { ...paid, price: '2.00 USD', approvalsPath: '/ask' })(answer),
    );

    const response = await fetch(url, bearer());

    expect(response.status).toBe(403);
    expect(response.headers.get('location')).toMatch(/^\/ask\//);
    expect(await response.json()).toMatchObject({ code: 'APPROVAL_REQUIRED' });
  });

  test('waits for whatever `await` waits for, such as a function that has a `then`', async () => {
    const heard = Object.assign(() => undefined, { then: (tell: (answer: boolean) => void) => tell(true) });
    const skip = (): Promise<boolean> => heard as never;
    const url = await at.serve(behind(at, shape, { tool: 'search', price: '0.50 USD', skip })(answer));

    const response = await fetch(url);

    expect(await response.json()).toEqual({ kind: 'skipped' });
  });

  test('that is skipped runs as if nobody guarded it', async () => {
    const url = await at.serve(behind(at, shape, { ...paid, skip: () => true })(answer));

    const response = await fetch(url);

    expect(await response.json()).toEqual({ kind: 'skipped' });
    expect(response.headers.has('x-tool')).toBe(false);
  });

  test('that brings a body nobody has read is 415', async () => {
    const url = await at.serve(behind(at, shape, paid)(answer));

    const response = await fetch(url, { ...bearer(), method: 'POST', body: 'a=1' });

    expect(response.status).toBe(415);
    expect(await at.spent()).toEqual({ spent: 0n, held: 0n });
  });

  test('whose handler fails costs nothing', async () => {
    const url = await at.serve(
      behind(at, shape, paid)(({ response }) => send(response, { status: 502, headers: {}, body: '' })),
    );

    await fetch(url, bearer());

    expect(await at.ended(1)).toEqual(['release']);
  });

  test('whose client hangs up costs the price', async () => {
    const client = new AbortController();
    const url = await at.serve(behind(at, shape, paid)(() => client.abort()));

    await expect(fetch(url, { ...bearer(), signal: client.signal })).rejects.toThrow('aborted');

    expect(await at.ended(1)).toEqual(['settle']);
    expect(await at.spent()).toEqual({ spent: 500_000n, held: 0n });
  });

  test.each`
    what                    | broken
    ${'finds the token'}    | ${'identify'}
    ${'names the tool'}     | ${'tool'}
    ${'says the price'}     | ${'price'}
    ${'skips'}              | ${'skip'}
    ${'is told the answer'} | ${'onDecision'}
  `('rejects where the function that $what throws, and holds nothing', async ({ broken }) => {
    const options = {
      ...paid,
      [broken]: () => {
        throw new Error(`\`${broken}\` broke`);
      },
    };
    const url = await at.serve(behind(at, shape, options)(answer));

    const response = await fetch(url, bearer());

    expect(response.status).toBe(500);
    expect(await response.text()).toBe(`\`${broken}\` broke`);
    expect((await at.spent()).held).toBe(0n);
  });

  test('that another door guards is refused, whichever shape that has', async () => {
    const other = shape === 'bare' ? 'wrapping' : 'bare';
    const second = behind(at, other, paid)(answer);
    const url = await at.serve(behind(at, shape, paid)((raw) => second(raw)));

    const response = await fetch(url, bearer());

    expect(await response.text()).toMatch(/^this request is guarded already; expected one guard for it/);
  });

  test('cannot name itself by a header of ours', async () => {
    const seen: unknown[] = [];
    const url = await at.serve(
      behind(
        at,
        shape,
        paid,
      )((raw, admission) => {
        seen.push(raw.request.headers['x-agent-id'], raw.request.headersDistinct['x-tool']);
        answer(raw, admission);
      }),
    );

    await fetch(url, {
      headers: { authorization: `Bearer ${at.agentToken}`, 'x-agent-id': 'ada', 'x-tool': 'free' },
    });

    expect(seen).toEqual([undefined, undefined]);
  });
});
