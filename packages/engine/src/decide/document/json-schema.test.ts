import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { descriptions } from './descriptions.ts';
import { policyJsonSchema } from './json-schema.ts';
import { passes } from './json-schema.test-support.ts';
import { policySchema } from './schema.ts';

type Json = Readonly<Record<string, unknown>>;

const schema = policyJsonSchema();
const root = new URL('../../../../../', import.meta.url);
const approvers = ['a@b'];

/** A document that has every key of the schema at least once. */
const whole = {
  $schema: './node_modules/@torii/engine/schema/policy.schema.json',
  id: 'p',
  version: 2,
  enabled: true,
  description: 'what agents may do',
  extends: 'q',
  timezone: 'Europe/Berlin',
  match: { agents: ['a-*'], owners: ['*@b'], tenants: ['t'], frameworks: ['express'], sessions: ['s'] },
  tools: { allow: ['search', 'github/**', '*', '.a/*.b'], deny: [] },
  effects: {
    allow: ['read', 'admin'],
    overrides: { read: ['get_*'], mutating: ['a'], destructive: ['b'], admin: ['c'] },
  },
  merchants: { allow: ['0xAB', '*.example'], deny: ['x'] },
  networks: { allow: ['eip155:8453', 'eip155:*'], deny: [] },
  categories: { allow: ['api_*'], deny: ['x'] },
  budgets: [
    { scope: 'call', window: 'call', limit: '0.5 USD' },
    { scope: 'tenant', window: 'month', limit: '5.000001 USD', tools: ['a'], timezone: 'UTC' },
    { scope: 'merchant', window: 'rolling 24h', limit: '0 EUR' },
  ],
  rates: [
    { scope: 'agent', limit: 0, per: 'minute', class: 'light' },
    { scope: 'tool', limit: 9, per: '10s', tools: ['a'] },
  ],
  classes: { light: ['a'], 'heavy.2': ['b', '**'] },
  cooldown: '10s',
  wallet: { currency: 'USD' },
  schedule: {
    timezone: 'America/Port-au-Prince',
    allow: [{ days: ['mon', 'sun'], from: '09:00', to: '24:00' }],
    block: [{ from: '2026-01-20T00:00:00Z', to: '2026-01-20T09:30:00.5+01:00', reason: 'release' }],
  },
  approvals: [
    { when: 'always', approvers },
    {
      when: { above: '1 USD', effects: ['admin'], tools: ['a'] },
      require: 2,
      approvers,
      expiresIn: '2h',
      escalate: [{ after: '1h', approvers: ['c@d'] }],
    },
  ],
  rules: [
    { id: 'a', when: 'arguments.branch == "main"', then: 'deny', reason: 'no', tools: ['a'] },
    { id: 'b', when: 'effect == "admin"', then: 'flag', reason: '' },
    {
      id: 'c',
      when: 'true',
      then: 'approve',
      reason: 'look',
      require: 1,
      approvers,
      expiresIn: '1h',
      escalate: [{ after: '1m', approvers }],
    },
  ],
  sessions: {
    mode: 'read-only',
    elevation: {
      tools: ['a'],
      lasts: '5m',
      require: 1,
      approvers,
      expiresIn: '1h',
      escalate: [{ after: '1m', approvers }],
    },
  },
  anomaly: { after: 5, denialRate: 30, writeRate: 80 },
  payments: {
    schemes: ['exact'],
    maxAuthorization: '1.00 USD',
    payees: [`eip155:8453:0x${'aB'.repeat(20)}`],
  },
};

/** Every schema below a schema, with its place in it. */
function* schemasIn(value: unknown, place: string): Generator<readonly [place: string, schema: Json]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [place, value as Json];
  for (const [key, each] of Object.entries(value))
    if (key !== 'examples') yield* schemasIn(each, `${place}/${key}`);
}

const schemas = [...schemasIn(schema, '')];
const keys = schemas.filter(([place]) => /\/properties\/[^/]+$/.test(place));

test('the published file is this schema; where it is not, run npm run schema', () => {
  const file = readFileSync(new URL('packages/engine/schema/policy.schema.json', root), 'utf8');

  expect(JSON.parse(file)).toEqual(JSON.parse(JSON.stringify(schema)));
});

test('the schema says which dialect it is and what it is about', () => {
  expect(schema).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: expect.stringMatching(/^urn:/),
    title: expect.any(String),
    description: expect.any(String),
  });
});

test('every key says what it means, not only what form it has', () => {
  const ofDocuments = keys.filter(([place]) => place.startsWith('/$defs/'));
  const meanings = Object.values(descriptions);
  const speechless = ofDocuments.filter(
    ([, each]) => !meanings.some((meaning) => String(each['description']).startsWith(meaning)),
  );

  expect(ofDocuments.length).toBeGreaterThan(100);
  expect(speechless.map(([place]) => place)).toEqual([]);
});

test('every description belongs to a key', () => {
  const all = keys
    .concat(schemas.filter(([place]) => place.endsWith('/additionalProperties')))
    .map(([, each]) => String(each['description']));

  expect(
    Object.entries(descriptions).filter(([, text]) => !all.some((each) => each.startsWith(text))),
  ).toEqual([]);
});

test('every object is closed, or has names of one kind', () => {
  const open = schemas.filter(
    ([, each]) => each['type'] === 'object' && each['additionalProperties'] !== false,
  );

  expect(open.map(([place, each]) => [place, Object.hasOwn(each, 'propertyNames')])).toEqual([
    ['/$defs/policy/properties/classes', true],
    ['/$defs/policy/properties/people/properties/roles', true],
  ]);
});

