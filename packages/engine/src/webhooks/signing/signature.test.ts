import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { fakeClock } from '../../testing/fake-clock.ts';
import { fakeRandom } from '../../testing/fake-random.ts';
import {
  createWebhookSecret,
  signWebhook,
  verifyWebhook,
  webhookHeaders,
  webhookPublicKey,
} from '../index.ts';
import { keyOf } from './secret.ts';

const standard = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const body = '{"test": 2432232314}';
const atMs = 1_614_265_330_000;
const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', event: 'approval.created', body, atMs };
const seed = `whsk_${Buffer.alloc(32, 1).toString('base64')}`;

/** What receivers of the seed do with what they were sent: the header they expect is compared with the one that came. */
function expectedBySeed(payload: string, header: unknown, shared: string): boolean {
  const digest = createHmac('sha256', shared).update(payload).digest();
  return header === ['sha256', digest.toString('hex')].join('=');
}

test('the signature of the specification is the one it publishes', () => {
  expect(webhookHeaders(message, [standard])).toEqual({
    'content-type': 'application/json',
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    'x-webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'x-webhook-event': 'approval.created',
    'x-webhook-timestamp': '2021-02-25T15:02:10.000Z',
    'x-webhook-signature': 'sha256=80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c',
  });
});

test.each`
  of                                | key                   | signature
  ${'{"event":"approval.created"}'} | ${'your-hmac-secret'} | ${'sha256=53572420c2d7406c16aa63547204351fc5f2be86d40e8bf03e0cbf1eb614b6ab'}
  ${body}                           | ${standard}           | ${'sha256=80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c'}
`('the header of the seed over $of is the one that is published', ({ of, key, signature }) => {
  expect(signWebhook(String(of), String(key))).toBe(signature);
});

test('an Ed25519 key signs as published, leaves the header of the seed out, and is verified by its public half', () => {
  const headers = webhookHeaders({ id: 'msg_1', event: 'ping', body: '{}', atMs }, [seed]);
  const clock = fakeClock(atMs);
  const publicKey = webhookPublicKey(seed);

  expect(headers['webhook-signature']).toBe(
    'v1a,SuJqMobZgoUgjkUTOS9Ki7e82e5so5Dh5YVy6aSt8LPsAboSkBzJ2H0mXHFUo/bxfB4EFpRYy3yhVyO2q98mAA==',
  );
  expect(headers).not.toHaveProperty('x-webhook-signature');
  expect(publicKey).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
  expect(verifyWebhook('{}', headers, { secrets: publicKey, clock })).toBe(true);
  expect(verifyWebhook('{ }', headers, { secrets: publicKey, clock })).toBe(false);
});

test('while a secret is replaced both sign, and the header of the seed is made with the one before', () => {
  const secrets = ['the new secret of this one', 'the old secret of this one'];
  const headers = webhookHeaders(message, secrets);
  const [current, previous, ...others] = (headers['webhook-signature'] ?? '').split(' ');

  expect(others).toEqual([]);
  expect(webhookHeaders(message, secrets.slice(0, 1))['webhook-signature']).toBe(current);
  expect(webhookHeaders(message, secrets.slice(1))['webhook-signature']).toBe(previous);
  expect(headers['x-webhook-signature']).toBe(signWebhook(body, 'the old secret of this one'));
});

test.each`
  of                                | key
  ${'{"event":"approval.created"}'} | ${'your-hmac-secret'}
  ${body}                           | ${standard}
  ${'{"name":"Zoë 💶"}'}            | ${'sésame, ouvre-toi 🗝'}
`('what is sent is genuine to receivers of the seed: $of', ({ of, key }) => {
  const [text, shared] = [String(of), String(key)];
  const { 'x-webhook-signature': header } = webhookHeaders({ ...message, body: text }, [shared]);

  expect(expectedBySeed(text, header, shared)).toBe(true);
  expect(expectedBySeed(`${text} `, header, shared)).toBe(false);
});

describe('the library of Standard Webhooks', () => {
  const now = Date.UTC(2026, 0, 5, 12);
  const clock = fakeClock(now);
  // It takes the time from the machine alone.
  const real = Date.now;
  beforeAll(() => void (Date.now = () => now));
  afterAll(() => void (Date.now = real));

  test.each([
    ['a key', standard, new Webhook(standard)],
    ['a new key', createWebhookSecret(fakeRandom(7)), new Webhook(createWebhookSecret(fakeRandom(7)))],
    ['any text', 'sésame, ouvre-toi', new Webhook(Buffer.from('sésame, ouvre-toi'), { format: 'raw' })],
  ])('verifies what we sign with %s, and we what it signs', (_what, secret, library) => {
    const text = '{"name":"Zoë 💶"}';
    const ours = webhookHeaders({ ...message, body: text, atMs: now }, ['another secret of ours', secret]);
    const theirs = {
      'webhook-id': 'msg_2',
      'webhook-timestamp': String(now / 1_000),
      'webhook-signature': library.sign('msg_2', new Date(now), text),
    };

    expect(library.verify(text, ours)).toEqual({ name: 'Zoë 💶' });
    expect(() => library.verify(`${text} `, ours)).toThrow('No matching signature found');
    expect(verifyWebhook(text, theirs, { secrets: secret, clock })).toBe(true);
    expect(verifyWebhook(`${text} `, theirs, { secrets: secret, clock })).toBe(false);
  });
});

test.each([
  [''],
  [undefined],
  [null],
  ['whsec_'],
  ['whsec_not base64'],
  [`whsec_${Buffer.alloc(23).toString('base64')}`],
  [`whsk_${Buffer.alloc(31).toString('base64')}`],
  [`whpk_${Buffer.alloc(33).toString('base64')}`],
])('%p is no secret, and is not repeated', (none) => {
  const told = expect.objectContaining({
    code: 'OPTIONS_INVALID',
    message: expect.not.stringMatching(/AAAA|not base64/),
  });

  expect(() => keyOf(none)).toThrow(told);
  expect(() => webhookHeaders(message, [none as never])).toThrow(told);
});

test('no secret signs nothing, a public key cannot sign, and only a private key has a public half', () => {
  const mistake = expect.objectContaining({ code: 'OPTIONS_INVALID' });

  expect(() => webhookHeaders(message, [])).toThrow(mistake);
  expect(() => webhookHeaders(message, [webhookPublicKey(seed)])).toThrow(mistake);
  expect(() => webhookPublicKey(standard)).toThrow(mistake);
});

test('new secrets are keys of 256 bits, and no two are the same', () => {
  const random = fakeRandom(3);
  const [one, two] = [createWebhookSecret(random), createWebhookSecret(random)];

  expect(one).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(two).not.toBe(one);
});
