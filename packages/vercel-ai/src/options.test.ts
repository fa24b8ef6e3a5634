import { ToriiError } from '@torii/engine';
import * as z from 'zod';
import { definitionOf } from './definition.ts';
import { guard, guardTools } from './index.ts';
import { lab } from '@torii/sandbox/lab';

const tool = { description: 'Pays', inputSchema: z.object({ cents: z.number() }), execute: () => 'paid' };

/** What the compiler would not let through. */
function guarding(target: unknown, options: unknown): () => unknown {
  return () => guard(target as typeof tool, options as never);
}

const PAYEE =
  '`options.payee` of `pay`: expected one or more of `recipient`, `network`, `category` and `scheme`, or a function';
const EFFECT = '`options.effect` of `pay`: expected `read`, `mutating`, `destructive` or `admin`';

describe('options of `guard`', () => {
  test.each`
    change                                               | message
    ${{ torii: undefined }}                              | ${'`options.torii` of `pay`: expected an engine made by `createEngine`'}
    ${{ torii: { guard: 1 } }}                           | ${'`options.torii` of `pay`: expected an engine made by `createEngine`'}
    ${{ identify: undefined }}                           | ${"`options.identify` of `pay`: expected the agent's token, or a function"}
    ${{ identify: '' }}                                  | ${"`options.identify` of `pay`: expected the agent's token, or a function"}
    ${{ tool: '' }}                                      | ${'`options.tool`: expected the name of the tool'}
    ${{ price: undefined }}                              | ${'`options.price` of `pay`: expected an amount such as `0.12 USD`, or a function'}
    ${{ price: 0.12 }}                                   | ${'`options.price` of `pay`: expected an amount such as `0.12 USD`, or a function'}
    ${{ price: '12 cents' }}                             | ${'`options.price` of `pay`: expected an amount such as `0.12 USD`, or a function'}
    ${{ payee: 'shop' }}                                 | ${PAYEE}
    ${{ payee: {} }}                                     | ${PAYEE}
    ${{ payee: [] }}                                     | ${PAYEE}
    ${{ payee: { recipent: 'shop' } }}                   | ${PAYEE}
    ${{ payee: { recipient: undefined } }}               | ${PAYEE}
    ${{ payee: { recipient: 'shop', network: 'base' } }} | ${PAYEE}
    ${{ effect: 'write' }}                               | ${EFFECT}
    ${{ effect: null }}                                  | ${EFFECT}
    ${{ effect: () => 'read' }}                          | ${EFFECT}
    ${{ charged: '0.12 USD' }}                           | ${'`options.charged` of `pay`: expected a function'}
    ${{ definition: 'abc' }}                             | ${'`options.definition` of `pay`: expected 64 hexadecimal digits'}
    ${{ approval: 'always' }}                            | ${'`options.approval` of `pay`: expected `native` or `result`'}
    ${{ onDenied: 'no' }}                                | ${'`options.onDenied` of `pay`: expected a function'}
    ${{ onDecision: {} }}                                | ${'`options.onDecision` of `pay`: expected a function'}
    ${{ streaming: 'yes' }}                              | ${'`options.streaming` of `pay`: expected true or false'}
    ${{ skip: 'pay' }}                                   | ${'`options.skip` of `pay`: expected true, false or a function'}
    ${{ mode: 'off' }}                                   | ${'`options.mode` of `pay`: expected `enforce`, `shadow` or a function'}
    ${{ cost: '0.12 USD' }}                              | ${'`options.cost` of `pay`: expected one of `torii`, `identify`, `approval`, `waitMs`, `mode`, `onDecision`, `tool`, `price`, `payee`, `effect`, `charged`, `definition`, `onDenied`, `skip`, `streaming`'}
  `('$change: $message', async ({ change, message }) => {
    const { torii, token } = await lab({});
    const options = { torii, identify: token, tool: 'pay', price: '0.12 USD', ...(change as object) };

    expect(guarding(tool, options)).toThrow(new ToriiError('OPTIONS_INVALID', message as string));
  });

  test.each([undefined, null, 'options'])('%p are refused', (options) => {
    expect(guarding(tool, options)).toThrow('`options`: expected an object');
  });

  test('a tool without `execute` is refused with the reason, unless it is skipped', async () => {
    const { torii, token } = await lab({});
    const client = { inputSchema: {}, execute: undefined };
    const options = { torii, identify: token, tool: 'pay', price: '0.12 USD' };

    expect(guarding(client, options)).toThrow(
      '`pay` has no `execute`: it runs in a client or at the provider',
    );
    expect(guard(client, { ...options, skip: true })).toBe(client);
  });

  test('a tool that is not there is refused', async () => {
    const { torii, token } = await lab({});
    const options = { torii, identify: token, tool: 'pay', price: '0.12 USD' };

    expect(() => guard(undefined as never, options)).toThrow(
      '`pay`: expected the tool that is to be guarded',
    );
  });

  test('a tool that is guarded already is refused, also as a copy', async () => {
    const { torii, token } = await lab({});
    const options = { torii, identify: token, tool: 'pay', price: '0.12 USD' };
    const guarded = guard(tool, options);

    expect(guarding(guarded, options)).toThrow('`pay` is guarded already');
    expect(guarding({ ...guarded, description: 'Other' }, options)).toThrow('`pay` is guarded already');
  });

  test('changes that are made to the options later do not count', async () => {
    const { torii, token } = await lab({ tools: { deny: ['pay'] } });
    const options = { torii, identify: token, tool: 'pay', price: '0.12 USD' };
    const { execute } = guard({ ...tool, execute: async () => 'paid' }, options);

    options.tool = 'search';

    await expect(execute()).rejects.toThrow('`pay` did not run. TOOL_DENIED');
  });
});

