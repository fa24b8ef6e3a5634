import { readEndpoints, webhookEvents } from './endpoint.ts';

const secret = 'sixteen letters.';
const url = 'https://api.example.com/webhooks/approvals';

test('an endpoint hears of every event unless it says which', () => {
  const [all, some] = readEndpoints([
    { url, secret },
    { url: `${url}/2`, secret, events: ['approval.denied'] },
  ]);

  expect([...(all?.events ?? [])]).toEqual([...webhookEvents]);
  expect([...(some?.events ?? [])]).toEqual(['approval.denied']);
});

test('the id of an endpoint follows from its URL and from nothing else', () => {
  const [first] = readEndpoints([{ url: 'https://api.example.com', secret }]);
  const [again] = readEndpoints([
    { url: 'https://API.example.com/', secret: 'another secret of many letters' },
  ]);
  const [other] = readEndpoints([{ url, secret }]);
  const [named] = readEndpoints([{ url, secret, id: 'inbox' }]);

  expect(first?.id).toMatch(/^endpoint_[0-9a-f]{16}$/);
  expect(again?.id).toBe(first?.id);
  expect(other?.id).not.toBe(first?.id);
  expect(named?.id).toBe('inbox');
});

test.each([
  'https://api.example.com',
  'https://10.0.0.5:8443/hook',
  'http://localhost:3000/hook',
  'http://127.0.0.1',
  'http://127.255.0.9:1',
  'http://0x7f000001/hook',
  'http://[::1]:8080/',
])('%s is a URL to send to', (accepted) => {
  expect(readEndpoints([{ url: accepted, secret }])).toHaveLength(1);
});

test.each([
  '',
  'api.example.com',
  '/hook',
  'http://api.example.com',
  'http://10.0.0.5',
  'http://0.0.0.0',
  'http://127.0.0.1.example.com',
  'http://localhost.example.com',
  'http://[::2]',
  'http://[::ffff:127.0.0.1]',
  'https://user@api.example.com',
  'https://:password@api.example.com',
  'http://127.0.0.1@api.example.com',
  'ftp://api.example.com',
  'file:///etc/passwd',
  'javascript:alert(1)',
])('`%s` is refused as a URL', (refused) => {
  expect(() => readEndpoints([{ url: refused, secret }])).toThrow(
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
  ${'an unknown event'}        | ${{ url, secret, events: ['call.denied'] }}   | ${'webhooks.0.events.0'}
  ${'no events'}               | ${{ url, secret, events: [] }}                | ${'at least one event'}
  ${'an id with a space'}      | ${{ url, secret, id: 'my inbox' }}            | ${'webhooks.0.id'}
  ${'an unknown key'}          | ${{ url, secret, event: 'approval.created' }} | ${'event'}
  ${'something else entirely'} | ${'https://api.example.com'}                  | ${'webhooks.0'}
`('$mistake is told with its place', ({ endpoint, message }) => {
  expect(() => readEndpoints([endpoint])).toThrow(
    expect.objectContaining({ code: 'OPTIONS_INVALID', message: expect.stringContaining(message) }),
  );
});

test('a mistake is told without the secret', () => {
  const told = () =>
    readEndpoints([{ url: 'https://user:hunter2hunter2@api.example.com', secret: 'short-secret' }]);

  expect(told).toThrow(
    expect.objectContaining({ message: expect.not.stringMatching(/hunter2|short-secret/) }),
  );
});

test('two endpoints with one URL need ids of their own', () => {
  expect(() =>
    readEndpoints([
      { url, secret },
      { url, secret },
    ]),
  ).toThrow(/two webhook endpoints have the id/);
  expect(
    readEndpoints([
      { url, secret },
      { url, secret, id: 'second' },
    ]),
  ).toHaveLength(2);
});
