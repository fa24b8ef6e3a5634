import { lab, type Lab, tool } from './doors.test-support.ts';
import {
  checkOptions,
  checkToolOptions,
  flagField,
  guardedOf,
  guardedTool,
  isGuarded,
  markOf,
  optionsOfTool,
  optionsOfTools,
  runTool,
  toolFields,
  toolSetFields,
  type ToolSetOptions,
} from './index.ts';

let at: Lab;
beforeEach(async () => {
  at = await lab();
});
afterEach(() => at.torii.close());

const fields = { ...toolFields, streaming: flagField };
const PAYEE = 'one or more of `recipient`, `network`, `category` and `scheme`';
const EFFECT = '`read`, `mutating`, `destructive` or `admin`';

function options(change: unknown): object {
  return {
    torii: at.torii,
    identify: at.agentToken,
    tool: 'search',
    price: '0.50 USD',
    ...(change as object),
  };
}

test.each`
  change                             | message
  ${{ torii: {} }}                   | ${'`options.torii` of `search`: expected an engine made by `createEngine`'}
  ${{ identify: '' }}                | ${"`options.identify` of `search`: expected the agent's token, or a function"}
  ${{ approval: 'always' }}          | ${'`options.approval` of `search`: expected `native` or `result`'}
  ${{ waitMs: 86_400_001 }}          | ${'`options.waitMs` of `search`: expected whole milliseconds from 0 to 86400000'}
  ${{ onDecision: {} }}              | ${'`options.onDecision` of `search`: expected a function'}
  ${{ tool: undefined }}             | ${'`options.tool`: expected the name of the tool'}
  ${{ price: undefined }}            | ${'`options.price` of `search`: expected an amount such as `0.12 USD`, or a function'}
  ${{ price: '-0.01 USD' }}          | ${'`options.price` of `search`: expected an amount such as `0.12 USD`, or a function'}
  ${{ payee: { recipent: 'shop' } }} | ${`\`options.payee\` of \`search\`: expected ${PAYEE}, or a function`}
  ${{ effect: 'write' }}             | ${`\`options.effect\` of \`search\`: expected ${EFFECT}`}
  ${{ charged: '0.12 USD' }}         | ${'`options.charged` of `search`: expected a function'}
  ${{ definition: 'abc' }}           | ${'`options.definition` of `search`: expected 64 hexadecimal digits'}
  ${{ onDenied: 'no' }}              | ${'`options.onDenied` of `search`: expected a function'}
  ${{ skip: 1 }}                     | ${'`options.skip` of `search`: expected true, false or a function'}
  ${{ mode: 'off' }}                 | ${'`options.mode` of `search`: expected `enforce`, `shadow` or a function'}
  ${{ streaming: 'yes' }}            | ${'`options.streaming` of `search`: expected true or false'}
  ${{ cost: '0.12 USD' }}            | ${'`options.cost` of `search`: expected one of `torii`, `identify`, `approval`, `waitMs`, `mode`, `onDecision`, `tool`, `price`, `payee`, `effect`, `charged`, `definition`, `onDenied`, `skip`, `streaming`'}
`('$change: $message', ({ change, message }) => {
  const refusal = expect.objectContaining({
    code: 'OPTIONS_INVALID',
    message,
    docs: 'docs/reference/errors.md#options_invalid',
  });

  expect(() => checkToolOptions(options(change), fields)).toThrow(refusal);
});

test('options that belong to no tool are named alone', () => {
  expect(() => checkOptions({ tool: 'search', skip: 1 }, { tool: toolFields.tool, skip: flagField })).toThrow(
    '`options.skip`: expected true or false',
  );
  expect(() => checkOptions(null, {})).toThrow('`options`: expected an object');
});

describe('the options of a set of tools', () => {
  const of = (change: unknown, names = ['search', 'pay']): ReadonlyMap<string, object> => {
    const { tool: _, ...given } = options(change) as ToolSetOptions & { tool: string };
    checkOptions(given, toolSetFields);
    return optionsOfTools(names, given);
  };

  test('are those of each tool, under its own name and that of the server', () => {
    const shop = { recipient: 'shop.example' };
    const each = of({ server: 'shop', price: { search: '0.01 USD', pay: '2.00 USD' }, payee: { pay: shop } });

    expect([...each.keys()]).toEqual(['search', 'pay']);
    expect(each.get('search')).toMatchObject({ tool: 'shop/search', price: '0.01 USD', payee: undefined });
    expect(each.get('pay')).toMatchObject({ tool: 'shop/pay', price: '2.00 USD', payee: shop });
  });

  test.each`
    change                               | message
    ${{ price: { search: '0.01 USD' } }} | ${'`options.price`: expected a price for the tool `pay`'}
    ${{ effect: { buy: 'read' } }}       | ${'`options.effect`: there is no tool `buy`'}
    ${{ skip: ['buy'] }}                 | ${'`options.skip`: there is no tool `buy`'}
    ${{ price: { toString: '1 USD' } }}  | ${'`options.price`: there is no tool `toString`'}
  `('$change: $message', ({ change, message }) => {
    expect(() => of(change)).toThrow(message as string);
  });

  test('deny a tool without a price that shows up later', async () => {
    const { tool: _, ...given } = options({ price: {} }) as ToolSetOptions & { tool: string };
    const guarded = at.guarded(optionsOfTool(given, 'search'));

    await expect(runTool(guarded, { input: {} }, { execute: () => 'found' })).rejects.toThrow(
      'PRICE_UNKNOWN',
    );
  });

  test('skip a tool that has no price', () => {
    expect(of({ price: { search: '0.01 USD' }, skip: ['pay'] }).get('pay')).toMatchObject({ skip: true });
  });
});

describe('a guarded tool', () => {
  const guard = (target: object, framework: string) =>
    guardedTool({ framework, tool: target, options: at.guarded().options, definition: () => '' });
  const marked = (target: object): object =>
    Object.defineProperties({ ...target }, markOf(guard(target, 'one')));

  test.each([
    ['itself', (target: object): object => target],
    ['as a copy', (target: object): object => ({ ...target })],
    ['through delegation', (target: object): object => Object.create(target) as object],
  ])('is refused by every other door: %s', (_what, change) => {
    const guarded = change(marked(tool));

    expect(isGuarded(guarded)).toBe(true);
    expect(() => guard(guarded, 'two')).toThrow('`search` is guarded already; expected the tool itself');
  });

  test('is known to its own door only', () => {
    expect(guardedOf(marked(tool), 'one')?.tool).toBe(tool);
    expect(guardedOf(marked(tool), 'two')).toBeUndefined();
    expect(guardedOf(tool, 'one')).toBeUndefined();
  });

  test('keeps the options that it was given, and asks once what it is', async () => {
    let asked = 0;
    const given = { ...at.guarded().options };
    const definition = (): string => (asked++, 'd'.repeat(64));
    const guarded = guardedTool({ framework: 'test', tool, options: given, definition });
    Object.assign(given, { tool: 'trade' });

    await runTool(guarded, { input: {} }, { execute: () => 'found' });
    await runTool(guarded, { input: {} }, { execute: () => 'found' });

    expect([guarded.options.tool, asked]).toEqual(['search', 1]);
  });
});