describe('options of `guardTools`', () => {
  test.each`
    change                                             | message
    ${{ price: {} }}                                   | ${'`options.price`: expected a price for the tool `pay`'}
    ${{ price: { pay: 'much' } }}                      | ${'`options.price` of `pay`: expected an amount'}
    ${{ price: { pay: '0.12 USD', pya: '0.12 USD' } }} | ${'`options.price`: there is no tool `pya`'}
    ${{ price: undefined }}                            | ${'`options.price`: expected an amount such as `0.12 USD`, or one for each tool'}
    ${{ payee: { pya: { recipient: 'shop' } } }}       | ${'`options.payee`: there is no tool `pya`'}
    ${{ payee: { recipent: 'shop' } }}                 | ${'`options.payee`: there is no tool `recipent`'}
    ${{ payee: { recipient: undefined } }}             | ${'`options.payee`: there is no tool `recipient`'}
    ${{ payee: { pay: 'shop' } }}                      | ${PAYEE}
    ${{ payee: { pay: { recipient: '' } } }}           | ${PAYEE}
    ${{ payee: 'shop' }}                               | ${'`options.payee`: expected one or more of `recipient`, `network`, `category` and `scheme`, or one for each tool'}
    ${{ effect: 'read' }}                              | ${'`options.effect`: expected `read`, `mutating`, `destructive` or `admin` for each tool'}
    ${{ effect: { pay: 'write' } }}                    | ${EFFECT}
    ${{ effect: { category: 'read' } }}                | ${'`options.effect`: there is no tool `category`'}
    ${{ charged: { constructor: () => '0.12 USD' } }}  | ${'`options.charged`: there is no tool `constructor`'}
    ${{ onDenied: { pya: () => '' } }}                 | ${'`options.onDenied`: there is no tool `pya`'}
    ${{ definition: { pay: 'abc' } }}                  | ${'`options.definition` of `pay`: expected 64 hexadecimal digits'}
    ${{ streaming: ['pya'] }}                          | ${'`options.streaming`: there is no tool `pya`'}
    ${{ skip: 'pay' }}                                 | ${'`options.skip`: expected a list of names'}
    ${{ server: '' }}                                  | ${'`options.server`: expected the name of the server'}
    ${{ tool: 'pay' }}                                 | ${'`options.tool`: expected one of `torii`, `identify`'}
  `('$change: $message', async ({ change, message }) => {
    const { torii, token } = await lab({});
    const options = { torii, identify: token, price: '0.12 USD', ...(change as object) };

    expect(() => guardTools({ pay: tool }, options as never)).toThrow(message as string);
  });

  test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'a tool named `%s` needs a price of its own',
    async (name) => {
      const { torii, token } = await lab({});
      const tools = Object.fromEntries([[name, tool]]);
      const price = Object.fromEntries([[name, '0.12 USD']]);

      expect(() => guardTools(tools, { torii, identify: token, price: {} })).toThrow(
        `for the tool \`${name}\``,
      );
      expect(Object.keys(guardTools(tools, { torii, identify: token, price }))).toEqual([name]);
    },
  );

  test.each([[[tool]], [null], ['pay']])('tools are an object, and not %j', async (tools) => {
    const { torii, token } = await lab({});

    expect(() => guardTools(tools as never, { torii, identify: token, price: '0.12 USD' })).toThrow(
      '`tools`: expected an object of tools',
    );
  });

  test('tools named as the fields of money are told apart from money', async () => {
    const { torii, token } = await lab({});
    const price = { units: '0.12 USD', asset: '0.12 USD' };

    const tools = guardTools({ units: tool, asset: tool }, { torii, identify: token, price });

    expect(Object.keys(tools)).toEqual(['units', 'asset']);
  });

  test('skipped tools stay as they are and need no price', async () => {
    const { torii, token } = await lab({});
    const client = { inputSchema: {} };

    const tools = guardTools(
      { pay: tool, client },
      { torii, identify: token, price: { pay: '0.12 USD' }, skip: ['client'] },
    );

    expect(tools.client).toBe(client);
    expect(tools.pay).not.toBe(tool);
  });
});

