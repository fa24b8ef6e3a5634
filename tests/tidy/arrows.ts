import { importsOf, isTest, matchesOf, packageOf, resolve } from './source.ts';
import type { Finding, Import, Tree } from './source.ts';

const engine = 'packages/engine/src/';
const stages = ['identify', 'decide', 'review', 'reserve', 'approve', 'execute', 'settle', 'record'];

/** Folders below the stages: what more than one stage needs. They know the nouns and packages, nothing else of ours. */
const ground = ['calendar'];

/** What the folders beside the stages may know of others, besides the nouns. */
const neighbours: Readonly<Record<string, readonly string[]>> = {
  stores: ['record'],
  redis: ['record', 'stores'],
  egress: [],
  webhooks: ['egress'],
  jobs: ['stores', 'webhooks'],
  bullmq: ['jobs', 'redis'],
  doors: [],
  http: ['doors'],
  slack: ['egress', 'identify'],
  policies: [...stages, 'stores'],
  simulate: [...stages, 'stores'],
};

/** Folders that the engine is put together from. */
const lowFolders = ['nouns', ...Object.keys(neighbours), ...stages];

/** The only folder that may import by a computed name: it looks for what the machine has. */
const driverFolder = 'packages/engine/src/stores/';

const frameworks =
  /^(?:express\d?|fastify|koa|hono|next|ai\d?|langchain|@nestjs\/.*|@ai-sdk\/.*|@langchain\/.*|@openai\/.*|@modelcontextprotocol\/.*)$/;
const rails = /^(?:viem|ethers|@x402\/.*)$/;
const servers = /^(?:ioredis|redis|bullmq|pg|postgres)$/;

/** Optional peers and the folder of the engine that may load each; `libsql` and `node:sqlite` only on demand. */
const peerFolders: Readonly<Record<string, string>> = {
  ioredis: 'redis/',
  bullmq: 'bullmq/',
  pg: 'postgres/',
};
const optionalPeers = ['libsql', 'node:sqlite', ...Object.keys(peerFolders)];

/** Starts and breaks servers; it does not know the engine, so tests of the engine may know it. */
const serversForTests = '@torii/sandbox/redis';

const impureModules =
  /^node:(?:fs|net|tls|dgram|dns|https?|http2|child_process|worker_threads|timers|async_hooks|perf_hooks|sqlite)(?:\/|$)/;

/** Packages through which calls come in. They translate, and know only the engine. */
const notDoors = ['engine', 'sandbox', 'server', 'cli', 'x402'];

interface Edge extends Import {
  readonly from: string;
  readonly specifier: string;

  /** The file meant by a relative specifier; undefined for a package. */
  readonly file: string | undefined;

  /** The package meant by a bare specifier; undefined for a file. */
  readonly package: string | undefined;
}

type Rule = (edge: Edge, tree: Tree) => string | undefined;

/** Every arrow between files that must not exist. */
export function arrowFindings(tree: Tree): readonly Finding[] {
  return Object.keys(tree)
    .filter((path) => /\.(?:ts|mjs)$/.test(path))
    .flatMap((path) => [...fileFindings(path, tree), ...impureDecide(path, tree)])
    .concat(rootFindings(tree));
}

function fileFindings(path: string, tree: Tree): readonly Finding[] {
  return importsOf(tree[path] ?? '').flatMap((found) => {
    if (found.specifier === undefined) {
      const published = path.startsWith('packages/') && !path.startsWith(driverFolder) && !isTest(path);
      const message = 'imports by a computed name, which hides an arrow';
      return published ? [{ path, line: found.line, rule: 'computed-import', message }] : [];
    }
    const edge = edgeOf(path, { ...found, specifier: found.specifier });
    return Object.entries(rules).flatMap(([rule, check]) => {
      const message = check(edge, tree);
      return message === undefined ? [] : [{ path, line: found.line, rule, message }];
    });
  });
}

function edgeOf(from: string, found: Import & { readonly specifier: string }): Edge {
  const relative = found.specifier.startsWith('.');
  const bare = found.specifier.startsWith('node:') ? found.specifier : packageOf(found.specifier);
  return {
    ...found,
    from,
    file: relative ? resolve(from, found.specifier) : undefined,
    package: relative ? undefined : bare,
  };
}

