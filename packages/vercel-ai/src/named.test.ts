import type { Call, CallRequest, Denial, Engine, Waiting } from '@torii/engine';
import { guard, type GuardOptions, guardTools } from './index.ts';
import { type Lab, lab } from '@torii/sandbox/lab';

interface Input {
  readonly to: string;
}
interface Tool {
  readonly inputSchema: object;
  readonly execute: (input: Input, options: object) => unknown;
}
type Named = Pick<GuardOptions<Tool>, 'payee' | 'effect'>;

const shop = { recipient: 'shop.example', network: 'eip155:8453', category: 'api_usage', scheme: 'exact' };
const input = { to: 'ann.example' };
const sdkOptions = { toolCallId: 'c1', messages: [] };
const tool: Tool = { inputSchema: {}, execute: () => 'paid' };

/** What the compiler would not let through. */
const paying = (value: unknown): Named => ({ payee: () => value as typeof shop });

/** An engine that remembers what it was asked, and what it made of it. */
function watched({ torii }: Lab): { torii: Engine; asked: CallRequest[]; calls: Call[] } {
  const [asked, calls]: [CallRequest[], Call[]] = [[], []];
  const guarding: Engine['guard'] = (request, execute, options) => {
    asked.push(request);
    return torii.guard(request, (permit) => (calls.push(permit.call), execute(permit)), options);
  };
  return { torii: { ...torii, guard: guarding }, asked, calls };
}

async function run(named: Named): Promise<{ asked: CallRequest | undefined; call: Call | undefined }> {
  const at = await lab({});
  const { torii, asked, calls } = watched(at);
  const { execute } = guard(tool, { torii, identify: at.token, tool: 'pay', price: '0.10 USD', ...named });
  await execute(input, sdkOptions);
  return { asked: asked[0], call: calls[0] };
}

test('a call names the door, and neither payee nor effect where the options do not', async () => {
  const { call } = await run({});

  expect(call).toMatchObject({ framework: 'vercel-ai', payee: {}, effect: undefined });
});

test.each`
  policy                                        | named                                        | answer
  ${{ match: { frameworks: ['vercel-ai'] } }}   | ${{}}                                        | ${'paid'}
  ${{ match: { frameworks: ['express'] } }}     | ${{}}                                        | ${'NO_POLICY'}
  ${{ effects: { allow: ['read'] } }}           | ${{ effect: 'read' }}                        | ${'paid'}
  ${{ effects: { allow: ['read'] } }}           | ${{ effect: 'admin' }}                       | ${'EFFECT_NOT_ALLOWED'}
  ${{ merchants: { allow: ['shop.example'] } }} | ${{ payee: shop }}                           | ${'paid'}
  ${{ merchants: { allow: ['shop.example'] } }} | ${{}}                                        | ${'PAYEE_UNKNOWN'}
  ${{ merchants: { allow: ['shop.example'] } }} | ${{ payee: { recipient: 'other.example' } }} | ${'MERCHANT_NOT_ALLOWED'}
`('$policy decides on $named: $answer', async ({ policy, named, answer }) => {
  const { torii, token } = await lab(policy);
  const onDenied = (denial: Denial | Waiting): string => ('code' in denial ? denial.code : denial.kind);
  const options = { torii, identify: token, tool: 'pay', price: '0.10 USD', onDenied, ...named };
  const { execute } = guard(tool, options);

  expect(await execute(input, sdkOptions)).toBe(answer);
});

test.each<[string, Named, object]>([
  ['a value', { payee: shop, effect: 'destructive' }, { payee: shop, effect: 'destructive' }],
  [
    'a function of the arguments',
    { payee: ({ to }) => ({ recipient: to }) },
    { payee: { recipient: 'ann.example' } },
  ],
  ['a function that names nobody', { payee: () => undefined }, { payee: {} }],
])('a call names payee and effect as the options do: %s', async (_how, named, expected) => {
  const { call } = await run(named);

  expect(call).toMatchObject(expected);
});

test.each<[string, Named]>([
  ['throws', { payee: () => { throw new Error('nobody knows'); } }], // prettier-ignore
  ['promises a payee', paying(Promise.resolve(shop))],
  ['promises none', paying(Promise.reject(new Error('nobody knows')))],
  ['answers null', paying(null)],
  ['answers text', paying('shop.example')],
  ['answers an empty name', paying({ recipient: '' })],
  ['answers a network that is none', paying({ recipient: 'shop.example', network: 'base' })],
  ['answers what breaks when it is read', paying({ get recipient() { throw new Error('broken'); } })], // prettier-ignore
])(
  'a call whose function for the payee %s is denied, and does not look as if nobody was paid',
  async (_how, named) => {
    await expect(run(named)).rejects.toThrow('`pay` did not run. CALL_INVALID');
  },
);

test('hints of the tool itself are not believed', async () => {
  const hints = { readOnlyHint: true, destructiveHint: false };
  const hinting = {
    ...tool,
    effect: 'read',
    annotations: hints,
    metadata: { annotations: hints },
    _meta: hints,
  };
  const at = await lab({});
  const { torii, asked } = watched(at);
  const { execute } = guard(hinting, { torii, identify: at.token, tool: 'delete_all', price: '0.10 USD' });

  await execute(input, sdkOptions);

  expect(asked[0]).toMatchObject({ tool: 'delete_all', effect: undefined });
});

test('the question whether a person has to approve names the same payee and effect as the execution', async () => {
  const at = await lab({ approvals: [{ when: 'always', approvers: ['ann'], expiresIn: '1h' }] });
  const named: Named = { payee: ({ to }) => ({ recipient: to }), effect: 'mutating' };
  const options = { torii: at.torii, identify: at.token, tool: 'pay', price: '0.10 USD', ...named };
  const { execute, needsApproval } = guard({ ...tool, needsApproval: neverNeeded }, options);

  const isNeeded = await needsApproval(input, sdkOptions);
  await at.vote('approve');

  expect([isNeeded, await execute(input, sdkOptions)]).toEqual([true, 'paid']);
});

describe('a set of tools', () => {
  async function ask(named: object): Promise<readonly (CallRequest | undefined)[]> {
    const at = await lab({});
    const { torii, asked } = watched(at);
    const options = { torii, identify: at.token, price: '0.10 USD', ...named };
    const { pay, recipient } = guardTools({ pay: tool, recipient: tool }, options);
    await pay.execute(input, { toolCallId: 'c1' });
    await recipient.execute(input, { toolCallId: 'c2' });
    return asked;
  }

  test('has one payee for all', async () => {
    expect(await ask({ payee: shop })).toMatchObject([{ payee: shop }, { payee: shop }]);
  });

  test('has a payee and an effect for each, or none', async () => {
    const payee = { pay: ({ to }: Input) => ({ recipient: to }) };

    expect(await ask({ payee, effect: { recipient: 'read' } })).toMatchObject([
      { payee: { recipient: 'ann.example' }, effect: undefined },
      { payee: undefined, effect: 'read' },
    ]);
  });

  test('tells a tool that is called as a field of payees apart from that field', async () => {
    const payee = { recipient: { recipient: 'shop.example' } };

    expect(await ask({ payee, effect: { recipient: 'admin' } })).toMatchObject([
      { payee: undefined, effect: undefined },
      { payee: { recipient: 'shop.example' }, effect: 'admin' },
    ]);
  });
});

function neverNeeded(_input: Input, _options: object): boolean | Promise<boolean> {
  return false;
}
