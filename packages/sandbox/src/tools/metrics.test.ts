import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FILES_A_PAGE, measure, measurePackage } from './metrics.ts';

const folders: string[] = [];
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

async function packageOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'torii-metrics-'));
  folders.push(folder);
  await mkdir(join(folder, 'shop/src/deep'), { recursive: true });
  await Promise.all(
    Object.entries(files).map(([name, text]) => writeFile(join(folder, 'shop/src', name), text)),
  );
  return folder;
}

test.each`
  source                                                      | lines | functions | exports
  ${''}                                                       | ${1}  | ${0}      | ${0}
  ${'export const one = 1;\n'}                                | ${1}  | ${0}      | ${1}
  ${'export function a() {}\nasync function b() {}\n'}        | ${2}  | ${2}      | ${1}
  ${'export { a, type B, c as d } from "./x.ts";\n'}          | ${1}  | ${0}      | ${3}
  ${'export type { A } from "./x.ts";\nexport type B = 1;\n'} | ${2}  | ${0}      | ${2}
  ${'const f = () => 1;\n// export const no = 1;\n'}          | ${2}  | ${0}      | ${0}
  ${'  function inner() {}\n\nexport abstract class C {}\n'}  | ${3}  | ${1}      | ${1}
`('$source', ({ source, lines, functions, exports }) => {
  expect(measure(source)).toMatchObject({ lines, functions, exports });
});

test('a package is counted without its tests, folders included', async () => {
  const folder = await packageOf({
    'a.ts': 'export const a = 1;\n',
    'deep/b.ts': '\n\n',
    'a.test.ts': 'no\n',
    'a.types.ts': 'no\n',
    'note.md': 'no',
  });

  expect(await measurePackage(folder, 'shop', 1)).toEqual({
    package: 'shop',
    files: 2,
    of: 2,
    nextPage: undefined,
    lines: 3,
    filled: 1,
    functions: 0,
    exports: 1,
  });
});

test('a large package comes in pages, and all of them count every file once', async () => {
  const names = Array.from({ length: FILES_A_PAGE + 3 }, (_, index) => [
    `f${index}.ts`,
    'export const a = 1;\n',
  ]);
  const folder = await packageOf(Object.fromEntries(names) as Record<string, string>);

  const pages = [
    await measurePackage(folder, 'shop', 1),
    await measurePackage(folder, 'shop', 2),
    await measurePackage(folder, 'shop', 3),
  ];

  expect(pages.map((page) => [page?.files, page?.nextPage])).toEqual([
    [FILES_A_PAGE, 2],
    [3, undefined],
    [0, undefined],
  ]);
});

test.each(['nowhere', '..', '../shop', ''])('`%s` is no package', async (name) => {
  const folder = await packageOf({});

  expect(await measurePackage(folder, name, 1)).toBeUndefined();
});
