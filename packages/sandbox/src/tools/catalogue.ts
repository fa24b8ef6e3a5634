import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { formatCurrency } from '@torii/engine';
import { checkLicence, countLicences } from './licences.ts';
import { FILES_A_PAGE, measurePackage } from './metrics.ts';
import { done, failed, type PaidTool, paidTool, type ToolAnswer, type Workshop } from './paid-tool.ts';

/** What counting one file costs, in micro-dollars. */
export const FILE_PRICE = 10_000n;

const search = paidTool({
  name: 'search',
  description: 'Full-text search over the documentation of this repository, ranked.',
  input: z.object({ query: z.string().min(1).max(200), limit: z.number().int().min(1).max(10).default(3) }),
  price: '0.02 USD',
  run: ({ query, limit }, workshop) => done({ query, hits: workshop.search(query, limit) }),
  brief(body) {
    const { query, hits } = z
      .object({ query: z.string(), hits: z.array(z.object({ file: z.string() })) })
      .parse(body);
    return `"${query}": ${hits[0] === undefined ? 'nothing' : `best of ${hits.length} in ${hits[0].file}`}`;
  },
});

const dependencies = paidTool({
  name: 'dependencies',
  description:
    'Reads package-lock.json. `summary`: how many packages and which licences. `install-scripts`: which packages run code when installed. `dependents`: who depends on `name`.',
  // An object at the top: providers of models refuse a schema that is a union there.
  input: z.object({
    about: z.enum(['summary', 'install-scripts', 'dependents']),
    name: z.string().optional(),
  }),
  price: '0.05 USD',
  run: ({ about, name }, { lockfile }) => {
    const { packages, workspaces } = lockfile;
    if (about === 'summary')
      return done({ packages: packages.length, workspaces, licences: countLicences(packages) });
    if (about === 'install-scripts') {
      const running = packages.filter(({ hasInstallScript }) => hasInstallScript);
      return done({ installScripts: running.map((found) => `${found.name}@${found.version}`) });
    }
    if (name === undefined) return failed(400, 'expected the `name` of a package');
    return done({ name, dependents: lockfile.dependentsOf(name) });
  },
  brief(body) {
    if ('licences' in body)
      return `${textOf(body['packages'])} packages, ${lengthOf(body['licences'])} licences`;
    if ('dependents' in body) return `${lengthOf(body['dependents'])} depend on ${textOf(body['name'])}`;
    return `${lengthOf(body['installScripts'])} packages run install scripts`;
  },
});

const metrics = paidTool({
  name: 'metrics',
  description: `Counts lines, function declarations and exports of a package's sources, ${FILES_A_PAGE} files a page, at ${formatCurrency(FILE_PRICE, 'USD')} a file.`,
  input: z.object({ package: z.string(), page: z.number().int().min(1).default(1) }),
  price: formatCurrency(FILE_PRICE * BigInt(FILES_A_PAGE), 'USD'),
  async run({ package: name, page }, { root }) {
    const counted = await measurePackage(join(root, 'packages'), name, page);
    if (counted === undefined) return failed(404, `expected the folder of a package, got \`${name}\``);
    return done(counted, formatCurrency(FILE_PRICE * BigInt(counted.files), 'USD'));
  },
  brief: (body) =>
    `${textOf(body['package'])}: ${textOf(body['files'])} files, ${textOf(body['lines'])} lines`,
});

const licence = paidTool({
  name: 'licence',
  description: 'Reads the licence file of an installed package and says which licence its text is.',
  input: z.object({ name: z.string() }),
  price: '0.15 USD',
  async run({ name }, { root, lockfile }) {
    const checked = await checkLicence(root, lockfile, name);
    return checked === undefined
      ? failed(404, `expected a package of the lockfile, got \`${name}\``)
      : done(checked);
  },
  brief: (body) =>
    `${textOf(body['name'])}: declares ${textOf(body['declared'])}, text is ${textOf(body['found'], 'none of the known')}`,
});

const publish = paidTool({
  name: 'publish',
  description: 'Publishes a report, written in markdown. A person has to approve.',
  input: z.object({ markdown: z.string().min(1).max(100_000) }),
  price: '0.90 USD',
  async run({ markdown }, { reportFile }) {
    await mkdir(dirname(reportFile), { recursive: true });
    await writeFile(reportFile, markdown);
    const sha256 = createHash('sha256').update(markdown).digest('hex');
    return done({ path: reportFile, bytes: Buffer.byteLength(markdown), sha256 });
  },
  brief: (body) => `${textOf(body['bytes'])} bytes written`,
});

const advisories = paidTool({
  name: 'advisories',
  description: 'Asks an advisory service about the dependencies.',
  input: z.object({}),
  price: '0.10 USD',
  async run(_input, { advisoriesUrl }) {
    try {
      const response = await fetch(advisoriesUrl, { signal: AbortSignal.timeout(5_000) });
      return done({ advisories: await response.json() });
    } catch {
      return failed(502, `nobody answers at ${advisoriesUrl}`);
    }
  },
  brief: (body) => textOf(body['detail'], 'answered'),
});

const deepAudit = paidTool({
  name: 'deep_audit',
  description: 'Reads the licence file of every installed package.',
  input: z.object({}),
  price: '2.50 USD',
  async run(_input, workshop) {
    return done({ differing: await differing(workshop) });
  },
  brief: (body) => `${lengthOf(body['differing'])} packages ship another licence than they declare`,
});

const trade = paidTool({
  name: 'trade',
  description: 'Buys shares.',
  input: z.object({ symbol: z.string(), shares: z.number() }),
  price: '0.01 USD',
  run: (): ToolAnswer => failed(500, 'this tool is on the deny list: it must never run'),
  brief: () => 'ran',
});

/** Every tool that the demonstration offers. */
export const catalogue: readonly PaidTool[] = [
  search,
  dependencies,
  metrics,
  licence,
  publish,
  advisories,
  deepAudit,
  trade,
];

/** What one call of a tool costs at most. */
export function priceOf(name: string): string {
  return catalogue.find((tool) => tool.name === name)?.price ?? 'nothing';
}

async function differing({ root, lockfile }: Workshop): Promise<readonly string[]> {
  const checks = await Promise.all(lockfile.packages.map(({ name }) => checkLicence(root, lockfile, name)));
  return checks.flatMap((check) =>
    check === undefined || check.found === undefined || check.found === check.declared ? [] : [check.name],
  );
}

function lengthOf(list: unknown): number {
  return Array.isArray(list) ? list.length : 0;
}

function textOf(value: unknown, absent = ''): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : absent;
}
