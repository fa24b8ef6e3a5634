import { lab, type Lab } from './doors.test-support.ts';
import {
  checkToolOptions,
  explainDemand,
  guardedTool,
  insteadOf,
  isGuarded,
  markOf,
  openTool,
  optionsOfTool,
  runTool,
  type Session,
  standingOf,
  type ToolCall,
  toolFields,
  type ToolOptions,
  type ToolSetOptions,
} from './index.ts';

let at: Lab;
beforeEach(async () => {
  at = await lab();
});
afterEach(() => at.torii.close());

/** What an application hands a run, and the run hands the tools. */
interface App {
  readonly token: string;
}

const identify = (context: unknown): string | undefined => (context as Partial<App> | undefined)?.token;

describe('a middleware around all tools that pauses by an exception and answers with messages', () => {
  interface Request {
    readonly name: string;
    readonly args: unknown;
    readonly id: string;
    readonly context: App;

    /** What the framework was resumed with; undefined the first time. */
    readonly resumed?: 'approve' | 'reject';
  }
  interface Message {
    readonly id: string;
    readonly status: 'success' | 'error';
    readonly content: string;
  }
  class Pause extends Error {}

  function middleware(options: ToolSetOptions) {
    return async (request: Request, handler: () => Promise<Message>): Promise<unknown> => {
      const { name, args, id, context, resumed } = request;
      const own = optionsOfTool(options, name);
      if (own.skip === true) return handler();
      const guarded = guardedTool({
        framework: 'graph',
        tool: request,
        options: own,
        definition: () => 'd'.repeat(64),
      });
      const call: ToolCall = { input: args, id, context };
      const say = (content: string): Message => ({ id, status: 'error', content });
      const standing = await standingOf(guarded, call);
      if (standing.kind === 'waiting' && resumed === undefined) throw new Pause(explainDemand(standing));
      return runTool(guarded, call, { execute: handler, refuse: say });
    };
  }

  const ran = async (): Promise<Message> => ({ id: 'c1', status: 'success', content: 'found' });
  const ask = (changes: Partial<Request> = {}, price = '0.50 USD'): Promise<unknown> =>
    middleware({ torii: at.torii, identify, price })(
      { name: 'search', args: {}, id: 'c1', context: { token: at.agentToken }, ...changes },
      ran,
    );

  test('runs what may run', async () => {
    expect(await ask()).toEqual({ id: 'c1', status: 'success', content: 'found' });
  });

  test.each`
    changes                       | code
    ${{ name: 'trade' }}          | ${'TOOL_NOT_ALLOWED'}
    ${{ context: {} }}            | ${'IDENTITY_MISSING'}
    ${{ args: { token: 'tok' } }} | ${'found'}
  `('answers $changes with a message: $code', async ({ changes, code }) => {
    expect(await ask(changes)).toMatchObject({ id: 'c1', content: expect.stringContaining(code) });
  });

  test('pauses, and after that the engine has the last word', async () => {
    await expect(ask({}, '1.50 USD')).rejects.toThrow(Pause);

    expect(await ask({ resumed: 'approve' }, '1.50 USD')).toMatchObject({
      status: 'error',
      content: expect.stringContaining('A person has to approve it first'),
    });
    await at.approve();
    expect(await ask({ resumed: 'approve' }, '1.50 USD')).toMatchObject({ content: 'found' });
  });
});

describe('a tool between two guardrails', () => {
  interface Run {
    readonly context: App;
    readonly callId: string;
    readonly input: unknown;
  }

  function guard(options: ToolOptions<unknown, string>) {
    const clone = { name: 'search' };
    const guarded = guardedTool({
      framework: 'rails',
      tool: clone,
      options,
      definition: () => 'd'.repeat(64),
    });
    const sessions = new Map<string, Session>();
    const callOf = ({ context, callId, input }: Run): ToolCall => ({ context, id: callId, input });
    return Object.defineProperties(
      {
        ...clone,
        needsApproval: async (run: Run) => {
          const standing = await standingOf(guarded, callOf(run));
          return (
            standing.kind === 'waiting' || (standing.kind === 'ready' && standing.approvalId !== undefined)
          );
        },
        before: async (run: Run) => {
          const session = await openTool(guarded, callOf(run));
          if (session.kind !== 'started')
            return { reject: await insteadOf(guarded, session, (message) => message) };
          sessions.set(run.callId, session);
          return 'allow';
        },
        after: async ({ callId }: Run, output: string) => {
          sessions.get(callId)?.finish({ last: { value: output }, complete: true });
          await sessions.get(callId)?.written();
        },
      },
      markOf(guarded),
    );
  }

  const run = (callId = 'c1'): Run => ({ context: { token: at.agentToken }, callId, input: {} });
  const options = (price = '0.50 USD') => ({ torii: at.torii, identify, tool: 'search', price });

  test('is charged by its output', async () => {
    const guarded = guard({ ...options(), charged: (output) => `0.0${output.length} USD` });

    expect([await guarded.needsApproval(run()), await guarded.before(run())]).toEqual([false, 'allow']);
    await guarded.after(run(), 'found');

    expect(await at.spent()).toEqual({ spent: 50_000n, held: 0n });
    expect(isGuarded({ ...guarded })).toBe(true);
  });

  test('is rejected with the reason', async () => {
    const guarded = guard({ ...options(), tool: 'trade' });

    expect(await guarded.before(run())).toEqual({ reject: expect.stringContaining('TOOL_NOT_ALLOWED') });
  });

  test('needs approval before and after it was given', async () => {
    const guarded = guard(options('1.50 USD'));
    const before = await guarded.needsApproval(run());
    await at.approve();

    expect([before, await guarded.needsApproval(run()), await guarded.before(run())]).toEqual([
      true,
      true,
      'allow',
    ]);
  });
});

test('options are wrapped before the framework makes a tool of them', async () => {
  interface Details {
    readonly callId: string;
  }
  interface Made<In> {
    readonly name: string;
    readonly execute: (input: In, context: App, details: Details) => string | Promise<string>;
  }
  const wrap = <In>(made: Made<In>, options: ToolOptions<In, string>): Made<In> => {
    checkToolOptions(options, toolFields);
    const guarded = guardedTool({ framework: 'made', tool: made, options, definition: () => 'd'.repeat(64) });
    const execute: Made<In>['execute'] = async (input, context, details) => {
      const runner = {
        execute: () => made.execute(input, context, details),
        refuse: (message: string) => message,
      };
      return String(await runTool(guarded, { input, context, id: details.callId }, runner));
    };
    return { ...made, execute };
  };
  const made: Made<{ query: string }> = { name: 'search', execute: ({ query }) => `found ${query}` };

  const wrapped = wrap(made, {
    torii: at.torii,
    identify,
    tool: 'search',
    price: ({ query }) => (query === 'all' ? '9.00 USD' : '0.50 USD'),
  });

  expect(await wrapped.execute({ query: 'x' }, { token: at.agentToken }, { callId: 'c1' })).toBe('found x');
  expect(await wrapped.execute({ query: 'all' }, { token: at.agentToken }, { callId: 'c2' })).toContain(
    'BUDGET_EXCEEDED',
  );
});
