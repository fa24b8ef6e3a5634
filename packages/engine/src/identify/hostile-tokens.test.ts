import { createHmac, generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto';
import { jwtVerify } from 'jose';
import { createIdentity, type Identity } from './index.ts';

type Json = Record<string, unknown>;

/** What a forger may set. Everything else is as in a good token, and the signature fits what it signs. */
interface Forgery {
  readonly header?: Json;
  readonly claims?: Json;

  /** Instead of the header or the claims: their text or bytes. */
  readonly headerText?: string | Uint8Array;
  readonly claimsText?: string | Uint8Array;

  readonly sign?: (input: string) => Buffer;
}

const NOW = Date.UTC(2026, 10, 1) / 1_000;
const CANARY = 'canary-7f3a';
const SECRET = `${CANARY}-a-secret-of-thirty-two-bytes`;
const clock = { now: () => NOW * 1_000 + 500, after: () => () => undefined };

const ed25519 = generateKeyPairSync('ed25519');
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('ed25519');
const strangeCurve = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const hmac =
  (secret: string | Uint8Array, hash = 'sha256') =>
  (input: string) =>
    createHmac(hash, secret).update(input).digest();
const eddsa = (key: KeyObject) => (input: string) => signBytes(null, Buffer.from(input), key);
const ecdsa =
  (key: KeyObject, encoding: 'ieee-p1363' | 'der' = 'ieee-p1363') =>
  (input: string) =>
    signBytes('sha256', Buffer.from(input), { key, dsaEncoding: encoding });
const rs256 = (input: string): Buffer => signBytes('sha256', Buffer.from(input), rsa.privateKey);
const unsigned = (): Buffer => Buffer.alloc(0);

const pem = (key: KeyObject): string => key.export({ format: 'pem', type: 'spki' }).toString();
const der = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' });
const rawEd25519 = Buffer.from(String(ed25519.publicKey.export({ format: 'jwk' }).x), 'base64url');
const strangeJwk = { ...stranger.publicKey.export({ format: 'jwk' }), kid: 'stranger' };

const goodHeader: Json = { alg: 'Ed25519', typ: 'torii-agent+jwt' };
const goodClaims: Json = {
  iss: 'ed.example',
  aud: 'torii.example',
  sub: `ada-${CANARY}`,
  act: { sub: `bot-${CANARY}` },
  sid: `session-${CANARY}`,
  jti: `token-${CANARY}`,
  iat: NOW,
  exp: NOW + 60,
};

function base64url(part: Json | string | Uint8Array): string {
  if (typeof part === 'string') return Buffer.from(part).toString('base64url');
  return (part instanceof Uint8Array ? Buffer.from(part) : Buffer.from(JSON.stringify(part))).toString(
    'base64url',
  );
}

function forge({
  header,
  claims,
  headerText,
  claimsText,
  sign = eddsa(ed25519.privateKey),
}: Forgery = {}): string {
  const first = base64url(headerText ?? { ...goodHeader, ...header });
  const second = base64url(claimsText ?? { ...goodClaims, ...claims });
  return `${first}.${second}.${sign(`${first}.${second}`).toString('base64url')}`;
}

/** The good claims as JSON text, with `extra` members written before the others. */
function claimsWith(extra: string, claims: Json = goodClaims): string {
  return `{${extra},${JSON.stringify(claims).slice(1)}`;
}

const es256 = { header: { alg: 'ES256' }, claims: { iss: 'es.example' }, sign: ecdsa(p256.privateKey) };
const hs256 = { header: { alg: 'HS256' }, claims: { iss: 'hs.example' }, sign: hmac(SECRET) };
const rotating = { header: { kid: 'old' }, claims: { iss: 'rotating.example' } };

const headed = (header: Json): string => forge({ header });
const claiming = (claims: Json): string => forge({ claims });
const written = (claimsText: string | Uint8Array): string => forge({ claimsText });
const good = forge();
const [goodHead, goodBody, goodSignature] = good.split('.') as [string, string, string];

const SIGNATURE = 'expected a signature by the key';
const ALGORITHM = 'header `alg`';
const COMPACT = 'expected a compact token';
const JSON_FORM = 'plain JSON objects without repeated keys';
const MEMBERS = 'expected nothing but `alg`, `kid` and `typ`';
const KIND = 'expected an agent token';
const KEY = 'the `iss` and `kid` of a configured issuer';
const AUDIENCE = 'claim `aud`';
const KID = 'expected a `kid` of 1 to 64';
const ACT = 'expected `act` as an object that holds only `sub`';
const UNENFORCED = 'which this version cannot enforce';
const TIMES = /whole seconds|`iat`|`exp`|`nbf`|JSON/;

type Row = readonly [title: string, token: string, reason: string | RegExp];

const algorithms: readonly Row[] = [
  ['alg none', forge({ header: { alg: 'none' }, sign: unsigned }).slice(0, -1), COMPACT],
  ['alg none with an empty third part', forge({ header: { alg: 'none' }, sign: unsigned }), COMPACT],
  ['alg none with a signature', headed({ alg: 'none' }), ALGORITHM],
  ...'None NONE nOnE ed25519 EDDSA Ed448 ES512 PS256 ML-DSA-44 toString __proto__'
    .split(' ')
    .map((alg): Row => [`alg \`${alg}\``, headed({ alg }), /`alg`|cannot be verified/]),
  ...['', null, 1, ['Ed25519'], { name: 'Ed25519' }, true].map((alg): Row => [
    `alg ${JSON.stringify(alg)}`,
    headed({ alg }),
    'cannot be verified',
  ]),
  ['no alg', forge({ headerText: '{"typ":"torii-agent+jwt"}' }), 'cannot be verified'],
  ...Object.entries({
    PEM: pem(ed25519.publicKey),
    'trimmed PEM': pem(ed25519.publicKey).trim(),
    DER: der(ed25519.publicKey),
    'raw bytes': rawEd25519,
  }).map(([form, key]): Row => [
    `HS256 with the ${form} of the public key`,
    forge({ header: { alg: 'HS256' }, sign: hmac(key) }),
    ALGORITHM,
  ]),
  [
    'HS256 with the PEM of ES256',
    forge({ ...es256, header: { alg: 'HS256' }, sign: hmac(pem(p256.publicKey)) }),
    ALGORITHM,
  ],
  [
    'HS384 with the public PEM',
    forge({ header: { alg: 'HS384' }, sign: hmac(pem(ed25519.publicKey), 'sha384') }),
    ALGORITHM,
  ],
  ['HS256 with an empty secret', forge({ ...hs256, sign: hmac('') }), SIGNATURE],
  [
    'HS256 with another secret',
    forge({ ...hs256, sign: hmac('another secret of thirty-two bytes') }),
    SIGNATURE,
  ],
  ['HS256 with the secret cut short', forge({ ...hs256, sign: hmac(SECRET.slice(0, 31)) }), SIGNATURE],
  ...['384', '512'].map((bits): Row => [
    `HS${bits} with the right secret`,
    forge({ ...hs256, header: { alg: `HS${bits}` }, sign: hmac(SECRET, `sha${bits}`) }),
    ALGORITHM,
  ]),
  [
    'HS256 cut to 128 bits',
    forge({ ...hs256, sign: (input) => hmac(SECRET)(input).subarray(0, 16) }),
    SIGNATURE,
  ],
  ['RS256 by a key of its own', forge({ header: { alg: 'RS256' }, sign: rs256 }), ALGORITHM],
  ['RS256 towards a secret', forge({ ...hs256, header: { alg: 'RS256' }, sign: rs256 }), ALGORITHM],
  [
    'ES256 towards an Ed25519 key',
    forge({ header: { alg: 'ES256' }, sign: ecdsa(p256.privateKey) }),
    ALGORITHM,
  ],
  [
    'Ed25519 towards a P-256 key',
    forge({ ...es256, header: { alg: 'Ed25519' }, sign: eddsa(ed25519.privateKey) }),
    ALGORITHM,
  ],
  [
    'EdDSA towards a secret',
    forge({ ...hs256, header: { alg: 'EdDSA' }, sign: eddsa(ed25519.privateKey) }),
    ALGORITHM,
  ],
  ['ES256 with a DER signature', forge({ ...es256, sign: ecdsa(p256.privateKey, 'der') }), SIGNATURE],
  ['ES256 with a signature of zeros', forge({ ...es256, sign: () => Buffer.alloc(64) }), SIGNATURE],
  ['Ed25519 with a signature of zeros', forge({ sign: () => Buffer.alloc(64) }), SIGNATURE],
  ['the key of a stranger', forge({ sign: eddsa(stranger.privateKey) }), SIGNATURE],
  ['the P-256 key of a stranger', forge({ ...es256, sign: ecdsa(strangeCurve.privateKey) }), SIGNATURE],
];

const headers: readonly Row[] = [
  ...[
    ...'../../passwd|../key|old\n| old|old |\u00f6ld||http://evil.example/jwks|/dev/null|old\0'.split('|'),
    'k'.repeat(65),
    7,
    null,
    ['old'],
    { kid: 'old' },
  ].map((kid): Row => [`kid ${JSON.stringify(kid)}`, forge({ ...rotating, header: { kid } }), KID]),
  ["kid `' OR 1=1 --`", forge({ ...rotating, header: { kid: "' OR 1=1 --" } }), KID],
  ['an unknown kid', forge({ ...rotating, header: { kid: 'unknown' } }), KEY],
  ['no kid where kids are configured', forge({ ...rotating, header: {} }), KEY],
  ['the kid of another key', forge({ ...rotating, header: { kid: 'new' } }), SIGNATURE],
  ...['constructor', '__proto__'].map((kid): Row => [
    `kid \`${kid}\``,
    forge({ ...rotating, header: { kid } }),
    KEY,
  ]),
  ...Object.entries({
    jwk: strangeJwk,
    jku: 'https://evil.example/jwks',
    x5u: 'https://evil.example/x5u',
    x5c: ['AAAA'],
  }).map(([name, value]): Row => [
    `${name} of a stranger who signs`,
    forge({ header: { [name]: value }, sign: eddsa(stranger.privateKey) }),
    MEMBERS,
  ]),
  ...'jwk jku x5u x5c x5t x5t#S256 crit b64 zip cty enc iss nonce'
    .split(' ')
    .map((name): Row => [`${name} in a header that is rightly signed`, headed({ [name]: 'exp' }), MEMBERS]),
  ['crit of a claim', headed({ crit: ['exp'] }), MEMBERS],
  ['crit that is empty', headed({ crit: [] }), MEMBERS],
  ['crit with b64 false', headed({ crit: ['b64'], b64: false }), MEMBERS],
  ...[
    ...'|JWT|jwt|at+jwt|torii-approver+jwt|Torii-Agent+JWT|TORII-AGENT+JWT|application/torii-agent+jwt'.split(
      '|',
    ),
    null,
    1,
    ['torii-agent+jwt'],
  ].map((typ): Row => [`typ ${JSON.stringify(typ)}`, headed({ typ }), KIND]),
  ...[
    'torii-agent+jwt ',
    ' torii-agent+jwt',
    'torii-agent+jwt\0',
    'torii-\u0430gent+jwt',
    'torii\u2010agent+jwt',
    '\uff54orii-agent+jwt',
  ].map((typ): Row => [`typ ${JSON.stringify(typ)} that looks right`, headed({ typ }), KIND]),
  ['no typ', forge({ headerText: '{"alg":"Ed25519"}' }), KIND],
  [
    'a header with two algs',
    forge({ headerText: '{"alg":"none","typ":"torii-agent+jwt","alg":"Ed25519"}' }),
    JSON_FORM,
  ],
  [
    'a header with an escaped second alg',
    forge({ headerText: '{"\\u0061lg":"none","typ":"torii-agent+jwt","alg":"Ed25519"}' }),
    JSON_FORM,
  ],
  [
    'a header with __proto__',
    forge({ headerText: '{"__proto__":{"alg":"Ed25519"},"alg":"Ed25519","typ":"torii-agent+jwt"}' }),
    JSON_FORM,
  ],
  [
    'a header that is a list',
    forge({ headerText: '[{"alg":"Ed25519","typ":"torii-agent+jwt"}]' }),
    JSON_FORM,
  ],
  ['a header that is null', forge({ headerText: 'null' }), JSON_FORM],
  ['a header that is no JSON', forge({ headerText: '{alg:Ed25519}' }), JSON_FORM],
  [
    'a header after a byte order mark',
    forge({ headerText: `\ufeff${JSON.stringify(goodHeader)}` }),
    JSON_FORM,
  ],
];

const claims: readonly Row[] = [
  ...['iss', 'aud', 'sub', 'act', 'sid', 'jti', 'iat', 'exp'].flatMap((name): Row[] => {
    const reason = name === 'iss' ? KEY : new RegExp(`\`${name}\``);
    return [
      [`no ${name}`, claiming({ [name]: undefined }), reason],
      [`${name} null`, claiming({ [name]: null }), reason],
      [`${name} of an empty text`, claiming({ [name]: '' }), reason],
      [`${name} as a list`, claiming({ [name]: [goodClaims[name]] }), reason],
      [
        `${name} in another case`,
        claiming({ [name]: undefined, [name.toUpperCase()]: goodClaims[name] }),
        reason,
      ],
    ];
  }),
  ...['sub', 'sid', 'jti', 'tenant'].flatMap((name): Row[] =>
    [
      7,
      true,
      { id: 'x' },
      ...'two words|x\n|x\0|x\u200b|\u00e9|\u0430\u0434\u0430|\u202eada'.split('|'),
      'x'.repeat(257),
    ].map((value): Row => [
      `${name} ${JSON.stringify(value).slice(0, 20)}`,
      claiming({ [name]: value }),
      `\`${name}\``,
    ]),
  ),
  ...[null, '', ['acme'], []].map((tenant): Row => [
    `tenant ${JSON.stringify(tenant)}`,
    claiming({ tenant }),
    '`tenant`',
  ]),
  ...['acme', 'Pinned', 'pinned.example', 'default'].map((tenant): Row => [
    `tenant \`${tenant}\` from the issuer of another`,
    forge({ claims: { iss: 'pinned.example', tenant } }),
    'expected no `tenant`, or the one that the issuer speaks for',
  ]),
  ...[7, null, '', 'a b', 'b\u043et', ['bot'], { sub: 'bot' }, 'x'.repeat(257)].map((sub): Row => [
    `act.sub ${JSON.stringify(sub).slice(0, 20)}`,
    claiming({ act: { sub } }),
    '`act.sub`',
  ]),
  ['act as text', claiming({ act: 'bot' }), ACT],
  ['act without sub', claiming({ act: {} }), ACT],
  ['act with an act', claiming({ act: { sub: 'bot', act: { sub: 'other' } } }), ACT],
  ['act with an issuer', claiming({ act: { sub: 'bot', iss: 'other' } }), ACT],
  ['act with another member first', claiming({ act: { agent: 'bot', sub: 'bot' } }), ACT],
  ['cnf', claiming({ cnf: { jkt: 'AAAA' } }), UNENFORCED],
  ['cnf null', claiming({ cnf: null }), UNENFORCED],
  ['authorization_details', claiming({ authorization_details: [{ type: 'torii_spend' }] }), UNENFORCED],
  ['authorization_details of nothing', claiming({ authorization_details: [] }), UNENFORCED],
  ...'other.example|ED.EXAMPLE|ed.example/| ed.example|ed.ex\u0430mple|__proto__|constructor'
    .split('|')
    .map((iss): Row => [`iss \`${iss}\``, claiming({ iss }), KEY]),
  ...'other|TORII.EXAMPLE|torii.example/|torii.example |torii.ex\u0430mple|https://torii.example|*'
    .split('|')
    .map((aud): Row => [`aud \`${aud}\``, claiming({ aud }), AUDIENCE]),
  ['aud with a second one', claiming({ aud: ['torii.example', 'other'] }), '`aud` as a single string'],
  ['aud as an object', claiming({ aud: { 'torii.example': true } }), AUDIENCE],
];

const times: readonly Row[] = [
  ['expired 1 s beyond the tolerance', claiming({ iat: NOW - 60, exp: NOW - 6 }), 'the token expired'],
  ['expired exactly at the tolerance', claiming({ iat: NOW - 60, exp: NOW - 5 }), 'the token expired'],
  ['expired long ago', claiming({ iat: 1, exp: 61 }), 'the token expired'],
  ['exp in milliseconds', claiming({ exp: NOW * 1_000 }), 'lives at most 86400 seconds'],
  ['a life of a day and a second', claiming({ exp: NOW + 86_401 }), 'lives at most 86400 seconds'],
  [
    'a life that began long ago',
    claiming({ iat: NOW - 86_400, exp: NOW + 60 }),
    'lives at most 86400 seconds',
  ],
  ['iat 0', claiming({ iat: 0 }), 'lives at most 86400 seconds'],
  ['iat in the future by 6 s', claiming({ iat: NOW + 6 }), 'an `iat` that is not in the future'],
  [
    'iat in milliseconds',
    claiming({ iat: NOW * 1_000, exp: NOW * 1_000 + 60 }),
    'an `iat` that is not in the future',
  ],
  ['exp at iat', claiming({ iat: NOW + 3, exp: NOW + 3 }), 'an `exp` after `iat`'],
  ['exp before iat', claiming({ iat: NOW + 3, exp: NOW + 2 }), 'an `exp` after `iat`'],
  ['nbf 6 s ahead', claiming({ nbf: NOW + 6 }), 'the token is not valid yet'],
  ['nbf in the next century', claiming({ nbf: NOW + 3e9 }), 'the token is not valid yet'],
  ['nbf null', claiming({ nbf: null }), TIMES],
  ['nbf as a list', claiming({ nbf: [NOW] }), TIMES],
  ...['iat', 'exp', 'nbf'].flatMap((name): Row[] =>
    [String(NOW), `${NOW + 60}s`, true, { now: NOW }, NOW + 0.5, -1].map((value): Row => [
      `${name} ${JSON.stringify(value)}`,
      claiming({ [name]: value }),
      name === 'exp' && value === -1 ? 'expired' : TIMES,
    ]),
  ),
  ...['1e400', '1e309', '-1e400'].map((number): Row => {
    const text = JSON.stringify({ ...goodClaims, exp: 0 }).replace('"exp":0', `"exp":${number}`);
    return [`exp ${number}`, written(text), JSON_FORM];
  }),
  ['exp 1e300', claiming({ exp: 1e300 }), TIMES],
];

const payloads: readonly Row[] = [
  ['two subs', written(claimsWith('"sub":"mallory"')), JSON_FORM],
  ['an escaped second sub', written(claimsWith('"\\u0073ub":"mallory"')), JSON_FORM],
  ['two exps', written(claimsWith('"exp":1')), JSON_FORM],
  [
    'two subs in act',
    written(claimsWith('"act":{"sub":"a","sub":"b"}', { ...goodClaims, act: undefined })),
    JSON_FORM,
  ],
  ['a __proto__ that holds claims', written(claimsWith('"__proto__":{"sub":"x"}')), JSON_FORM],
  [
    'a __proto__ instead of sub',
    written(claimsWith('"__proto__":{"sub":"x"}', { ...goodClaims, sub: undefined })),
    JSON_FORM,
  ],
  [
    'an act with a __proto__',
    written(claimsWith('"act":{"__proto__":{"sub":"x"}}', { ...goodClaims, act: undefined })),
    JSON_FORM,
  ],
  ['claims that are a list', written(JSON.stringify([goodClaims])), JSON_FORM],
  ['claims that are text', written('"claims"'), JSON_FORM],
  ['claims that are null', written('null'), JSON_FORM],
  ['claims that are a number', written('7'), JSON_FORM],
  ['claims with text after them', written(`${JSON.stringify(goodClaims)}{}`), JSON_FORM],
  ['claims cut short', written(JSON.stringify(goodClaims).slice(0, -1)), JSON_FORM],
  ['claims in comments', written(`/* */${JSON.stringify(goodClaims)}`), JSON_FORM],
  ['claims after a byte order mark', written(`\ufeff${JSON.stringify(goodClaims)}`), JSON_FORM],
  ['claims that are no UTF-8', written(Buffer.from(claimsWith('"x":"\u00ff"'), 'latin1')), JSON_FORM],
  ['claims in UTF-16', written(Buffer.from(JSON.stringify(goodClaims), 'utf16le')), JSON_FORM],
  ['claims with half a surrogate pair', written(claimsWith('"x":"\\ud800"')), JSON_FORM],
  [
    'claims that nest 2,000 deep',
    written(claimsWith(`"x":${'['.repeat(2_000)}${']'.repeat(2_000)}`)),
    JSON_FORM,
  ],
  ['a token inside a token', written(good), JSON_FORM],
];

const shapes: readonly Row[] = [
  ['no full stop', 'token', COMPACT],
  ['one part', goodHead, COMPACT],
  ['two parts', `${goodHead}.${goodBody}`, COMPACT],
  ['an empty signature', `${goodHead}.${goodBody}.`, COMPACT],
  ['an empty header', `.${goodBody}.${goodSignature}`, COMPACT],
  ['empty claims', `${goodHead}..${goodSignature}`, COMPACT],
  ['full stops alone', '..', COMPACT],
  ['a fourth part', `${good}.${goodSignature}`, COMPACT],
  ['an empty fourth part', `${good}.`, COMPACT],
  ['five parts, as an encrypted token', `${good}.a.b`, COMPACT],
  ['a signature cut by one letter', good.slice(0, -1), COMPACT],
  ['a signature cut by two letters', good.slice(0, -2), /signature|compact/],
  ['half a signature', `${goodHead}.${goodBody}.${goodSignature.slice(0, 43)}`, /signature|compact/],
  [
    'a signature with a byte more',
    `${goodHead}.${goodBody}.${Buffer.concat([Buffer.from(goodSignature, 'base64url'), Buffer.from([0])]).toString('base64url')}`,
    SIGNATURE,
  ],
  [
    'the signature of another token',
    `${goodHead}.${base64url({ ...goodClaims, sub: 'mallory' })}.${goodSignature}`,
    SIGNATURE,
  ],
  [
    'the claims of another token',
    `${goodHead}.${claiming({ sid: 'other' }).split('.')[1]}.${goodSignature}`,
    SIGNATURE,
  ],
  [
    'left-over bits in the signature',
    `${good.slice(0, -1)}${String.fromCharCode(good.charCodeAt(good.length - 1) + 1)}`,
    COMPACT,
  ],
  ['padding', `${good}==`, COMPACT],
  ['padding in the header', `${goodHead}=.${goodBody}.${goodSignature}`, COMPACT],
  ['the letters of plain base64', `${goodHead}.${goodBody}.${'+/'.repeat(43)}`, COMPACT],
  ['a space before', ` ${good}`, COMPACT],
  ['a space after', `${good} `, COMPACT],
  ['a line feed after', `${good}\n`, COMPACT],
  ['a line feed inside', `${goodHead}.\n${goodBody}.${goodSignature}`, COMPACT],
  ['a NUL after', `${good}\u0000`, COMPACT],
  ['a zero-width space inside', `${goodHead}.${goodBody}.\u200b${goodSignature}`, COMPACT],
  ['full-width full stops', good.replaceAll('.', '\uff0e'), COMPACT],
  ['a scheme before', `Bearer ${good}`, COMPACT],
  ['quotes around', `"${good}"`, COMPACT],
  ['two tokens in a list', `${good}, ${good}`, COMPACT],
  [
    'the JSON form of a signed token',
    JSON.stringify({ protected: goodHead, payload: goodBody, signature: goodSignature }),
    COMPACT,
  ],
  ['8,193 characters', claiming({ x: 'x'.repeat(6_200) }).padEnd(8_193, 'A'), 'at most 8192 characters'],
  ['a huge token that is rightly signed', claiming({ x: 'x'.repeat(8_192) }), 'at most 8192 characters'],
  ['ten million characters', 'A'.repeat(10_000_000), 'at most 8192 characters'],
];

const hostile: readonly Row[] = [...algorithms, ...headers, ...claims, ...times, ...payloads, ...shapes];

async function engine(): Promise<Identity> {
  const ed = { audience: 'torii.example', algorithm: 'Ed25519', key: ed25519.publicKey } as const;
  const issuers = [
    { ...ed, issuer: 'ed.example' },
    { issuer: 'es.example', audience: 'torii.example', algorithm: 'ES256', key: p256.publicKey },
    { issuer: 'hs.example', audience: 'torii.example', algorithm: 'HS256', key: SECRET },
    { ...ed, issuer: 'pinned.example', tenant: 'pinned' },
    { ...ed, issuer: 'rotating.example', kid: 'old' },
    { ...ed, issuer: 'rotating.example', kid: 'new', key: stranger.publicKey },
  ] as const;
  const vouchesFor = ['agents', 'approvers'] as const;
  return createIdentity({ issuers: issuers.map((issuer) => ({ ...issuer, vouchesFor })) }, clock);
}

/** The key that a header asks for. */
const keyOf = (alg: unknown) =>
  alg === 'HS256' ? Buffer.from(SECRET) : alg === 'ES256' ? p256.publicKey : ed25519.publicKey;

/** The mistake that this table exists to catch: jose with no options but the time, and the key that the header asks for. */
async function careless(token: string): Promise<boolean> {
  try {
    await jwtVerify(token, ({ alg }) => keyOf(alg), { currentDate: new Date(clock.now()) });
    return true;
  } catch {
    return false;
  }
}

test.each([
  ['Ed25519', forge()],
  ['EdDSA', headed({ alg: 'EdDSA' })],
  ['ES256', forge(es256)],
  ['HS256', forge(hs256)],
  ['a kid', forge(rotating)],
  ['the most tolerated', claiming({ iat: NOW + 5, nbf: NOW + 5, exp: NOW + 86_405 })],
  [
    'claims it does not know',
    claiming({
      Tenant: ['acme'],
      TENANT: 7,
      scope: 'all',
      org: { id: 'x' },
      'a:b': '":"',
      note: '\u00fc, "\\',
    }),
  ],
])('the forger signs tokens that pass when nothing is wrong with them: %s', async (_title, token) => {
  expect(await (await engine()).agent(token)).toMatchObject({
    agent: `bot-${CANARY}`,
    owner: `ada-${CANARY}`,
  });
});

test('there are at least 120 hostile tokens, no two alike', () => {
  expect(hostile.length).toBeGreaterThanOrEqual(120);
  const tokens = hostile.map(([, token]) => token);
  expect(
    hostile.filter(([, token], index) => tokens.indexOf(token) !== index).map(([title]) => title),
  ).toEqual([]);
});

test.each(hostile)('refused: %s', async (_title, token, reason) => {
  const identity = await engine();

  const answers = [await identity.agent(token), await identity.agent(token), await identity.person(token)];

  expect(answers[0]).toMatchObject({ kind: 'denied', code: 'IDENTITY_INVALID' });
  expect(answers[0]).toHaveProperty(
    'message',
    expect.stringMatching(reason instanceof RegExp ? reason : literal(reason)),
  );
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toMatchObject({ kind: 'denied', code: 'IDENTITY_INVALID' });
  const said = JSON.stringify(answers);
  expect(said).not.toContain(CANARY);
  for (const part of token.split('.').filter(({ length }) => length > 8))
    expect(said).not.toContain(part.slice(0, 64));
});

test('a person is proved as strictly as an agent', async () => {
  const identity = await engine();
  const person = { act: undefined, sid: undefined };
  const approver = { header: { typ: 'torii-approver+jwt' }, claims: person };
  const mistakes: Json[] = [
    { aud: 'other' },
    { sub: 7 },
    { jti: undefined },
    { exp: NOW - 6 },
    { iat: NOW + 6 },
    { cnf: {} },
    { act: { sub: 'bot' } },
  ];

  expect(await identity.person(forge(approver))).toEqual({
    id: `ada-${CANARY}`,
    issuer: 'ed.example',
    roles: ['approver', 'owner'],
    via: 'token',
  });
  expect(await identity.person(forge({ ...approver, header: { typ: 'torii-agent+jwt' } }))).toMatchObject({
    message: expect.stringContaining('an approver token'),
  });
  for (const mistake of mistakes) {
    expect(await identity.person(forge({ ...approver, claims: { ...person, ...mistake } }))).toMatchObject({
      kind: 'denied',
    });
  }
});

test('the table has teeth: jose without options accepts many of these tokens', async () => {
  const accepted: string[] = [];
  for (const [title, token] of hostile) if (await careless(token)) accepted.push(title);

  expect(accepted).toEqual(
    expect.arrayContaining([
      'no exp',
      'no aud',
      'no iss',
      'no typ',
      'aud `other`',
      'cnf',
      'two subs',
      'iat 0',
    ]),
  );
  expect(accepted.length).toBeGreaterThanOrEqual(80);
});

function literal(text: string): RegExp {
  return new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
}