describe('the definition of a tool', () => {
  const of = (inputSchema: unknown, description: unknown = 'Pays', name = 'pay'): Promise<string> =>
    definitionOf(name, { description, inputSchema });
  const json = { type: 'object', properties: { cents: { type: 'number' } }, required: ['cents'] };
  const cyclic: { self?: object } = {};
  cyclic.self = cyclic;
  const own = (jsonSchema: unknown): object => ({ jsonSchema, validate: undefined });

  test('is the same for an equal tool, in whatever order its schema is written', async () => {
    const { type, properties, required } = json;

    expect(await of(own(json))).toBe(await of(own({ required, properties, type })));
    expect(await of(z.object({ cents: z.number() }))).toBe(await of(z.object({ cents: z.number() })));
  });

  test.each([
    ['name', of(own(json), 'Pays', 'buy')],
    ['description', of(own(json), 'Pays twice')],
    ['schema', of(own({ ...json, required: [] }))],
  ])('is another with another %s', async (_what, other) => {
    expect(await other).not.toBe(await of(own(json)));
  });

  test('reads schemas that are made later, and those of zod that JSON Schema cannot say in full', async () => {
    expect(await of(() => own(Promise.resolve(json)))).toBe(await of(own(json)));
    expect(await of(z.object({ at: z.date(), cents: z.number() }))).not.toBe(
      await of(z.object({ at: z.date() })),
    );
  });

  test.each([
    [
      'that throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['of an unknown kind', { parse: () => undefined }],
    ['with a cycle', own(cyclic)],
  ])('is of name and description for a schema %s', async (_what, schema) => {
    expect(await of(schema)).toMatch(/^[0-9a-f]{64}$/);
    expect(await of(schema)).not.toBe(await of(schema, 'Other'));
  });

  test('leaves out a description that is computed for each call', async () => {
    expect(await of(own({}), () => 'one')).toBe(await of(own({}), () => 'two'));
  });
});
