import {
  Agent,
  getAllMcpTools,
  hostedMcpTool,
  type MCPServer,
  run,
  RunState,
  type Tool,
  tool,
  webSearchTool,
} from '@openai/agents';
import { assistantMessage, ScriptedModel } from '@openai/agents/testing';
import * as z from 'zod';
import { guard, guardOptions, guardTools, hostedMcpApproval, type HostedMcpOptions } from './index.ts';
import { lab, type Lab } from '@torii/sandbox/lab';
import { agentThatCalls, call, modelThatCalls, outputsOf, tokenIn } from './sdk.test-support.ts';

const policy = {
  tools: { allow: ['github/*'] },
  budgets: [{ scope: 'agent', window: 'lifetime', limit: '1.00 USD' } as const],
  approvals: [{ when: { above: '0.50 USD' }, approvers: ['ann'] }],
};

let at: Lab;
let calls: string[] = [];
beforeEach(async () => {
  at = await lab(policy);
  calls = [];
});
afterEach(() => at.torii.close());

/** A server in this process, with a tool that answers and one that fails. */
const server: MCPServer = {
  name: 'github',
  cacheToolsList: false,
  connect: async () => undefined,
  close: async () => undefined,
  invalidateToolsCache: async () => undefined,
  listTools: async () =>
    ['create_issue', 'fail'].map((name) => ({
      name,
      description: 'Works on issues',
      inputSchema: {
        type: 'object' as const,
        properties: { title: { type: 'string' } },
        required: ['title'],
        additionalProperties: false,
      },
    })),
  callTool: async (name, args) => {
    calls.push(`${name} ${JSON.stringify(args)}`);
    if (name === 'fail') throw new Error('down');
    return [{ type: 'text', text: `created ${calls.length}` }];
  },
};

const shared = () => ({ torii: at.torii, identify: tokenIn });
const context = () => ({ context: { token: at.token } });

describe('the tools of an MCP server', () => {
  const guarded = async (price: object | string): Promise<Tool[]> =>
    guardTools(await getAllMcpTools([server]), { ...shared(), server: 'github', price } as never);

  test('are guarded under the name of their server', async () => {
    const tools = await guarded({ create_issue: '0.30 USD', fail: '0.20 USD' });
    const agent = agentThatCalls(tools, [
      call('c1', 'create_issue', { title: 'one' }),
      call('c2', 'fail', { title: 'two' }),
    ]);

    const result = await run(agent, 'go', context());

    expect(outputsOf(result)).toMatchObject({
      c1: expect.anything(),
      c2: expect.stringContaining('An error occurred'),
    });
    // The SDK runs both at once: which of them begins first is nobody's promise.
    expect(calls.toSorted()).toEqual(['create_issue {"title":"one"}', 'fail {"title":"two"}']);
    expect(await at.spent()).toEqual({ spent: 500_000n, held: 0n });
  });

  test('are denied without the server hearing of it', async () => {
    const agent = agentThatCalls(await guarded('1.01 USD'), [call('c1', 'create_issue', { title: 'one' })]);

    expect(outputsOf(await run(agent, 'go', context()))).toEqual({
      c1: expect.stringContaining('`github/create_issue` did not run. BUDGET_EXCEEDED'),
    });
    expect(calls).toEqual([]);
  });

  test('pause for people, and go on in another process with tools that were listed anew', async () => {
    const agent = agentThatCalls(await guarded('0.90 USD'), [call('c1', 'create_issue', { title: 'one' })]);
    const paused = await run(agent, 'go', context());
    expect([paused.interruptions.length, calls]).toEqual([1, []]);
    await at.vote('approve');

    const later = new Agent({ name: 'assistant', model: modelThatCalls(), tools: await guarded('0.90 USD') });
    const state = await RunState.fromString(later, paused.state.toString());
    state.getInterruptions().forEach((item) => state.approve(item));
    await run(later, state);

    expect(calls).toEqual(['create_issue {"title":"one"}']);
    expect(await at.spent()).toEqual({ spent: 900_000n, held: 0n });
  });

  test('have to have a price each', async () => {
    await expect(guarded({ create_issue: '0.30 USD' })).rejects.toThrow(
      'expected a price for the tool `fail`',
    );
    await expect(guarded({ create_issue: '0.30 USD', fail: '0.30 USD', other: '0.10 USD' })).rejects.toThrow(
      'there is no tool `other`',
    );
  });
});

