import { fakeClock } from '../testing/fake-clock.ts';
import { createEgress, type EgressOptions } from './index.ts';

/** What name servers of the attacker answer. */
const names: Readonly<Record<string, readonly string[]>> = {
  localhost: ['127.0.0.1', '::1'],
  'localhost.': ['127.0.0.1'],
  'app.localhost': ['127.0.0.1'],
  'loopback.example': ['127.0.0.1'],
  'private.example': ['10.1.2.3'],
  'metadata.example': ['169.254.169.254'],
  'mixed.example': ['93.184.216.34', '10.0.0.1'],
  'mixed-last.example': ['2606:2800:220:1::1', '93.184.216.34', '::1'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'mapped-hex.example': ['::ffff:7f00:1'],
  'compatible.example': ['::7f00:1'],
  'nat64.example': ['64:ff9b::7f00:1'],
  'nat64-local.example': ['64:ff9b:1::a00:1'],
  '6to4.example': ['2002:7f00:1::'],
  'teredo.example': ['2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  'unique-local.example': ['fd00::1'],
  'link-local.example': ['fe80::1'],
  'zone.example': ['fe80::1%eth0'],
  'site-local.example': ['fec0::1'],
  'nobody.example': [],
  'nonsense.example': ['not an address'],
  'short.example': ['127.1'],
  '127.0.0.1.example': ['127.0.0.1'],
  'public.example': ['93.184.216.34'],
  'both.example': ['93.184.216.34', '2606:2800:220:1::1'],
  'inside.example': ['10.9.8.7'],
};

function egress(options: EgressOptions = {}) {
  const dialled: unknown[] = [];
  const made = createEgress({
    ...options,
    clock: fakeClock(),
    resolve: async (host) => names[host] ?? [],
    dial: (place) => {
      dialled.push(place.host);
      throw new Error('dialled');
    },
  });
  const post = (url: string) =>
    made.post(url, { headers: {}, body: '', timeoutMs: 1_000, signal: new AbortController().signal });
  return { dialled, post, refusalOf: made.refusalOf.bind(made) };
}

test.each([
  // Not a URL that is sent to.
  '',
  'example.com',
  '//public.example/',
  'https://',
  'ftp://public.example/',
  'file:///etc/passwd',
  'gopher://127.0.0.1:6379/_INFO',
  'javascript:alert(1)',
  'data:text/plain,hello',
  'ws://public.example/',
  // A user name in front, which readers take for the host.
  'https://user@public.example/',
  'https://user:password@public.example/',
  'https://:password@public.example/',
  'https://public.example@127.0.0.1/',
  'https://public.example%40evil.example@10.0.0.1/',
  // Not the usual way.
  'http://public.example/',
  'http://public.example:443/',
  'https://public.example:22/',
  'https://public.example:80/',
  'https://public.example:6379/',
  'https://public.example:8080/',
  'https://93.184.216.34:25/',
  'http://93.184.216.34/',
  // This machine, in every spelling.
  'https://127.0.0.1/',
  'https://127.0.0.1:8443/',
  'https://127.255.255.254/',
  'https://127.1/',
  'https://127.0.1/',
  'https://0/',
  'https://0.0.0.0/',
  'https://0x7f000001/',
  'https://0x7f.0.0.1/',
  'https://0177.0.0.1/',
  'https://017700000001/',
  'https://2130706433/',
  'https://127.0.0.1./',
  'https://１２７.０.０.１/',
  'https://127。0。0。1/',
  'https://①②⑦.⓪.⓪.①/',
  'https://%31%32%37.0.0.1/',
  'https:\\\\127.0.0.1\\',
  'https:127.0.0.1',
  'https://localhost/',
  'https://LOCALHOST/',
  'https://localhost./',
  'https://app.localhost/',
  'https://ⓛocalhost/',
  'https://[::1]/',
  'https://[0:0:0:0:0:0:0:1]/',
  'https://[::]/',
  'https://[::127.0.0.1]/',
  'https://[::7f00:1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[0:0:0:0:0:ffff:7f00:0001]/',
  // Inside the own network, reserved, or a way there.
  'https://10.0.0.1/',
  'https://10.255.255.255/',
  'https://172.16.0.1/',
  'https://172.31.255.255/',
  'https://192.168.1.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://2852039166/latest/meta-data/',
  'https://100.100.100.200/',
  'https://100.64.0.1/',
  'https://192.0.0.1/',
  'https://192.0.2.1/',
  'https://198.18.0.1/',
  'https://198.51.100.7/',
  'https://203.0.113.9/',
  'https://224.0.0.1/',
  'https://240.0.0.1/',
  'https://255.255.255.255/',
  'https://[fc00::1]/',
  'https://[fd00:ec2::254]/',
  'https://[fe80::1]/',
  'https://[fe80::1%25eth0]/',
  'https://[fec0::1]/',
  'https://[ff02::1]/',
  'https://[64:ff9b::127.0.0.1]/',
  'https://[64:ff9b::a9fe:a9fe]/',
  'https://[64:ff9b:1::a00:1]/',
  'https://[2002:7f00:1::]/',
  'https://[2001::1]/',
  'https://[2001:db8::1]/',
  'https://[100::1]/',
  'https://[::ffff:0:127.0.0.1]/',
  'https://[::ffff:10.0.0.1]/',
  'https://[::ffff:169.254.169.254]/',
  // Names that lead there.
  'https://loopback.example/',
  'https://private.example/',
  'https://metadata.example/',
  'https://mixed.example/',
  'https://mixed-last.example/',
  'https://mapped.example/',
  'https://mapped-hex.example/',
  'https://compatible.example/',
  'https://nat64.example/',
  'https://nat64-local.example/',
  'https://6to4.example/',
  'https://teredo.example/',
  'https://unique-local.example/',
  'https://link-local.example/',
  'https://zone.example/',
  'https://site-local.example/',
  'https://nobody.example/',
  'https://nonsense.example/',
  'https://short.example/',
  'https://127.0.0.1.example/',
])('`%s` is refused, and nothing is connected', async (url) => {
  const { post, dialled } = egress();

  expect(await post(url)).toMatchObject({
    kind: 'refused',
    reason: expect.stringMatching(/^(expected|the) /),
  });
  expect(dialled).toEqual([]);
});

test.each([
  'https://public.example/hook?token=1',
  'https://public.example:8443/',
  'https://both.example/',
  'https://93.184.216.34/',
  'https://0x5db8d822/',
  'https://[2606:2800:220:1::1]/',
  'https://[::ffff:93.184.216.34]/',
])('`%s` is connected', async (url) => {
  const { post, dialled, refusalOf } = egress();

  expect(refusalOf(url)).toBeUndefined();
  expect(await post(url)).toEqual({ kind: 'failed', reason: 'could not be reached' });
  expect(dialled).toHaveLength(1);
});

test.each`
  allow                     | url                               | answer
  ${['127.0.0.1']}          | ${'http://127.0.0.1:3000/'}       | ${'connected'}
  ${['127.0.0.1']}          | ${'http://0x7f000001/'}           | ${'connected'}
  ${['127.0.0.1']}          | ${'http://[::ffff:127.0.0.1]/'}   | ${'connected'}
  ${['127.0.0.1']}          | ${'http://loopback.example:8080'} | ${'refused'}
  ${['127.0.0.1']}          | ${'https://loopback.example'}     | ${'connected'}
  ${['127.0.0.0/8']}        | ${'http://loopback.example:8080'} | ${'connected'}
  ${['127.0.0.1']}          | ${'http://127.0.0.2/'}            | ${'refused'}
  ${['127.0.0.1']}          | ${'http://localhost/'}            | ${'refused'}
  ${['127.0.0.1', '::1']}   | ${'http://localhost/'}            | ${'refused'}
  ${['127.0.0.0/8', '::1']} | ${'http://localhost/'}            | ${'connected'}
  ${['127.0.0.1']}          | ${'http://public.example/'}       | ${'refused'}
  ${['127.0.0.1']}          | ${'https://public.example:81/'}   | ${'refused'}
  ${['127.0.0.1']}          | ${'http://user@127.0.0.1/'}       | ${'refused'}
  ${['127.0.0.1']}          | ${'ftp://127.0.0.1/'}             | ${'refused'}
  ${['127.0.0.1:3000']}     | ${'http://127.0.0.1:3000/'}       | ${'connected'}
  ${['127.0.0.1:3000']}     | ${'http://127.0.0.1:3001/'}       | ${'refused'}
  ${['localhost']}          | ${'http://localhost:1/'}          | ${'connected'}
  ${['LOCALHOST']}          | ${'http://localhost:1/'}          | ${'connected'}
  ${['localhost']}          | ${'http://app.localhost/'}        | ${'refused'}
  ${['localhost']}          | ${'http://127.0.0.1/'}            | ${'refused'}
  ${['localhost:8080']}     | ${'http://localhost:8080/'}       | ${'connected'}
  ${['localhost:8080']}     | ${'https://localhost/'}           | ${'refused'}
  ${['localhost:80']}       | ${'http://localhost/'}            | ${'connected'}
  ${['10.0.0.0/8']}         | ${'https://private.example/'}     | ${'connected'}
  ${['10.0.0.0/8']}         | ${'http://inside.example:9/'}     | ${'connected'}
  ${['10.0.0.0/8']}         | ${'https://mixed.example/'}       | ${'connected'}
  ${['10.0.0.0/8']}         | ${'http://mixed.example/'}        | ${'refused'}
  ${['10.0.0.0/8']}         | ${'https://loopback.example/'}    | ${'refused'}
  ${['10.0.0.0/8']}         | ${'https://11.0.0.1:22/'}         | ${'refused'}
  ${['fd00::/8']}           | ${'http://[fd12::1]:8080/'}       | ${'connected'}
  ${['fd00::/8']}           | ${'http://[fe80::1]:8080/'}       | ${'refused'}
  ${['[::1]:8080']}         | ${'http://[::1]:8080/'}           | ${'connected'}
  ${['[::1]:8080']}         | ${'http://[::1]/'}                | ${'refused'}
  ${['private.example']}    | ${'http://private.example:7/'}    | ${'connected'}
`('with `$allow` allowed, $url is $answer', async ({ allow, url, answer }) => {
  const { post, dialled } = egress({ allow: allow as readonly string[] });

  const { kind } = await post(String(url));

  expect([kind, dialled.length]).toEqual(answer === 'connected' ? ['failed', 1] : ['refused', 0]);
});

test.each([
  [''],
  ['*'],
  ['http://localhost'],
  ['localhost/'],
  ['localhost:0'],
  ['localhost:65536'],
  ['localhost:port'],
  ['user@localhost'],
  ['10.0.0.0/33'],
  ['10.0.0.0/8/8'],
  ['10.0.0.0/'],
  ['fd00::/129'],
  ['local host'],
  [8080],
  [null],
])('an entry %p of the allow list is a mistake', (entry) => {
  expect(() => createEgress({ clock: fakeClock(), allow: ['localhost', entry as string] })).toThrow(
    expect.objectContaining({
      code: 'OPTIONS_INVALID',
      message: expect.stringContaining('`egress.allow.1`'),
    }),
  );
});
