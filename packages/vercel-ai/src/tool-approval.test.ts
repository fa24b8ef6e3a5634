import { guardTools, type ToolApprovalRequest, toriiApproval } from './index.ts';
import { lab } from '@torii/sandbox/lab';

const approvals = [{ when: { above: '0.50 USD' }, approvers: ['ann'] }];
const plain = { inputSchema: {}, execute: () => 'paid' };

/** The question of AI SDK 7 about one call. */
function question(tools: object, toolName: string, messages: ToolApprovalRequest['messages'] = []) {
  return toriiApproval()({ toolCall: { toolCallId: 'c1', toolName, input: {} }, tools, messages });
}

/** A conversation in which the call was made before. */
const resumed = [{ role: 'assistant', content: [{ type: 'tool-call', toolCallId: 'c1' }] }];

describe('`toolApproval`', () => {
  test.each`
    price         | messages   | answer
    ${'0.50 USD'} | ${[]}      | ${undefined}
    ${'0.51 USD'} | ${[]}      | ${{ type: 'user-approval', reason: expect.stringContaining('0.51 USD is above') }}
    ${'0.51 USD'} | ${resumed} | ${{ type: 'denied', reason: expect.stringContaining('A person has to approve') }}
    ${'1.01 USD'} | ${[]}      | ${{ type: 'denied', reason: expect.stringContaining('PRICE_ABOVE_CAP') }}
    ${'1.01 USD'} | ${resumed} | ${{ type: 'denied', reason: expect.stringContaining('PRICE_ABOVE_CAP') }}
  `('at $price answers $answer', async ({ price, messages, answer }) => {
    const cap = { scope: 'call', window: 'call', limit: '1.00 USD' } as const;
    const { torii, token } = await lab({ tools: { allow: ['pay'] }, budgets: [cap], approvals });
    const tools = guardTools({ pay: plain }, { torii, identify: token, price: price as string });

    expect(await question(tools, 'pay', messages as ToolApprovalRequest['messages'])).toEqual(answer);
  });

  test('answers that an approved call may run, also when it is asked again', async () => {
    const lab1 = await lab({ tools: { allow: ['pay'] }, approvals });
    const tools = guardTools({ pay: plain }, { torii: lab1.torii, identify: lab1.token, price: '0.90 USD' });
    await question(tools, 'pay');
    await lab1.vote('approve');

    expect([await question(tools, 'pay', resumed), await question(tools, 'pay', resumed)]).toEqual([
      undefined,
      undefined,
    ]);
  });

  test.each(['constructor', '__proto__', 'toString', 'nothing'])(
    'has nothing to say of `%s`, which is no tool',
    async (name) => {
      expect(await question({ pay: plain }, name)).toBeUndefined();
    },
  );

  test('has nothing to say of a tool that a set only inherits', async () => {
    const inherited = Object.create({ pay: { ...plain, needsApproval: true } }) as object;

    expect(await question(inherited, 'pay')).toBeUndefined();
  });

  test.each`
    needsApproval                            | answer
    ${undefined}                             | ${undefined}
    ${false}                                 | ${undefined}
    ${true}                                  | ${{ type: 'user-approval' }}
    ${() => Promise.resolve(true)}           | ${{ type: 'user-approval' }}
    ${() => Promise.reject(new Error('no'))} | ${{ type: 'user-approval' }}
  `('leaves a tool that is not guarded to its own `needsApproval`', async ({ needsApproval, answer }) => {
    expect(await question({ pay: { ...plain, needsApproval: needsApproval as unknown } }, 'pay')).toEqual(
      answer,
    );
  });

  test('with `approval: result` leaves the answer to the tool', async () => {
    const { torii, token, approvals: pending } = await lab({ tools: { allow: ['pay'] }, approvals });
    const tools = guardTools(
      { pay: plain },
      { torii, identify: token, price: '0.90 USD', approval: 'result' },
    );

    expect(await question(tools, 'pay')).toBeUndefined();
    expect(await pending()).toEqual([]);
  });

  test('knows a guarded tool also as a copy', async () => {
    const { torii, token } = await lab({ tools: { deny: ['pay'] } });
    const { pay } = guardTools({ pay: plain }, { torii, identify: token, price: '0.90 USD' });

    expect(await question({ pay: { ...pay, title: 'Pay' } }, 'pay')).toMatchObject({ type: 'denied' });
  });
});
