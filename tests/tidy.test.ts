import { fileURLToPath } from 'node:url';

import { untidy } from './tidy.ts';
import { importsOf, mask } from './tidy/source.ts';
import { readTree } from './tidy/tree.ts';

const src = 'packages/engine/src';
const published = JSON.stringify({
  name: '@torii/door',
  dependencies: { '@torii/engine': '0.0.0', express: '^5.0.0' },
});

/** The rules that a tree of these files breaks. */
function broken(files: Record<string, string>): readonly string[] {
  const tree = {
    'packages/engine/package.json': '{ "name": "@torii/engine", "dependencies": { "zod": "^4" } }',
    ...files,
  };
  return untidy(tree).map((line) => line.split(' ')[1]?.slice(0, -1) ?? '');
}

describe('the repository', () => {
  const tree = readTree(fileURLToPath(new URL('..', import.meta.url)));

  test('is tidy', () => {
    expect(untidy(tree)).toEqual([]);
  });

  test('was read: the nouns, this test and the packages are in it', () => {
    expect(Object.keys(tree)).toEqual(
      expect.arrayContaining([
        `${src}/nouns/money.ts`,
        'tests/tidy.test.ts',
        'packages/express/package.json',
      ]),
    );
  });
});

describe('an arrow that must not exist is found', () => {
  test.each([
    [
      'a noun imports a stage',
      'noun-to-noun',
      `${src}/nouns/call.ts`,
      "import { decide } from '../decide/decide.ts';",
    ],
    ['a noun imports a package', 'noun-to-noun', `${src}/nouns/call.ts`, "import { z } from 'zod';"],
    [
      'a noun reads a disk',
      'noun-to-noun',
      `${src}/nouns/call.ts`,
      "import { readFileSync } from 'node:fs';",
    ],
    [
      'a stage imports a stage',
      'stage-to-stage',
      `${src}/decide/decide.ts`,
      "import { hold } from '../reserve/hold.ts';",
    ],
    [
      'a stage re-exports a stage',
      'stage-to-stage',
      `${src}/settle/settle.ts`,
      "export { hold } from '../reserve/hold.ts';",
    ],
    [
      'a stage imports a stage for its types',
      'stage-to-stage',
      `${src}/review/review.ts`,
      "import type { A } from '../approve/a.ts';",
    ],
    [
      'a stage imports a stage on demand',
      'stage-to-stage',
      `${src}/execute/execute.ts`,
      "const a = await import('../record/a.ts');",
    ],
    [
      'a stage imports a store',
      'stage-to-stage',
      `${src}/reserve/hold.ts`,
      "import { memoryStore } from '../stores/memory.ts';",
    ],
    [
      'a store imports the engine',
      'up-to-engine',
      `${src}/stores/memory.ts`,
      "import { guard } from '../engine.ts';",
    ],
    [
      'the way out imports what goes over it',
      'folder-to-folder',
      `${src}/egress/egress.ts`,
      "import { createCourier } from '../webhooks/courier.ts';",
    ],
    [
      'a queue imports what is above its folder',
      'folder-to-folder',
      `${src}/jobs/duties.ts`,
      "import { within } from '../deadline.ts';",
    ],
    [
      'decide reads a disk',
      'pure-decide',
      `${src}/decide/rules.ts`,
      "import { readFileSync } from 'node:fs';",
    ],
    ['decide waits', 'pure-decide', `${src}/decide/rules.ts`, 'export const f = async () => 1;'],
    [
      'decide reads the environment',
      'pure-decide',
      `${src}/decide/rules.ts`,
      'export const mode = process.env.MODE;',
    ],
    [
      'the engine imports a door',
      'engine-alone',
      `${src}/engine.test.ts`,
      "import { a } from '@torii/express';",
    ],
    [
      'a test of the engine imports the demonstration',
      'engine-alone',
      `${src}/engine.test.ts`,
      "import { a } from '@torii/sandbox';",
    ],
    [
      'the engine imports a framework',
      'engine-alone',
      `${src}/engine.test.ts`,
      "import express from 'express';",
    ],
    [
      'the engine imports a framework of a scope',
      'engine-alone',
      `${src}/engine.test.ts`,
      "import { a } from '@nestjs/common';",
    ],
    [
      'the engine imports Redis outside its folder',
      'engine-alone',
      `${src}/stores/a.test.ts`,
      "import { Redis } from 'ioredis';",
    ],
    ['the engine imports a chain', 'engine-alone', `${src}/engine.test.ts`, "import { http } from 'viem';"],
    [
      'a test imports the insides of a package',
      'internals',
      'tests/a.test.ts',
      "import { a } from '../packages/engine/src/a.ts';",
    ],
    [
      'an example imports the insides of a package',
      'internals',
      'examples/a.ts',
      "import { a } from '@torii/engine/dist/a.js';",
    ],
    [
      'a package imports what it does not declare',
      'declared',
      `${src}/decide/rules.ts`,
      "import { z } from 'yup';",
    ],
    [
      'an import hides behind a computed name',
      'computed-import',
      `${src}/settle/settle.ts`,
      'const a = await import(name);',
    ],
  ])('%s', (_, rule, path, text) => {
    expect(broken({ [path]: text })).toEqual([rule]);
  });

  test.each([
    ['a door imports a door', 'door-to-door', "import { a } from '@torii/vercel-ai';"],
    ['a door imports the server', 'door-to-door', "import { a } from '@torii/server';"],
    ['a door imports Redis', 'door-to-door', "import { Redis } from 'ioredis';"],
    ['a door imports the insides of the engine', 'internals', "import { a } from '../../engine/src/a.ts';"],
    ['published code imports the sandbox', 'published-only', "import { a } from '@torii/sandbox';"],
    [
      'published code imports what is for tests',
      'published-only',
      "import { a } from '@torii/engine/testing';",
    ],
  ])('%s', (_, rule, text) => {
    expect(broken({ 'packages/door/package.json': published, 'packages/door/src/index.ts': text })).toContain(
      rule,
    );
  });

  test('the tests of a door use a server, and not what is published', () => {
    const text = "import { Queue } from 'bullmq';";

    expect(broken({ 'packages/door/src/a.test.ts': text })).not.toContain('door-to-door');
    expect(broken({ 'packages/door/src/a.ts': text })).toContain('door-to-door');
  });

  test('the engine imports servers outside its tests', () => {
    const text = "import { startRedis } from '@torii/sandbox/redis';";

    expect(broken({ [`${src}/redis/a.ts`]: text })).toContain('engine-alone');
  });

  test('the root of the engine loads an optional peer through another file', () => {
    const files = {
      [`${src}/index.ts`]: "export { sqliteStore } from './stores/sqlite.ts';",
      [`${src}/stores/sqlite.ts`]: "import type { A } from './a.ts';\nimport { b } from './b.ts';",
      [`${src}/stores/b.ts`]: "import { DatabaseSync } from 'node:sqlite';",
    };

    expect(broken(files)).toEqual(['light-root']);
  });
});

