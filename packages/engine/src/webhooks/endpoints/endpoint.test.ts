import { createEgress } from '../../egress/index.ts';
import { fakeClock } from '../../testing/fake-clock.ts';
import { approvalEvents } from '../events.ts';
import { activeSecrets, readEndpoints, type WebhookEndpoint } from './endpoint.ts';

const secret = 'sixteen letters.';
const url = 'https://api.example.com/webhooks/approvals';

function read(endpoints: readonly WebhookEndpoint[], allow: readonly string[] = []) {
  const egress = createEgress({ clock: fakeClock(), allow });
  return readEndpoints(endpoints, (asked) => egress.refusalOf(asked));
}

test('an endpoint hears of everything about approvals unless it says of what', () => {
  const [usual, some] = read([
    { url, secret },
    { url: `${url}/2`, secret, events: ['approval.denied', 'budget.frozen'] },
  ]);

  expect([...(usual?.events ?? [])]).toEqual([...approvalEvents]);
  expect([...(some?.events ?? [])]).toEqual(['approval.denied', 'budget.frozen']);
});

test('the id of an endpoint follows from its URL and from nothing else', () => {
  const [first] = read([{ url: 'https://api.example.com', secret }]);
  const [again] = read([{ url: 'https://API.example.com/', secret: 'another secret of many letters' }]);
  const [other] = read([{ url, secret }]);
  const [named] = read([{ url, secret, id: 'inbox' }]);

  expect(first?.id).toMatch(/^endpoint_[0-9a-f]{16}$/);
  expect(again?.id).toBe(first?.id);
  expect(other?.id).not.toBe(first?.id);
  expect(named?.id).toBe('inbox');
});

test('of two secrets both sign, the current one first', () => {
  const [both] = read([{ url, secret: [secret, 'the secret before that'] }]);
  const rotated = { secrets: [{ value: 'new' }, { value: 'old', untilMs: 100 }] };

  expect(both && activeSecrets(both, 0)).toEqual([secret, 'the secret before that']);
  expect([activeSecrets(rotated, 99), activeSecrets(rotated, 100)]).toEqual([['new', 'old'], ['new']]);
});

test.each([
  ['https://api.example.com', []],
  ['https://api.example.com:8443/hook', []],
  ['http://localhost:3000/hook', ['localhost']],
  ['http://localhost:3000/hook', ['localhost:3000']],
  ['http://127.0.0.1', ['127.0.0.1']],
  ['http://0x7f000001/hook', ['127.0.0.0/8']],
  ['http://[::1]:8080/', ['::1']],
  ['https://10.0.0.5:9000/hook', ['10.0.0.0/8']],
  ['http://hooks.internal', ['10.0.0.0/8']],
])('%s is a URL to send to where %j is allowed', (accepted, allow) => {
  expect(read([{ url: accepted, secret }], allow)).toHaveLength(1);
});

test.each([
  '',
  'api.example.com',
  '/hook',
  'http://api.example.com',
  'https://api.example.com:3000',
  'http://127.0.0.1',
  'https://127.0.0.1',
  'http://localhost:3000/hook',
  'https://10.0.0.5:8443/hook',
  'http://0.0.0.0',
  'http://127.0.0.1.example.com',
  'http://[::1]',
  'https://[::ffff:127.0.0.1]',
  'https://user@api.example.com',
  'https://:password@api.example.com',
  'http://127.0.0.1@api.example.com',
  'ftp://api.example.com',
  'file:///etc/passwd',
  'javascript:alert(1)',
])('`%s` is refused as a URL', (refused) => {
  expect(() => read([{ url: refused, secret }])).toThrow(
    expect.objectContaining({
      code: 'OPTIONS_INVALID',
      message: expect.stringContaining('`webhooks.0.url`'),
    }),
  );
});

test.each`
  mistake                      | endpoint                                      | message
  ${'no URL'}                  | ${{ secret }}                                 | ${'webhooks.0.url'}
  ${'no secret'}               | ${{ url }}                                    | ${'webhooks.0.secret'}
  ${'fifteen characters'}      | ${{ url, secret: secret.slice(1) }}           | ${'at least 16 characters'}
  ${'three secrets'}           | ${{ url, secret: [secret, secret, secret] }}  | ${'webhooks.0.secret'}
  ${'a short second secret'}   | ${{ url, secret: [secret, 'short'] }}         | ${'webhooks.0.secret'}
  ${'a key that is none'}      | ${{ url, secret: 'whsec_not base64 at all' }} | ${'after `whsec_`'}
  ${'a public key'}            | ${{ url, secret: `whpk_${'A'.repeat(43)}=` }} | ${'a secret that can sign'}
  ${'an unknown event'}        | ${{ url, secret, events: ['call.denied'] }}   | ${'webhooks.0.events.0'}
  ${'no events'}               | ${{ url, secret, events: [] }}                | ${'at least one event'}
  ${'an id with a space'}      | ${{ url, secret, id: 'my inbox' }}            | ${'webhooks.0.id'}
  ${'an unknown key'}          | ${{ url, secret, event: 'approval.created' }} | ${'event'}
  ${'something else entirely'} | ${'https://api.example.com'}                  | ${'webhooks.0'}
`('$mistake is told with its place', ({ endpoint, message }) => {
  expect(() => read([endpoint])).toThrow(
    expect.objectContaining({ code: 'OPTIONS_INVALID', message: expect.stringContaining(message) }),
  );
});

test('a mistake is told without the secret and without the URL', () => {
  const told = () => read([{ url: 'https://user:hunter2hunter2@api.example.com', secret }]);
  const short = () => read([{ url, secret: 'short-secret' }]);

  for (const mistake of [told, short])
    expect(mistake).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/hunter2|short-secret|sixteen/) }),
    );
});

test('two endpoints with one URL need ids of their own', () => {
  const twice = [
    { url, secret },
    { url, secret },
  ];

  expect(() => read(twice)).toThrow(/two webhook endpoints have the id/);
  expect(
    read([
      { url, secret },
      { url, secret, id: 'second' },
    ]),
  ).toHaveLength(2);
});
