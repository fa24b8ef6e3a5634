import { ToriiError } from '../../nouns/errors.ts';
import { fakeClock } from '../../testing/fake-clock.ts';
import { signWebhook, verifyWebhook, webhookHeaders, webhookPublicKey } from '../index.ts';
import { judgeWebhook } from './verify.ts';

const secret = 'your-hmac-secret';
const body = '{"event":"approval.created"}';
const genuine = 'sha256=53572420c2d7406c16aa63547204351fc5f2be86d40e8bf03e0cbf1eb614b6ab';
const hex = genuine.slice('sha256='.length);

describe('the header of the seed', () => {
  test('is verified as its value alone, and among others', () => {
    expect(verifyWebhook(body, genuine, secret)).toBe(true);
    expect(verifyWebhook(body, { 'x-webhook-signature': genuine }, secret)).toBe(true);
    expect(verifyWebhook(body, { 'X-Webhook-Signature': genuine, host: 'a' }, [secret])).toBe(true);
    expect(verifyWebhook(body, new Headers({ 'X-Webhook-Signature': genuine }), { secrets: secret })).toBe(
      true,
    );
  });

  test('is the same for text and its UTF-8 bytes', () => {
    const text = '{"name":"Zoë 💶"}';

    expect(signWebhook(Buffer.from(text), secret)).toBe(signWebhook(text, secret));
    expect(verifyWebhook(new TextEncoder().encode(text), signWebhook(text, secret), secret)).toBe(true);
  });

  test.each`
    what                            | signature
    ${'nothing'}                    | ${undefined}
    ${'null'}                       | ${null}
    ${'empty'}                      | ${''}
    ${'the prefix alone'}           | ${'sha256='}
    ${'no prefix'}                  | ${hex}
    ${'upper-case hexadecimal'}     | ${`sha256=${hex.toUpperCase()}`}
    ${'an upper-case prefix'}       | ${`SHA256=${hex}`}
    ${'another prefix'}             | ${`sha512=${hex}`}
    ${'one digit short'}            | ${genuine.slice(0, -1)}
    ${'one digit long'}             | ${`${genuine}0`}
    ${'a digit that is not one'}    | ${`${genuine.slice(0, -1)}g`}
    ${'a full-width digit'}         | ${`${genuine.slice(0, -1)}\uff42`}
    ${'unicode of the same length'} | ${`sha256=${'é'.repeat(64)}`}
    ${'half a surrogate pair'}      | ${`sha256=${hex.slice(1)}\ud800`}
    ${'a line break after it'}      | ${`${genuine}\n`}
    ${'a space before it'}          | ${` ${genuine}`}
    ${'two of them'}                | ${`${genuine}, ${genuine}`}
    ${'base64'}                     | ${`sha256=${Buffer.from(hex, 'hex').toString('base64')}`}
    ${'a list'}                     | ${[genuine]}
    ${'an object'}                  | ${{ toString: () => genuine }}
    ${'a million characters'}       | ${`sha256=${'a'.repeat(1_000_000)}`}
    ${'another last digit'}         | ${`${genuine.slice(0, -1)}c`}
    ${'another first digit'}        | ${`sha256=6${hex.slice(1)}`}
    ${'of another body'}            | ${signWebhook('{}', secret)}
    ${'of another secret'}          | ${signWebhook(body, 'your-hmac-secreT')}
  `('that is $what is refused without throwing', ({ signature }) => {
    expect(verifyWebhook(body, signature, secret)).toBe(false);
    expect(verifyWebhook(body, { 'x-webhook-signature': signature }, secret)).toBe(false);
  });

  test('is refused where only Standard Webhooks are believed', () => {
    expect(judgeWebhook(body, genuine, { secrets: secret, standardOnly: true })).toEqual({
      kind: 'refused',
      reason: 'unsigned',
    });
  });
});

test('a public key signs nothing: as text everybody has it', () => {
  const sender = `whsk_${Buffer.alloc(32, 1).toString('base64')}`;
  const known = webhookPublicKey(sender);

  for (const secrets of [known, [known], { secrets: known }]) {
    expect(verifyWebhook(body, signWebhook(body, known), secrets)).toBe(false);
    expect(verifyWebhook(body, { 'x-webhook-signature': signWebhook(body, known) }, secrets)).toBe(false);
  }
  expect(verifyWebhook(body, signWebhook(body, known), [known, secret])).toBe(false);
  expect(verifyWebhook(body, genuine, [known, secret])).toBe(true);
});

test('a body that differs in one byte, or was serialized again, is refused', () => {
  const sent = '{"event": "approval.created"}';
  const signed = webhookHeaders({ id: 'msg_1', event: 'ping', body: sent, atMs: 0 }, [secret]);
  const legacy = signWebhook(sent, secret);
  const options = { secrets: secret, clock: fakeClock(0) };

  for (const changed of [sent.replace('created', 'Created'), `${sent}\n`, JSON.stringify(JSON.parse(sent))]) {
    expect(verifyWebhook(changed, legacy, secret)).toBe(false);
    expect(verifyWebhook(changed, signed, options)).toBe(false);
  }
  expect(verifyWebhook(sent, signed, options)).toBe(true);
});

test.each([[{ event: 'approval.created' }], [undefined], [null], [42]])(
  'a body that was not left as it arrived, %p, is refused without throwing',
  (parsed) => {
    expect(verifyWebhook(parsed as never, genuine, secret)).toBe(false);
    expect(verifyWebhook(parsed as never, { 'webhook-id': 'a' }, secret)).toBe(false);
  },
);

