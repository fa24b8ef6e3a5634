// Packs every package that is published and judges the tarball: its contents, publint, attw, and whether each
// export loads in plain Node. `npm run packages`
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

import { contentFindings } from './packages/contents.mjs';
import { build, root, run, seconds } from './run.mjs';

const cache = join(root, 'node_modules/.cache/packages');
const attw = join(root, 'node_modules/.bin/attw');

/** The packages that are published, with their manifests. */
function published() {
  return readdirSync(join(root, 'packages'))
    .map((name) => ({ name, folder: join(root, 'packages', name) }))
    .filter(({ folder }) => existsSync(join(folder, 'package.json')))
    .map((each) => ({
      ...each,
      manifest: JSON.parse(readFileSync(join(each.folder, 'package.json'), 'utf8')),
    }))
    .filter(({ manifest }) => manifest.private !== true);
}

/** Packs one package and unpacks it where Node will find it beside the dependencies of the workspace. */
async function pack({ folder, manifest }) {
  const { status, stdout, output } = await run('npm', ['pack', '--json', '--pack-destination', cache], {
    cwd: folder,
  });
  if (status !== 0) throw new Error(output);
  const [{ filename, files, unpackedSize }] = Object.values(JSON.parse(stdout));
  const tarball = join(cache, filename);
  const unpacked = join(cache, 'node_modules', manifest.name);
  mkdirSync(unpacked, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1']);
  return { tarball, unpackedSize, files: files.map(({ path }) => path) };
}

async function judge({ manifest }, { tarball, files }) {
  const content = readFileSync(tarball);
  const bytes = content.buffer.slice(content.byteOffset, content.byteOffset + content.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball: bytes }, strict: true });
  const types = await run(process.execPath, [
    attw,
    tarball,
    '--profile',
    'esm-only',
    '--no-emoji',
    '--no-color',
    '--format',
    'ascii',
  ]);
  return [
    ...contentFindings(manifest, files),
    ...messages
      .filter(({ type }) => type !== 'suggestion')
      .map((each) => `publint: ${formatMessage(each, pkg)}`),
    ...(types.status === 0 ? [] : [`attw:\n${types.output}`]),
    ...(await loadFindings(manifest)),
  ];
}

/** Imports every entry of the unpacked tarball, without the condition that points into `src`. */
async function loadFindings(manifest) {
  const entries = Object.keys(manifest.exports).filter((entry) => !entry.endsWith('.json'));
  const findings = [];
  for (const entry of entries) {
    const specifier = manifest.name + entry.slice(1);
    const program = `await import(${JSON.stringify(specifier)});`;
    const { status, output } = await run(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: cache,
    });
    if (status !== 0) findings.push(`\`${specifier}\` does not load:\n${output}`);
  }
  return findings;
}

await build();
rmSync(cache, { recursive: true, force: true });
mkdirSync(cache, { recursive: true });

const packed = [];
for (const each of published()) packed.push([each, await pack(each)]);

let failures = 0;
for (const [each, tarball] of packed) {
  const started = performance.now();
  const findings = await judge(each, tarball);
  const size = `${tarball.files.length} files, ${Math.round(tarball.unpackedSize / 1024)} KiB`;
  console.log(
    `${each.manifest.name.padEnd(18)} ${findings.length === 0 ? 'ok' : 'FAILED'}  ${size}, ${seconds(performance.now() - started)}`,
  );
  for (const finding of findings) console.log(`  ${finding}`);
  if (findings.length > 0) failures++;
}
console.log(`packages: ${packed.length - failures} passed, ${failures} failed`);
if (failures > 0) process.exitCode = 1;
