// Keeps every example in the documentation true. TypeScript blocks are compiled together and, where marked
// `ts run`, executed; JSON is parsed and, where marked `json policy`, compiled as a policy; shell blocks may only
// use commands that exist; links within the repository lead somewhere. `npm run docs`
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { transformSync } from 'esbuild';

import { fenceFindings, fencesOf } from './docs/fences.mjs';
import { linkFindings } from './docs/links.mjs';
import { build, root, run, tsc } from './run.mjs';

const cache = join(root, 'node_modules/.cache/docs');

/** The Markdown pages that hold examples. */
function pages() {
  const below = (folder) =>
    existsSync(join(root, folder))
      ? readdirSync(join(root, folder), { recursive: true })
          .map(String)
          .filter((file) => file.endsWith('.md'))
          .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
      : [];
  const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`);
  const atRoot = readdirSync(root).filter((file) => file.endsWith('.md'));
  return [...atRoot, ...below('docs'), ...packages]
    .filter((file) => existsSync(join(root, file)))
    .sort((a, b) => a.localeCompare(b));
}

/** What stands at `path`: the text of a page, true for anything else, undefined for nothing. */
function read(path) {
  if (!existsSync(join(root, path))) return undefined;
  return path.endsWith('.md') ? readFileSync(join(root, path), 'utf8') : true;
}

/** Writes each block to a file of its own, on the same lines as in its page, and remembers where it came from. */
function extract(fences) {
  rmSync(cache, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, 'package.json'), '{ "type": "module", "private": true }\n');
  return fences.map((fence) => {
    const name = `${fence.file.replace(/\.md$/, '').replaceAll(/[^\w-]+/g, '-')}-${fence.line}`;
    const padding = '\n'.repeat(fence.line - 1);
    writeFileSync(join(cache, `${name}.ts`), `${padding}${fence.content}\nexport {};\n`);
    return { fence, name };
  });
}

/** Compiles all blocks at once; each finding names the page and its line. */
async function compile(blocks) {
  const config = {
    extends: '../../../tsconfig.base.json',
    compilerOptions: {
      noEmit: true,
      composite: false,
      declaration: false,
      declarationMap: false,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      noUnusedLocals: false,
      noUnusedParameters: false,
      types: ['node', 'jest'],
    },
    files: blocks.map(({ name }) => `${name}.ts`),
  };
  writeFileSync(join(cache, 'tsconfig.json'), JSON.stringify(config));
  const { status, output } = await run(process.execPath, [tsc, '-p', cache, '--pretty', 'false']);
  if (status === 0) return [];
  const pageOf = new Map(blocks.map(({ name, fence }) => [name, fence.file]));
  return output
    .trim()
    .split(/\n(?=\S)/)
    .map((line) =>
      line.replace(/^[^(]*?([\w-]+)\.ts\((\d+),\d+\):/, (all, name, at) =>
        pageOf.has(name) ? `${pageOf.get(name)}:${at}` : all,
      ),
    );
}

/** Runs the marked blocks as a reader's program would run; a block of `text output` after one is what it prints. */
async function execute(blocks, fences) {
  const marked = blocks.filter(({ fence }) => fence.words.includes('run'));
  if (marked.length > 0) await build();
  const findings = [];
  for (const { fence, name } of marked) {
    const source = readFileSync(join(cache, `${name}.ts`), 'utf8');
    const program = join(cache, `${name}.mjs`);
    writeFileSync(program, transformSync(source, { loader: 'ts', format: 'esm', target: 'es2022' }).code);
    const ran = await run(process.execPath, [program], { cwd: cache, timeoutMs: 60_000 });
    if (ran.status !== 0) findings.push(`${fence.file}:${fence.line} the block does not run:\n${ran.output}`);
    const next = fences[fences.indexOf(fence) + 1];
    const shown = next?.file === fence.file && next.words.includes('output') ? next : undefined;
    if (shown !== undefined && shown.content.trim() !== ran.stdout.trim())
      findings.push(`${shown.file}:${shown.line} is not what the block before it prints:\n${ran.stdout}`);
  }
  return findings;
}

/** Compiles every `json policy` block with the engine itself. */
async function compileJson(fences) {
  if (fences.length === 0) return [];
  await build('packages/engine');
  const { assetTable, compilePolicies } = await import('@torii/engine');
  if (compilePolicies === undefined)
    return ['packages/engine exports no `compilePolicies`, which the policy examples need'];
  return fences.flatMap(({ file, line, content }) => {
    try {
      const document = JSON.parse(content);
      compilePolicies(Array.isArray(document) ? document : [document], assetTable([]));
      return [];
    } catch (error) {
      return [`${file}:${line} is not a policy: ${error.message}`];
    }
  });
}

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const fences = pages().flatMap((file) => fencesOf(file, readFileSync(join(root, file), 'utf8')));
const blocks = extract(fences.filter(({ language }) => language === 'ts'));
const policies = fences.filter(({ language, words }) => language === 'json' && words.includes('policy'));

const findings = [
  ...pages().flatMap((file) => linkFindings(file, readFileSync(join(root, file), 'utf8'), read)),
  ...fences.flatMap((fence) => fenceFindings(fence, scripts)),
];
if (blocks.length > 0) findings.push(...(await compile(blocks)));
if (findings.length === 0)
  findings.push(...(await execute(blocks, fences)), ...(await compileJson(policies)));

for (const finding of findings) console.log(finding);
console.log(`docs: ${fences.length} blocks on ${pages().length} pages, ${findings.length} failed`);
if (findings.length > 0) process.exitCode = 1;
