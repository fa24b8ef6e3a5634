// What a packed package may and must contain, judged from its manifest and the list of its files.

const forbidden = [
  [/\.test(?:-support)?(?:\.d)?\.[cm]?[jt]s(?:\.map)?$|(?:^|\/)__tests__\//, 'a test'],
  [/\.types\.[cm]?ts$/, 'a test of types'],
  [/\.tsbuildinfo$/, 'a note of the compiler'],
  [/(?:^|\/)(?:\.env|\.npmrc|node_modules)(?:$|[./])/, 'something private'],
];

/**
 * Everything wrong with a tarball, one sentence each.
 *
 * @param {Record<string, unknown>} manifest
 * @param {readonly string[]} files paths from the root of the package
 * @returns {string[]}
 */
export function contentFindings(manifest, files) {
  return [
    ...files.flatMap((file) =>
      forbidden
        .filter(([pattern]) => pattern.test(file))
        .map(([, what]) => `\`${file}\` is ${what} and must not be published`),
    ),
    ...exportTargets(manifest.exports ?? {})
      .filter(({ target }) => !files.includes(target.replace(/^\.\//, '')))
      .map(
        ({ entry, condition, target }) =>
          `export \`${entry}\` names \`${target}\` for \`${condition}\`, which is not packed`,
      ),
    ...leftovers(files),
    ...['LICENSE', 'README.md']
      .filter((file) => !files.includes(file))
      .map((file) => `\`${file}\` is missing`),
  ];
}

/**
 * Every file that an `exports` field names.
 *
 * @param {unknown} exports
 * @returns {{ entry: string, condition: string, target: string }[]}
 */
export function exportTargets(exports) {
  const walk = (entry, condition, value) => {
    if (typeof value === 'string') return [{ entry, condition, target: value }];
    return Object.entries(value ?? {}).flatMap(([name, inner]) => walk(entry, name, inner));
  };
  return Object.entries(exports).flatMap(([entry, value]) => walk(entry, 'default', value));
}

/** Output of a build whose source has gone since. */
function leftovers(files) {
  return files
    .filter((file) => /^dist\/.*\.js$/.test(file))
    .filter((file) => !files.includes(file.replace(/^dist\//, 'src/').replace(/\.js$/, '.ts')))
    .map((file) => `\`${file}\` has no source any more; remove \`dist\` and build again`);
}
