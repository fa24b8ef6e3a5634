import { z } from 'zod';

const names = z.record(z.string(), z.string()).default({});

const entrySchema = z.object({
  version: z.string().optional(),
  license: z.string().optional(),
  link: z.boolean().default(false),
  dev: z.boolean().default(false),
  optional: z.boolean().default(false),
  hasInstallScript: z.boolean().default(false),
  dependencies: names,
  devDependencies: names,
  optionalDependencies: names,
  peerDependencies: names,
});

const lockfileSchema = z.object({
  lockfileVersion: z.number().min(2),
  packages: z.record(z.string(), entrySchema),
});

type LockEntry = z.output<typeof entrySchema>;

/** A package of somebody else, as the lockfile pins it. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;

  /** SPDX expression as its author declares it. */
  readonly licence: string;

  /** Where it is installed, relative to the lockfile. */
  readonly path: string;
  readonly hasInstallScript: boolean;
  readonly requires: readonly string[];
}

/** What the lockfile says of everything that is installed. */
export interface Lockfile {
  /** Every installed package; two versions of one name are two packages. */
  readonly packages: readonly InstalledPackage[];

  /** The packages that this repository itself is made of: folder and name of each workspace. */
  readonly workspaces: readonly { readonly folder: string; readonly name: string }[];

  /** Who names `name` among its dependencies: packages and workspaces, sorted. */
  dependentsOf(name: string): readonly string[];
}

const MODULES = 'node_modules/';

/** Reads the text of a package-lock.json of version 2 or 3. Throws for anything else. */
export function readLockfile(text: string): Lockfile {
  const entries = Object.entries(lockfileSchema.parse(JSON.parse(text)).packages);
  const workspaces = entries
    .filter(([path]) => path !== '' && !path.includes(MODULES))
    .map(([folder]) => ({ folder, name: nameOfFolder(folder, entries) }));
  return {
    packages: entries.filter(([path, entry]) => path.includes(MODULES) && !entry.link).map(packageOf),
    workspaces,
    dependentsOf(name) {
      const asking = entries.filter(([, entry]) => !entry.link && requirementsOf(entry).includes(name));
      return [
        ...new Set(
          asking.map(([path]) => (path.includes(MODULES) ? nameOf(path) : path || 'the repository root')),
        ),
      ].sort();
    },
  };
}

function packageOf([path, entry]: [string, LockEntry]): InstalledPackage {
  const { version = '', license: licence = 'none declared', hasInstallScript } = entry;
  return { name: nameOf(path), version, licence, path, hasInstallScript, requires: requirementsOf(entry) };
}

function requirementsOf({
  dependencies,
  devDependencies,
  optionalDependencies,
  peerDependencies,
}: LockEntry): readonly string[] {
  const all = [dependencies, devDependencies, optionalDependencies, peerDependencies];
  return [...new Set(all.flatMap((list) => Object.keys(list)))].sort();
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf(MODULES) + MODULES.length);
}

/** The lockfile names a workspace only by the link that points to its folder. */
function nameOfFolder(folder: string, entries: readonly [string, LockEntry][]): string {
  const last = folder.split('/').at(-1) ?? folder;
  const link = entries.find(([path, entry]) => entry.link && nameOf(path).split('/').at(-1) === last);
  return link === undefined ? last : nameOf(link[0]);
}