describe('a hosted MCP server', () => {
  const request = (id: string, name: string, args: object) => ({
    type: 'hosted_tool_call' as const,
    id,
    name: 'mcp_approval_request',
    status: 'completed' as const,
    providerData: {
      type: 'mcp_approval_request',
      id,
      server_label: 'github',
      name,
      arguments: JSON.stringify(args),
    },
  });

  /** What the provider is answered to each of its requests. */
  async function answersTo(requests: ReturnType<typeof request>[], more: Partial<HostedMcpOptions> = {}) {
    const hosted = hostedMcpTool({
      serverLabel: 'github',
      serverUrl: 'https://mcp.example',
      requireApproval: 'always',
      onApproval: hostedMcpApproval({
        ...shared(),
        server: 'github',
        price: { create_issue: '0.30 USD' },
        ...more,
      }),
    });
    const model = new ScriptedModel([requests, [assistantMessage('done')]]);
    await run(new Agent({ name: 'assistant', model, tools: [hosted] }), 'go', context());
    const input = model.lastCall?.request.input;
    return (Array.isArray(input) ? input : []).flatMap((item) =>
      item.type === 'hosted_tool_call' && item.name === 'mcp_approval_response' ? [item.providerData] : [],
    );
  }

  test('may run what Torii allows, at the price, at once', async () => {
    const price = { create_issue: ({ cents }: { cents: number }) => `0.${cents} USD` };

    expect(await answersTo([request('r1', 'create_issue', { cents: 40 })], { price } as never)).toMatchObject(
      [{ approve: true, approval_request_id: 'r1' }],
    );
    expect(await at.spent()).toEqual({ spent: 400_000n, held: 0n });
  });

  test.each`
    why                   | more                             | code
    ${'is over a budget'} | ${{ price: '1.01 USD' }}         | ${'BUDGET_EXCEEDED'}
    ${'has no price'}     | ${{ price: {} }}                 | ${'PRICE_UNKNOWN'}
    ${'is of nobody'}     | ${{ identify: () => undefined }} | ${'IDENTITY_MISSING'}
    ${'is not allowed'}   | ${{ server: 'gitlab' }}          | ${'TOOL_NOT_ALLOWED'}
    ${'waits for people'} | ${{ price: '0.90 USD' }}         | ${'A person has to approve it first'}
  `('may not run what $why, and is told $code', async ({ more, code }) => {
    const [answer] = await answersTo([request('r1', 'create_issue', {})], more as Partial<HostedMcpOptions>);

    expect(answer).toMatchObject({ approve: false, reason: expect.stringContaining(code as string) });
    expect((await at.spent()).spent).toBe(0n);
  });

  test('is answered when a person has decided, with `waitMs`, or when it asks again', async () => {
    const waiting = answersTo([request('r1', 'create_issue', {})], { price: '0.60 USD', waitMs: 60_000 });
    while ((await at.approvals()).length === 0) await new Promise((resolve) => setImmediate(resolve));
    await at.vote('approve');
    expect(await waiting).toMatchObject([{ approve: true }]);

    await at.torii.close();
    at = await lab(policy);
    expect(await answersTo([request('r2', 'create_issue', {})], { price: '0.60 USD' })).toMatchObject([
      { approve: false },
    ]);
    await at.vote('approve');
    expect(await answersTo([request('r3', 'create_issue', {})], { price: '0.60 USD' })).toMatchObject([
      { approve: true },
    ]);
  });

  test('is answered yes in shadow', async () => {
    const dear = { price: '9.00 USD', mode: 'shadow' } as const;

    expect(await answersTo([request('r1', 'create_issue', {})], dear)).toMatchObject([{ approve: true }]);
  });

  test('may run nothing without an engine', async () => {
    await at.torii.close();

    expect(await answersTo([request('r1', 'create_issue', {})])).toMatchObject([
      { approve: false, reason: expect.stringContaining('STORE_UNAVAILABLE') },
    ]);
    at = await lab(policy);
  });

  test.each([
    ['charged', {}],
    ['onDenied', {}],
    ['approval', 'native'],
    ['skip', []],
  ])('takes no `%s`', (name, value) => {
    expect(() => hostedMcpApproval({ ...shared(), price: '0.30 USD', [name]: value })).toThrow(
      `\`options.${name}\`: expected one of \`torii\``,
    );
  });
});

