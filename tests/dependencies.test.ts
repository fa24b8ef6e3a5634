import { existsSync, readFileSync, readdirSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const fields = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'] as const;
type Manifest = Readonly<Partial<Record<(typeof fields)[number], Readonly<Record<string, string>>>>> & {
  readonly license?: string;
};

const manifestAt = (path: string): Manifest =>
  JSON.parse(readFileSync(new URL(`${path}package.json`, root), 'utf8')) as Manifest;

const places = [
  '',
  'examples/',
  'benchmarks/',
  'proofs/',
  ...readdirSync(new URL('packages/', root)).map((name) => `packages/${name}/`),
];
const named = places
  .filter((place) => existsSync(new URL(`${place}package.json`, root)))
  .map(manifestAt)
  .flatMap((manifest) => fields.flatMap((field) => Object.keys(manifest[field] ?? {})))
  .filter((name) => !name.startsWith('@torii/'));

const page = readFileSync(new URL('docs/dependencies.md', root), 'utf8');
const rows = [...page.matchAll(/^\| `(?<name>[^`]+)` +\| (?<licence>[^|]+?) +\| (?<own>\d+) +\|/gm)].map(
  (row) => ({
    name: row.groups?.['name'] ?? '',
    licence: row.groups?.['licence'],
    own: Number(row.groups?.['own']),
  }),
);

test('docs/dependencies.md has one row for each library that a package.json names, and no other', () => {
  expect(rows.map(({ name }) => name).sort()).toEqual([...new Set(named)].sort());
});

test.each(rows)('docs/dependencies.md is right about $name', ({ name, licence, own }) => {
  const { license, dependencies = {} } = manifestAt(`node_modules/${name}/`);

  expect({ licence, own }).toEqual({ licence: license, own: Object.keys(dependencies).length });
});