describe('an arrow that may exist is left alone', () => {
  test.each([
    [
      'a stage imports a noun, itself and a package',
      `${src}/decide/a.ts`,
      "import './b.ts';\nimport { m } from '../nouns/m.ts';\nimport { z } from 'zod';",
    ],
    [
      'a store loads an optional peer on demand',
      `${src}/stores/sqlite.ts`,
      "const db = await import(name); // 'libsql' or 'node:sqlite'",
    ],
    [
      'a comment and a string speak of imports',
      `${src}/nouns/a.ts`,
      "// import { x } from '../engine.ts'\nexport const a = \"import x from 'express'\";",
    ],
    [
      'a test of a stage imports what is for tests',
      `${src}/decide/a.test.ts`,
      "import { call } from '../testing/call.ts';",
    ],
    [
      'a test of the engine starts a server',
      `${src}/redis/a.test.ts`,
      "import { startRedis } from '@torii/sandbox/redis';",
    ],
    [
      'a test-support file of the engine starts a server',
      `${src}/redis/a.test-support.ts`,
      "import { startRedis } from '@torii/sandbox/redis';",
    ],
    [
      'an example imports packages',
      'examples/a.ts',
      "import express from 'express';\nimport { a } from '@torii/express';",
    ],
  ])('%s', (_, path, text) => {
    expect(broken({ [path]: text })).toEqual([]);
  });
});