test('every example passes where it stands', () => {
  for (const [place, each] of schemas) {
    const examples = Array.isArray(each['examples']) ? each['examples'] : [];
    expect([place, examples.filter((example) => !passes(each, example, schema))]).toEqual([place, []]);
  }
});

/** Every place of a value, and the value with something else at it. */
function* spoilt(value: unknown, others: readonly unknown[]): Generator<unknown> {
  yield* others;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      for (const each of spoilt(item, others)) yield value.with(index, each);
    yield [];
  } else if (typeof value === 'object' && value !== null) {
    yield { ...value, stray: 1 };
    for (const [key, item] of Object.entries(value)) {
      const { [key]: _, ...rest } = value as Json;
      yield rest;
      for (const each of spoilt(item, others)) yield { ...value, [key]: each };
    }
  }
}

describe('the schema and the engine', () => {
  test('take a document that has every key', () => {
    expect(policySchema.safeParse(whole).error).toBeUndefined();
    expect(passes(schema, whole)).toBe(true);
  });

  test.each<[what: string, file: unknown, taken: boolean]>([
    ['a list', [whole, whole], true],
    ['a list under its name', { policies: [whole] }, true],
    ['an empty list', [], true],
    ['an empty list under its name', { policies: [] }, true],
    ['one document under the name of a list', { policies: whole }, false],
    ['a key beside `policies`', { policies: [], stray: 1 }, false],
    ['a list in a list', [[whole]], false],
    ['nothing', null, false],
    ['a text', 'p', false],
    ['a document without a name', {}, false],
  ])('a file of %s', (_, file, taken) => {
    expect(passes(schema, file)).toBe(taken);
  });

  test('agree on a document with one place changed, but for what takes several values to see', () => {
    const others = [
      null,
      1,
      -1,
      1.5,
      '',
      'x',
      '**',
      'a b',
      'ä',
      '5 usd',
      '25:00',
      'rolling 1h',
      {},
      [],
      [1],
      ['x', '***'],
      true,
    ];
    let [disagreements, refused] = [0, 0];
    for (const document of spoilt(whole, others)) {
      const taken = policySchema.safeParse(document).success;
      const passed = passes(schema, document);
      if (taken) expect([document, passed]).toEqual([document, true]);
      if (!taken) refused += 1;
      if (!taken && passed) disagreements += 1;
    }

    expect(refused).toBeGreaterThan(1_000);
    expect(disagreements / refused).toBeLessThan(0.02);
  });

  const text = fc.oneof(
    fc.string({
      unit: fc.constantFrom(
        'a',
        'B',
        '0',
        '1',
        '9',
        '.',
        '/',
        '*',
        ':',
        '-',
        '_',
        ' ',
        'd',
        'h',
        'T',
        'Z',
        'USD',
        'ä',
        '\n',
        'rolling ',
      ),
    }),
    fc.string({ unit: 'binary' }),
  );

  test.each([
    ['id', (value: string) => ({ id: value })],
    ['tools', (value: string) => ({ id: 'p', tools: { deny: [value] } })],
    ['match.agents', (value: string) => ({ id: 'p', match: { agents: [value] } })],
    ['categories', (value: string) => ({ id: 'p', categories: { deny: [value] } })],
    ['networks', (value: string) => ({ id: 'p', networks: { deny: [value] } })],
    ['payments.payees', (value: string) => ({ id: 'p', payments: { payees: [value] } })],
    ['payments.schemes', (value: string) => ({ id: 'p', payments: { schemes: [value] } })],
    ['cooldown', (value: string) => ({ id: 'p', cooldown: value })],
    ['wallet.currency', (value: string) => ({ id: 'p', wallet: { currency: value } })],
    [
      'budgets.limit',
      (value: string) => ({ id: 'p', budgets: [{ scope: 'call', window: 'call', limit: value }] }),
    ],
    [
      'budgets.window',
      (value: string) => ({ id: 'p', budgets: [{ scope: 'agent', window: value, limit: '1 USD' }] }),
    ],
    ['rates.per', (value: string) => ({ id: 'p', rates: [{ scope: 'agent', per: value, limit: 1 }] })],
    [
      'rules.when',
      (value: string) => ({ id: 'p', rules: [{ id: 'r', when: value, then: 'flag', reason: value }] }),
    ],
  ])('%s: no text that the engine takes is refused by the schema', (_, documentOf) => {
    fc.assert(
      fc.property(text, (value) => {
        const document = documentOf(value);
        if (policySchema.safeParse(document).success) expect(passes(schema, document)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test('take every time zone that this machine knows', () => {
    const refused = Intl.supportedValuesOf('timeZone').filter(
      (timezone) => !passes(schema, { id: 'p', timezone }),
    );

    expect(refused).toEqual([]);
  });
});

describe('policies in the documentation', () => {
  const pages = readdirSync(new URL('docs/', root), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.md'));
  const blocks = ['README.md', ...pages.map((name) => `docs/${name}`)].flatMap((name) => {
    const page = readFileSync(new URL(name, root), 'utf8');
    return [...page.matchAll(/^```json policy\n(.*?)^```/gms)].map(
      ([, block = '']) => [name, block] as const,
    );
  });

  test('are there', () => {
    expect(blocks).not.toEqual([]);
  });

  test.each(blocks)('pass the schema: %s', (_, block) => {
    expect(passes(schema, JSON.parse(block))).toBe(true);
  });
});
