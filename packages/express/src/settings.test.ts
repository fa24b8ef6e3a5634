import type { Engine } from '@torii/engine';
import { guard } from './guard.ts';
import { toriiMiddleware } from './middleware.ts';
import type { ToriiOptions } from './options.ts';
import { type RouterOptions, toriiRouter } from './router/router.ts';
import { world, type World } from './world.test-support.ts';

let at: World;
beforeEach(async () => {
  at = await world();
});
afterEach(() => at.close());

const good = { tool: 'search', price: '1.00 USD' };
const handler = (): void => undefined;
const shop = { recipient: 'shop.example' };

const PAYEE =
  '`options.payee`: expected one or more of `recipient`, `network`, `category` and `scheme`, such as `{ recipient: "api.example" }`, or a function of the request';
const EFFECT =
  '`options.effect`: expected `read`, `mutating`, `destructive` or `admin`, or a function of the request';

test.each`
  options                                                | message
  ${undefined}                                           | ${'`options`: expected an object'}
  ${{ ...good, tool: undefined }}                        | ${'`options.tool`: expected a tool name such as `weather` or `github/create_issue`, or a function of the request'}
  ${{ ...good, tool: '' }}                               | ${'`options.tool`: expected a tool name such as `weather` or `github/create_issue`, or a function of the request'}
  ${{ ...good, tool: 'no tool' }}                        | ${'`options.tool`: expected a tool name such as `weather` or `github/create_issue`, or a function of the request'}
  ${{ ...good, tool: '/search' }}                        | ${'`options.tool`: expected a tool name such as `weather` or `github/create_issue`, or a function of the request'}
  ${{ ...good, tool: ['search'] }}                       | ${'`options.tool`: expected a tool name such as `weather` or `github/create_issue`, or a function of the request'}
  ${{ tool: 'search' }}                                  | ${'`options.price`: expected an amount such as `0.12 USD` or `0 USD`, or a function of the request'}
  ${{ ...good, price: '-1 USD' }}                        | ${'`options.price`: expected an amount such as `0.12 USD` or `0 USD`, or a function of the request'}
  ${{ ...good, price: 0.12 }}                            | ${'`options.price`: expected an amount such as `0.12 USD` or `0 USD`, or a function of the request'}
  ${{ ...good, payee: 'shop.example' }}                  | ${PAYEE}
  ${{ ...good, payee: null }}                            | ${PAYEE}
  ${{ ...good, payee: [] }}                              | ${PAYEE}
  ${{ ...good, payee: {} }}                              | ${PAYEE}
  ${{ ...good, payee: { recipient: '' } }}               | ${PAYEE}
  ${{ ...good, payee: { recipent: 'x' } }}               | ${PAYEE}
  ${{ ...good, payee: { ...shop, to: 1 } }}              | ${PAYEE}
  ${{ ...good, payee: { ...shop, network: undefined } }} | ${PAYEE}
  ${{ ...good, payee: { ...shop, network: 'base' } }}    | ${PAYEE}
  ${{ ...good, effect: 'write' }}                        | ${EFFECT}
  ${{ ...good, effect: ['read'] }}                       | ${EFFECT}
  ${{ ...good, effect: null }}                           | ${EFFECT}
  ${{ ...good, identify: 'x-agent-id' }}                 | ${'`options.identify`: expected a function'}
  ${{ ...good, skip: true }}                             | ${'`options.skip`: expected a function'}
  ${{ ...good, approvalsPath: '/torii/' }}               | ${'`options.approvalsPath`: expected a path such as `/torii/approvals`, without a slash at its end'}
  ${{ ...good, approvalsPath: '/a\r\nb' }}               | ${'`options.approvalsPath`: expected a path such as `/torii/approvals`, without a slash at its end'}
  ${{ ...good, cost: '1 USD' }}                          | ${'`options.cost`: expected one of `tool`, `price`'}
  ${{ ...good, modes: 'shadow' }}                        | ${'`options.modes`: expected one of `tool`, `price`'}
  ${{ ...good, mode: 'off' }}                            | ${'`options.mode`: expected `enforce`, `shadow` or a function of the request'}
`(
  'the options $options are refused at once',
  ({ options, message }: { options: ToriiOptions; message: string }) => {
    const refusal = expect.objectContaining({
      code: 'OPTIONS_INVALID',
      message: expect.stringContaining(message),
    });

    expect(() => toriiMiddleware(at.torii, options)).toThrow(refusal);
    if (options !== undefined) expect(() => guard(handler, { ...options, torii: at.torii })).toThrow(refusal);
  },
);

test.each([
  [{ ...good }],
  [{ ...good, tool: 'github/create_issue' }],
  [{ ...good, price: '0 USD', tool: () => 'search' }],
  [{ ...good, identify: undefined }],
  [{ ...good, payee: shop, effect: 'destructive' }],
  [{ ...good, payee: () => undefined, effect: () => undefined }],
  [{ ...good, payee: undefined, effect: undefined }],
])('the options %j are taken', (options) => {
  expect(() => toriiMiddleware(at.torii, options as ToriiOptions)).not.toThrow();
});

test('something that is no engine is refused by every door', () => {
  const torii = {} as Engine;
  const refusal = expect.objectContaining({
    code: 'OPTIONS_INVALID',
    message: '`torii`: expected an engine, as `createEngine` makes it',
  });

  expect(() => toriiMiddleware(torii, good)).toThrow(refusal);
  expect(() => guard(handler, { ...good, torii })).toThrow(refusal);
  expect(() => toriiRouter(torii)).toThrow(refusal);
});

test('the router refuses options that it does not know', () => {
  expect(() => toriiRouter(at.torii, { prefix: '/x' } as RouterOptions)).toThrow(
    '`options.prefix`: expected one of `identify`',
  );
});