describe('a habit that we left is found', () => {
  test.each([
    ['export-star', `${src}/index.ts`, "export * from './nouns/money.ts';"],
    ['export-star', `${src}/index.ts`, "export * as money from './nouns/money.ts';"],
    ['export-star', `${src}/index.ts`, "export type * from './nouns/money.ts';"],
    ['default-export', `${src}/a.ts`, 'export default 1;'],
    ['default-export', `${src}/a.ts`, 'const a = 1;\nexport { a as default };'],
    ['ambient', 'packages/express/src/a.ts', 'export const a = Date.now();'],
    ['ambient', `${src}/a.ts`, 'export const a = Date.now();'],
    ['ambient', `${src}/a.ts`, 'export const a = new Date();'],
    ['ambient', `${src}/a.ts`, 'export const a = `${new Date( )}`;'],
    ['ambient', `${src}/a.ts`, 'export const a = Math.random();'],
    ['ambient', `${src}/a.ts`, 'export const a = crypto.randomUUID();'],
    ['ambient', `${src}/a.ts`, 'globalThis.setTimeout(task, 10);'],
    ['ambient', `${src}/a.ts`, "export const a = fetch('https://example.com');"],
    ['package-name', 'packages/utils/README.md', ''],
    ['file-name', `${src}/priceCap.ts`, ''],
    ['file-name', `${src}/PriceCap/index.ts`, ''],
    ['file-name', `${src}/url-helpers.ts`, ''],
    ['left-out', 'tests/a.test.ts', "test.only('a', () => {});"],
    ['left-out', 'tests/a.test.ts', "describe.skip('a', () => {});"],
    ['left-out', 'tests/a.test.ts', "test.skip.each([1])('a', () => {});"],
    ['left-out', 'tests/a.test.ts', "xtest('a', () => {});"],
    ['absolute-path', 'docs/a.md', `see /${'home'}/ann/torii`],
    ['docstring', `${src}/a.ts`, 'export function a(): void {}'],
    ['docstring', `${src}/a.ts`, '/** Not this one. */\nconst b = 1;\nexport class A {}'],
    ['docstring', `${src}/a.ts`, '/** B. */\n@C()\nclass B {}\n@C({\n  d: 1,\n})\nexport class A {}'],
  ])('%s in %s: %s', (rule, path, text) => {
    expect(broken({ [path]: text })).toEqual([rule]);
  });

  test.each([
    ['a time that was given', `${src}/a.ts`, 'export const a = new Date(now).toISOString();'],
    ['time in its one source', `${src}/nouns/clock.ts`, 'export const now = Date.now();'],
    ['a title that speaks of skipping', 'tests/a.test.ts', "test('test.only is found', () => {});"],
    ['a route that ends like a folder', 'docs/a.md', `https://example.com/${'home'}/ann`],
    ['decorators after a docstring', `${src}/a.ts`, '/** A. */\n@B({\n  c: 1,\n})\n@D()\nexport class A {}'],
    [
      'overloads after a docstring',
      `${src}/a.ts`,
      '/** A. */\nexport function a(b: 1): 1;\nexport function a(b: 2): 2 {}',
    ],
  ])('but not %s', (_, path, text) => {
    expect(broken({ [path]: text })).toEqual([]);
  });
});

test.each`
  path                 | lines  | rules
  ${`${src}/a.ts`}     | ${400} | ${[]}
  ${`${src}/a.ts`}     | ${401} | ${['size']}
  ${'scripts/a.mjs'}   | ${401} | ${['size']}
  ${'tests/a.test.ts'} | ${600} | ${[]}
  ${'tests/a.test.ts'} | ${601} | ${['size']}
`('$path of $lines lines breaks $rules', ({ path, lines, rules }) => {
  expect(broken({ [path]: 'const a = 1;\n'.repeat(lines) })).toEqual(rules);
});

describe('the reader of imports', () => {
  test.each([
    ["import a from 'm';", 'm', 'static'],
    ["import a, { b } from 'm';", 'm', 'static'],
    ["import * as a from 'm';", 'm', 'static'],
    ["import {\n  a, // from 'n'\n  type b,\n} from 'm';", 'm', 'static'],
    ["import{a}from'm'", 'm', 'static'],
    ["import 'm';", 'm', 'static'],
    ["export { a as b } from 'm';", 'm', 'static'],
    ["export * from 'm';", 'm', 'static'],
    ["import a from 'm' with { type: 'json' };", 'm', 'static'],
    ["await import('m');", 'm', 'dynamic'],
    ['await import(`m`);', 'm', 'dynamic'],
    ["type A = import('m').A;", 'm', 'dynamic'],
    ["import a = require('m');", 'm', 'dynamic'],
    ["const a = `${await import('m')}`;", 'm', 'dynamic'],
    ['await import(`m/${a}`);', undefined, 'dynamic'],
  ])('reads %s', (text, specifier, kind) => {
    expect(importsOf(text)).toEqual([expect.objectContaining({ specifier, kind })]);
  });

  test.each([
    ["import type { A } from 'm';", true],
    ["export type { A } from 'm';", true],
    ["import { type A } from 'm';", false],
    ["import type, { a } from 'm';", false],
  ])('of %s says whether it is erased: %s', (text, typeOnly) => {
    expect(importsOf(text)).toEqual([expect.objectContaining({ typeOnly })]);
  });

  test.each([
    ["a.import('m');"],
    ['import.meta.url;'],
    ["const a = { import: 'm', from: 'n' };"],
    ["/* import a from 'm'; */"],
    ["const a = /import 'm'/;"],
    ["const a = `import b from 'm'`;"],
  ])('sees no import in %s', (text) => {
    expect(importsOf(text)).toEqual([]);
  });

  test.each([
    ["a('//'); b", "a('  '); b"],
    ['a / b / c', 'a / b / c'],
    ['a = /["\'`]/g; b', 'a =         ; b'],
    ['`a${ { b: `c` } }d`; e', '` ${ { b: ` ` } } `; e'],
    ["'it\\'s'; a", "'     '; a"],
    ['// a\nb', '    \nb'],
  ])('masks %s without moving the rest', (text, code) => {
    expect(mask(text)).toBe(code);
  });
});
