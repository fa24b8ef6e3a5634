import { createHmac } from 'node:crypto';
import { ToriiError } from '../nouns/errors.ts';
import { signWebhook, verifyWebhook } from './index.ts';

const secret = 'your-hmac-secret';
const body = '{"event":"approval.created"}';
const genuine = 'sha256=53572420c2d7406c16aa63547204351fc5f2be86d40e8bf03e0cbf1eb614b6ab';
const hex = genuine.slice('sha256='.length);

/** A receiver that knows the header's form alone: the algorithm, and the digest of the body in hexadecimal. */
function isSignedBy(key: string, body: string, header: string): boolean {
  const [algorithm = '', digest, ...rest] = header.split('=');
  return rest.length === 0 && digest === createHmac(algorithm, key).update(body).digest('hex');
}

test.each`
  of                        | key                                         | signature
  ${body}                   | ${secret}                                   | ${genuine}
  ${'{"test": 2432232314}'} | ${'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'} | ${'sha256=80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c'}
  ${''}                     | ${secret}                                   | ${undefined}
  ${'{"name":"Zoë 💶"}'}    | ${'sésame, ouvre-toi 🗝'}                    | ${undefined}
`(
  '$of is signed as published, and verifies here and wherever its form is known',
  ({ of, key, signature }) => {
    const signed = signWebhook(of as string, key as string);

    if (signature !== undefined) expect(signed).toBe(signature);
    expect(verifyWebhook(of, signed, key)).toBe(true);
    expect(isSignedBy(key, of, signed)).toBe(true);
  },
);

test('text and its UTF-8 bytes have the same signature', () => {
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
`('a signature that is $what is refused without throwing', ({ signature }) => {
  expect(verifyWebhook(body, signature, secret)).toBe(false);
});

test('a body that differs in one byte, or was serialized again, is refused', () => {
  const sent = '{"event": "approval.created"}';
  const signed = signWebhook(sent, secret);

  expect(verifyWebhook(sent.replace('created', 'Created'), signed, secret)).toBe(false);
  expect(verifyWebhook(`${sent}\n`, signed, secret)).toBe(false);
  expect(verifyWebhook(JSON.stringify(JSON.parse(sent)), signed, secret)).toBe(false);
});

test.each([[{ event: 'approval.created' }], [undefined], [null], [42]])(
  'a body that was not left as it arrived, %p, is refused without throwing',
  (parsed) => {
    expect(verifyWebhook(parsed as never, genuine, secret)).toBe(false);
  },
);

test.each([[''], [undefined], [null]])(
  'a secret of %p is a mistake, even where nothing was signed',
  (none) => {
    const mistake = expect.objectContaining({ code: 'OPTIONS_INVALID' });

    expect(() => signWebhook(body, none as never)).toThrow(mistake);
    expect(() => verifyWebhook(body, genuine, none as never)).toThrow(mistake);
    expect(() => verifyWebhook(body, undefined, none as never)).toThrow(ToriiError);
  },
);