test.each([[''], [undefined], [null], [[]], [{}], [{ secrets: [] }], [['whsec_short']]])(
  'a secret of %p is a mistake, even where nothing was signed',
  (none) => {
    const mistake = expect.objectContaining({ code: 'OPTIONS_INVALID' });

    expect(() => verifyWebhook(body, genuine, none as never)).toThrow(mistake);
    expect(() => verifyWebhook(body, undefined, none as never)).toThrow(ToriiError);
    expect(() => verifyWebhook(body, {}, none as never)).toThrow(ToriiError);
  },
);

describe('the headers of Standard Webhooks', () => {
  const atMs = 1_700_000_000_000;
  const clock = fakeClock(atMs);
  const signed = webhookHeaders({ id: 'msg_1', event: 'ping', body, atMs }, [secret]);
  const judged = (changes: Record<string, unknown>, options: object = {}) =>
    judgeWebhook(body, { ...signed, ...changes } as Record<string, string>, {
      secrets: secret,
      clock,
      ...options,
    });

  test.each`
    secondsLater | verdict
    ${-301}      | ${'too-new'}
    ${-300}      | ${'genuine'}
    ${0}         | ${'genuine'}
    ${300}       | ${'genuine'}
    ${301}       | ${'too-old'}
  `('are $verdict when they arrive $secondsLater seconds later', ({ secondsLater, verdict }) => {
    const later = fakeClock(atMs + Number(secondsLater) * 1_000);
    const found = judged({}, { clock: later });

    expect(found.kind === 'genuine' ? found.kind : found.reason).toBe(verdict);
  });

  test('may be older where the receiver says so', () => {
    const later = fakeClock(atMs + 3_600_000);

    expect(judged({}, { clock: later, toleranceSeconds: 3_600 })).toEqual({ kind: 'genuine', id: 'msg_1' });
    expect(judged({}, { clock: later, toleranceSeconds: 3_599 })).toEqual({
      kind: 'refused',
      reason: 'too-old',
    });
  });

  test.each`
    what                             | changes                                                                      | reason
    ${'without an id'}               | ${{ 'webhook-id': undefined }}                                               | ${'malformed'}
    ${'with an empty id'}            | ${{ 'webhook-id': '' }}                                                      | ${'malformed'}
    ${'with another id'}             | ${{ 'webhook-id': 'msg_2' }}                                                 | ${'signature'}
    ${'with two ids'}                | ${{ 'webhook-id': ['msg_1', 'msg_1'] }}                                      | ${'malformed'}
    ${'without a time'}              | ${{ 'webhook-timestamp': undefined }}                                        | ${'malformed'}
    ${'with another time'}           | ${{ 'webhook-timestamp': '1700000001' }}                                     | ${'signature'}
    ${'with a time that is none'}    | ${{ 'webhook-timestamp': 'now' }}                                            | ${'malformed'}
    ${'with a negative time'}        | ${{ 'webhook-timestamp': '-1700000000' }}                                    | ${'malformed'}
    ${'with a fraction of a second'} | ${{ 'webhook-timestamp': '1700000000.0' }}                                   | ${'malformed'}
    ${'with a time in hexadecimal'}  | ${{ 'webhook-timestamp': '0x6553F100' }}                                     | ${'malformed'}
    ${'without a signature'}         | ${{ 'webhook-signature': undefined }}                                        | ${'malformed'}
    ${'with an empty signature'}     | ${{ 'webhook-signature': '' }}                                               | ${'signature'}
    ${'with the version alone'}      | ${{ 'webhook-signature': 'v1,' }}                                            | ${'signature'}
    ${'of another version'}          | ${{ 'webhook-signature': signed['webhook-signature']?.replace('v1', 'v2') }} | ${'signature'}
    ${'of a truncated signature'}    | ${{ 'webhook-signature': signed['webhook-signature']?.slice(0, 20) }}        | ${'signature'}
  `('$what are refused, although the header of the seed is right', ({ changes, reason }) => {
    expect(judged(changes as Record<string, unknown>)).toEqual({ kind: 'refused', reason });
  });

  test('are verified by any of several secrets, and any of several signatures', () => {
    const others = ['v1,AAAA', 'v1a,AAAA', String(signed['webhook-signature']), ''].join(' ');

    expect(judged({ 'webhook-signature': others }, { secrets: ['not this secret', secret] })).toMatchObject({
      kind: 'genuine',
    });
    expect(judged({}, { secrets: ['not this secret', 'nor that'] })).toMatchObject({ reason: 'signature' });
  });

  test('are looked at only as far as a sender has reason to go', () => {
    const long = [...Array.from({ length: 16 }, () => 'v1,AAAA'), signed['webhook-signature']].join(' ');

    expect(judged({ 'webhook-signature': long })).toMatchObject({ reason: 'signature' });
  });

  test('are read whatever their case, and as `fetch` has them', () => {
    const upper = Object.fromEntries(
      Object.entries(signed).map(([name, value]) => [name.toUpperCase(), value]),
    );

    expect(verifyWebhook(body, upper, { secrets: secret, clock })).toBe(true);
    expect(verifyWebhook(body, new Headers({ ...signed }), { secrets: secret, clock })).toBe(true);
    expect(verifyWebhook(body, {}, { secrets: secret, clock })).toBe(false);
  });

  test('are not verified with the private key of the sender', () => {
    const key = `whsk_${Buffer.alloc(32, 1).toString('base64')}`;

    expect(() => judged({}, { secrets: key })).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }));
  });
});
