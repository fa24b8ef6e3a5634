import { readFileSync, readdirSync } from 'node:fs';

import { contentFindings, exportTargets } from '../scripts/packages/contents.mjs';

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly license: string;
  readonly type: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const packages = new URL('../packages/', import.meta.url);
const names = readdirSync(packages, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const read = (path: string): string => readFileSync(new URL(path, packages), 'utf8');
const manifestOf = (name: string): Manifest => JSON.parse(read(`${name}/package.json`)) as Manifest;

describe('a tarball', () => {
  const manifest = {
    exports: {
      '.': { '@torii/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
      './package.json': './package.json',
    },
  };
  const files = ['LICENSE', 'README.md', 'package.json', 'dist/index.js', 'dist/index.d.ts', 'src/index.ts'];

  test('with every file that its exports name, and no other kind, is accepted', () => {
    expect(contentFindings(manifest, files)).toEqual([]);
  });

  test.each([
    ['a test', [...files, 'src/money.test.ts']],
    ['a test', [...files, 'dist/money.test.d.ts', 'src/money.test.ts']],
    ['a test', [...files, 'src/engine.test-support.ts']],
    ['a test of types', [...files, 'src/money.types.ts']],
    ['a note of the compiler', [...files, 'dist/engine.tsbuildinfo']],
    ['something private', [...files, '.env']],
    ['has no source any more', [...files, 'dist/old.js']],
    ['`./dist/index.d.ts` for `types`', files.filter((file) => file !== 'dist/index.d.ts')],
    [
      '`./src/index.ts` for `@torii/source`',
      files.filter((file) => !file.startsWith('src') && file !== 'dist/index.js'),
    ],
    ['`LICENSE` is missing', files.filter((file) => file !== 'LICENSE')],
  ])('is refused when there is something wrong: %s', (problem, packed) => {
    expect(contentFindings(manifest, packed)).toEqual(
      expect.arrayContaining([expect.stringContaining(problem)]),
    );
  });

  test('has its exports read through conditions inside conditions', () => {
    expect(exportTargets({ '.': { node: { import: './a.js' }, default: './b.js' } })).toEqual([
      { entry: '.', condition: 'import', target: './a.js' },
      { entry: '.', condition: 'default', target: './b.js' },
    ]);
  });
});

describe.each(names)('packages/%s', (name) => {
  const manifest = manifestOf(name);

  test('is named after its folder, and is an ES module for Node 20 and later', () => {
    expect(manifest).toMatchObject({
      name: `@torii/${name}`,
      type: 'module',
      license: 'Apache-2.0',
      engines: { node: '>=20.19' },
    });
  });

  test('lists the condition for sources first and the default last', () => {
    const conditions = Object.values(manifest.exports).filter((value) => typeof value === 'object');

    for (const each of conditions)
      expect(Object.keys(each ?? {})).toEqual(['@torii/source', 'types', 'default']);
  });

  test('asks for the same version of a library as every other package', () => {
    const asked = names.flatMap((other) => Object.entries(manifestOf(other).dependencies ?? {}));

    const others = asked.filter(([library, range]) => (manifest.dependencies?.[library] ?? range) !== range);

    expect(others).toEqual([]);
  });

  test('carries the licence of the repository if it is published', () => {
    const licence = manifest.private === true ? undefined : read(`${name}/LICENSE`);

    expect([undefined, read('../LICENSE')]).toContain(licence);
  });
});
