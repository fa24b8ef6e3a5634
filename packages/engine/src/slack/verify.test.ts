import { signed, signingSecret } from './slack.test-support.ts';
import { verifySlackRequest } from './verify.ts';

const now = Date.parse('2031-05-14T12:33:09.500Z');
const body = 'payload=%7B%7D';

test('the example in the documentation of Slack verifies', () => {
  const rawBody =
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
  const headers = {
    'X-Slack-Request-Timestamp': '1531420618',
    'X-Slack-Signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  };
  const options = { signingSecret: '8f742231b10e8888abcd99yyyzzz85a5', now: 1_531_420_618_000 };

  expect(verifySlackRequest(rawBody, headers, options)).toBe(true);
  expect(verifySlackRequest(Buffer.from(rawBody), new Headers(headers), options)).toBe(true);
});

test.each`
  sent                   | ageSeconds | verifies
  ${'now'}               | ${0}       | ${true}
  ${'five minutes ago'}  | ${300}     | ${true}
  ${'longer ago'}        | ${301}     | ${false}
  ${'a little from now'} | ${-300}    | ${true}
  ${'far from now'}      | ${-301}    | ${false}
`('a request that was sent $sent verifies: $verifies', ({ ageSeconds, verifies }) => {
  const headers = signed(body, now - Number(ageSeconds) * 1_000);

  expect(verifySlackRequest(body, headers, { signingSecret, now })).toBe(verifies);
});

const good = signed(body, now);
const { 'x-slack-signature': signature = '', 'x-slack-request-timestamp': seconds = '' } = good;

test.each([
  ['another body', `${body}&more`, good],
  ['another secret', body, signed(body, now, 'another secret of an app')],
  ['another time', body, { ...good, 'x-slack-request-timestamp': String(Number(seconds) - 1) }],
  ['no signature', body, { 'x-slack-request-timestamp': seconds }],
  ['no time', body, { 'x-slack-signature': signature }],
  ['a time that is no number', body, { ...good, 'x-slack-request-timestamp': `${seconds} ` }],
  ['another version', body, { ...good, 'x-slack-signature': signature.replace('v0', 'v1') }],
  ['part of a signature', body, { ...good, 'x-slack-signature': signature.slice(0, -2) }],
  ['two signatures', body, { ...good, 'x-slack-signature': [signature, signature] }],
  ['a parsed body', { payload: '{}' } as never, good],
])('a request with %s does not verify', (_, rawBody, headers) => {
  expect(verifySlackRequest(rawBody, headers, { signingSecret, now })).toBe(false);
});

test.each([[''], ['short'], [undefined as never]])('the signing secret %p is refused', (secret) => {
  expect(() => verifySlackRequest(body, good, { signingSecret: secret, now })).toThrow('signingSecret');
});

test('a clock that fails verifies nothing', () => {
  expect(verifySlackRequest(body, good, { signingSecret, now: Number.NaN })).toBe(false);
});
