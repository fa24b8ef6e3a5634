type Bytes = readonly [number, number, number, number];

/** What attackers want to reach: this machine, the cloud's secrets, and neighbours. */
const INSIDE: readonly Bytes[] = [
  [127, 0, 0, 1],
  [169, 254, 169, 254],
  [10, 0, 0, 1],
  [172, 16, 254, 3],
  [192, 168, 1, 1],
  [100, 100, 100, 200],
];

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
const whole = ([a, b, c, d]: Bytes): number => ((a * 256 + b) * 256 + c) * 256 + d;
const groups = ([a, b, c, d]: Bytes): string => `${hex(a)}${hex(b)}:${hex(c)}${hex(d)}`;
const wide = (text: string): string =>
  text.replaceAll('.', '。').replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)));

/** Ways to write one address, of IPv4 and inside of IPv6. */
const SPELLINGS: readonly ((address: Bytes) => string)[] = [
  (bytes) => bytes.join('.'),
  (bytes) => `${bytes.join('.')}.`,
  (bytes) => String(whole(bytes)),
  (bytes) => `0x${whole(bytes).toString(16)}`,
  (bytes) => `0${whole(bytes).toString(8)}`,
  (bytes) => bytes.map((byte) => `0x${hex(byte)}`).join('.'),
  (bytes) => bytes.map((byte) => `0${byte.toString(8)}`).join('.'),
  ([a, b, c, d]) => `${a}.${(b * 256 + c) * 256 + d}`,
  ([a, b, c, d]) => `${a}.${b}.${c * 256 + d}`,
  (bytes) => wide(bytes.join('.')),
  (bytes) => encodeURIComponent(bytes.join('.')).replace(/\d/g, (digit) => `%3${digit}`),
  (bytes) => `[::ffff:${bytes.join('.')}]`,
  (bytes) => `[::ffff:${groups(bytes)}]`,
  (bytes) => `[::${groups(bytes)}]`,
  (bytes) => `[64:ff9b::${groups(bytes)}]`,
  (bytes) => `[64:ff9b:1::${groups(bytes)}]`,
  (bytes) => `[2002:${groups(bytes)}::]`,
];

const OTHERS: readonly string[] = [
  'https://localhost/',
  'https://LOCALHOST:8443/',
  'https://localhost./',
  'https://hook.localhost/',
  'https://0/',
  'https://0.0.0.0/',
  'https://[::]/',
  'https://[::1]/',
  'https://[0:0:0:0:0:0:0:1]:8443/',
  'https://[fe80::1]/',
  'https://[fe80::1%25lo]/',
  'https://[fd00:ec2::254]/',
  'https://[ff02::1]/',
  'https://255.255.255.255/',
  'https://224.0.0.1/',
  'https:127.0.0.1',
  'https:\\\\127.0.0.1\\',
  'http://public.example/',
  'https://public.example:22/',
  'https://public.example:6379/',
  'https://user:password@public.example/',
  'https://public.example@127.0.0.1/',
  'ftp://public.example/',
  'file:///etc/passwd',
  'gopher://127.0.0.1:6379/_INFO',
  'data:text/plain,hello',
  'javascript:alert(1)',
  '//public.example/',
  '/hook',
  '',
];

/** URLs that nothing may ever be sent to, whatever any name server says. */
export const hostileUrls: readonly string[] = [
  ...INSIDE.flatMap((address) => SPELLINGS.map((spelling) => `https://${spelling(address)}/`)),
  ...OTHERS,
];

/** Names of an attacker, and what their name server answers: time after time the next one. */
export const hostileNames: Readonly<Record<string, readonly (readonly string[])[]>> = {
  ...Object.fromEntries(INSIDE.map((address, index) => [`inside-${index}.example`, [[address.join('.')]]])),
  ...Object.fromEntries(
    INSIDE.map((address, index) => [`mapped-${index}.example`, [[`::ffff:${address.join('.')}`]]]),
  ),
  'loopback-six.example': [['::1']],
  'local-six.example': [['fd00::1']],
  'link-six.example': [['fe80::1']],
  'both.example': [['93.184.216.34', '10.0.0.1']],
  'both-turned.example': [['10.0.0.1', '93.184.216.34']],
  'six-and-four.example': [['2606:2800:220:1::1', '127.0.0.1']],
  'nothing.example': [[]],
  'nonsense.example': [['not an address']],
  'short.example': [['127.1']],
};

/** A name that is public when it is looked up first, and inside ever after. */
export const REBINDING = 'rebinding.example';
export const rebound: readonly (readonly string[])[] = [['93.184.216.34'], ['127.0.0.1']];

/** A name that is public, while whoever routes its packets leads them inside. */
export const DIVERTED = 'diverted.example';
export const PUBLIC: readonly (readonly string[])[] = [['93.184.216.34']];