const rules: Readonly<Record<string, Rule>> = {
  'noun-to-noun': ({ from, file, package: name }) => {
    if (isTest(from) || folderOf(from) !== 'nouns') return undefined;
    if (file !== undefined) return folderOf(file) === 'nouns' ? undefined : `a noun imports \`${file}\``;
    return name?.startsWith('node:') && !impureModules.test(name) ? undefined : `a noun imports \`${name}\``;
  },

  'stage-to-stage': ({ from, file }) => {
    const stage = folderOf(from);
    if (file === undefined || isTest(from) || !stages.includes(stage ?? '')) return undefined;
    const target = folderOf(file);
    const known = ['nouns', stage, ...ground];
    return known.includes(target) ? undefined : `\`${stage}\` imports \`${file}\``;
  },

  'ground-to-noun': ({ from, file }) => {
    const low = folderOf(from) ?? '';
    if (file === undefined || isTest(from) || !ground.includes(low)) return undefined;
    return ['nouns', low].includes(folderOf(file) ?? '') ? undefined : `\`${low}\` imports \`${file}\``;
  },

  'folder-to-folder': ({ from, file }) => {
    const own = folderOf(from) ?? '';
    const known = Object.hasOwn(neighbours, own) ? neighbours[own] : undefined;
    if (file === undefined || isTest(from) || known === undefined || isEngine(file)) return undefined;
    const target = folderOf(file) ?? '';
    return ['nouns', own, ...known].includes(target) ? undefined : `\`${own}\` imports \`${file}\``;
  },

  'up-to-engine': ({ from, file }) => {
    const low = folderOf(from) ?? '';
    if (isTest(from) || !lowFolders.includes(low)) return undefined;
    return file !== undefined && isEngine(file) ? `\`${low}\` imports \`${file}\`` : undefined;
  },

  'pure-decide': ({ from, package: name }) => {
    if (!['decide', ...ground].includes(folderOf(from) ?? '') || isTest(from)) return undefined;
    return impureModules.test(name ?? '') ? `\`decide\` imports \`${name}\`` : undefined;
  },

  'engine-alone': ({ from, specifier, package: name = '' }) => {
    if (!from.startsWith(engine)) return undefined;
    if (isTest(from) && specifier === serversForTests) return undefined;
    if (/^@torii\/(?!engine$)/.test(name)) return `the engine imports \`${name}\``;
    if (frameworks.test(name) || rails.test(name)) return `the engine imports \`${name}\``;
    const home = peerFolders[name];
    if (!servers.test(name) || (home !== undefined && from.startsWith(engine + home))) return undefined;
    return `the engine imports \`${name}\` outside \`${home ?? 'any folder of its own'}\``;
  },

  'door-to-door': ({ from, package: name = '' }) => {
    const own = packageFolder(from);
    if (own === undefined || notDoors.includes(own)) return undefined;
    const other = /^@torii\/(.+)$/.exec(name)?.[1];
    if (
      other !== undefined &&
      other !== own &&
      !['engine', ...(isTest(from) ? ['sandbox'] : [])].includes(other)
    ) {
      return `a door imports \`${name}\`: doors know only the engine`;
    }
    // Workers of a framework bring their own way to a server, which the tests of a door may use.
    return (servers.test(name) && !isTest(from)) || rails.test(name)
      ? `a door imports \`${name}\``
      : undefined;
  },

  internals: ({ from, specifier, file }) => {
    const target = file === undefined ? undefined : packageFolder(file);
    const outside = /^@torii\/[^/]+\/(?:src|dist)(?:\/|$)/.test(specifier);
    const through = target !== undefined && target !== packageFolder(from);
    return outside || through ? `imports the insides of another package, \`${specifier}\`` : undefined;
  },

  'published-only': ({ from, specifier, file }, tree) => {
    const own = packageFolder(from);
    if (
      own === undefined ||
      isTest(from) ||
      from.includes('/testing/') ||
      manifest(tree, own)['private'] === true
    )
      return undefined;
    const path = file ?? specifier;
    return /(?:^|\/)(?:testing|examples|benchmarks)(?:\/|$)|^@torii\/sandbox/.test(path)
      ? `published code imports \`${specifier}\``
      : undefined;
  },

  declared: ({ from, package: name }, tree) => {
    const own = packageFolder(from);
    if (own === undefined || isTest(from) || name === undefined || name.startsWith('node:')) return undefined;
    const { name: self, ...fields } = manifest(tree, own);
    const known = ['dependencies', 'peerDependencies', 'optionalDependencies'].flatMap((key) =>
      Object.keys(fields[key] ?? {}),
    );
    return name === self || known.includes(name)
      ? undefined
      : `imports \`${name}\`, which its package.json does not name`;
  },
};

function impureDecide(path: string, tree: Tree): readonly Finding[] {
  if (!['decide', ...ground].includes(folderOf(path) ?? '') || isTest(path)) return [];
  return matchesOf(tree[path] ?? '', /(?<![\w$.])(?:async|await|Promise|process)(?![\w$])(?!\s*[?:])/g).map(
    ({ line, text }) => ({
      path,
      line,
      rule: 'pure-decide',
      message: `\`decide\` is synchronous and pure, and says \`${text}\``,
    }),
  );
}

/** Loading the root of the engine must not load an optional peer: walks the imports that run at once. */
function rootFindings(tree: Tree): readonly Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  const queue = [`${engine}index.ts`];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    for (const found of importsOf(tree[path] ?? '')) {
      if (found.kind === 'dynamic' || found.typeOnly || found.specifier === undefined) continue;
      const edge = edgeOf(path, { ...found, specifier: found.specifier });
      if (edge.file !== undefined) queue.push(edge.file);
      if (!optionalPeers.includes(edge.package ?? '')) continue;
      const message = `the root of the engine loads \`${edge.specifier}\`, which may be absent`;
      findings.push({ path, line: found.line, rule: 'light-root', message });
    }
  }
  return findings;
}

function isEngine(path: string): boolean {
  return path === `${engine}engine.ts` || path === `${engine}index.ts`;
}

function folderOf(path: string): string | undefined {
  return path.startsWith(engine) ? /^([^/]+)\//.exec(path.slice(engine.length))?.[1] : undefined;
}

function packageFolder(path: string): string | undefined {
  return /^packages\/([^/]+)\/src\//.exec(path)?.[1];
}

function manifest(tree: Tree, folder: string): Readonly<Record<string, unknown>> {
  return JSON.parse(tree[`packages/${folder}/package.json`] ?? '{}') as Readonly<Record<string, unknown>>;
}
