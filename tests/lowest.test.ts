import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const read = (path: string): Readonly<Record<string, Readonly<Record<string, string>>>> =>
  JSON.parse(readFileSync(new URL(path, root), 'utf8')) as Readonly<
    Record<string, Readonly<Record<string, string>>>
  >;

const locked = Object.entries(read('compat/lowest/package.json')['dependencies'] ?? {});

/** The versions of a package there, also those under a second name. */
function lockedOf(name: string): readonly string[] {
  return locked.flatMap(([key, version]) => {
    const alias = /^npm:(.+)@(.+)$/.exec(version);
    const [known, exact] = alias === null ? [key, version] : [alias[1], alias[2]];
    return known === name && exact !== undefined ? [exact] : [];
  });
}

const peers = readdirSync(new URL('packages', root)).flatMap((door) =>
  Object.entries(read(`packages/${door}/package.json`)['peerDependencies'] ?? {}).map(
    ([name, range]) => [door, name, range] as const,
  ),
);

test.each(peers)(
  'what packages/%s asks of %s (%s) begins at a version of compat/lowest',
  (_, name, range) => {
    const begins = range.split(' || ').map((part) => /[0-9]+(?:\.[0-9]+)*/.exec(part)?.[0] ?? part);

    expect(lockedOf(name).filter((version) => begins.includes(version))).toEqual(lockedOf(name));
    expect(lockedOf(name)).toContain(begins[0]);
  },
);