describe('mistakes are refused at start-up', () => {
  const plain = { name: 'pay', description: 'Pays', parameters: z.object({}), execute: () => 'paid' };
  const options = () => ({ ...shared(), tool: 'pay', price: '0.30 USD' });

  test.each`
    mistake                               | make                                                              | message
    ${'no engine'}                        | ${() => guard(tool(plain), { ...options(), torii: {} as never })} | ${'`options.torii` of `pay`: expected an engine'}
    ${'an unknown option'}                | ${() => guardOptions(plain, { ...options(), prize: 1 } as never)} | ${'`options.prize` of `pay`: expected one of `torii`'}
    ${'a negative price'}                 | ${() => guardOptions(plain, { ...options(), price: '-1 USD' })}   | ${'`options.price` of `pay`'}
    ${'a tool of the provider'}           | ${() => guard(webSearchTool(), options())}                        | ${'the provider runs it, where Torii cannot stop it'}
    ${'a tool that is not there'}         | ${() => guard(undefined as never, options())}                     | ${'`pay`: expected the tool that is to be guarded'}
    ${'options for a tool to be made'}    | ${() => guard(plain as never, options())}                         | ${'`pay` is no tool yet: guard its options with `guardOptions`'}
    ${'a tool instead of its options'}    | ${() => guardOptions(tool(plain) as never, options())}            | ${'`pay` has no `execute`: guard a tool that is made already with `guard`'}
    ${'a set that is none'}               | ${() => guardTools({} as never, { ...shared(), price: '0 USD' })} | ${'`tools`: expected a list of tools'}
    ${'options that are guarded already'} | ${() => guardOptions(guardOptions(plain, options()), options())}  | ${'`pay` is guarded already'}
    ${'a tool of guarded options'}        | ${() => guard(tool(guardOptions(plain, options())), options())}   | ${'`pay` is guarded already'}
    ${'a tool that is guarded already'}   | ${() => guard(guard(tool(plain), options()), options())}          | ${'`pay` is guarded already'}
  `('$mistake: $message', ({ make, message }) => {
    expect(make).toThrow(
      expect.objectContaining({
        code: 'OPTIONS_INVALID',
        message: expect.stringContaining(message as string),
      }),
    );
  });

  test('a tool of the provider can be admitted', () => {
    const search = webSearchTool();

    expect(guard(search, { ...options(), skip: true })).toBe(search);
  });
});

test('a guarded tool is a copy: the SDK finds the same function in it, and the tool itself is as it was', () => {
  const plain = tool({ name: 'pay', description: 'Pays', parameters: z.object({}), execute: () => 'paid' });
  const guarded = guard(plain, { ...shared(), tool: 'pay', price: '0.30 USD' });

  expect(guarded).not.toBe(plain);
  expect(guarded.invoke).toBe(plain.invoke);
  expect([plain.inputGuardrails, plain.outputGuardrails]).toEqual([[], []]);
});
