import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where a server and the libraries of its packages lie. */
export interface UnpackedServer {
  readonly path: string;
  readonly libraries: string;
}

const cache = fileURLToPath(new URL('../../../../node_modules/.cache/', import.meta.url));

/** What the server needs beyond a plain system. The versions in their names differ between releases. */
const LIBRARIES = /^(?:lib(?:atomic|hiredis|jemalloc|lua|lzf)|lua-)/;

/**
 * Debian's Redis, unpacked into the cache of the dependencies. Asks for no rights and installs nothing. Several at once
 * may do it: the first that is done wins.
 */
export async function unpackedServer(): Promise<UnpackedServer> {
  const home = join(cache, `redis-${process.platform}-${process.arch}`);
  if (!existsSync(home)) await unpackInto(home);
  const libraries = (await readdir(join(home, 'usr/lib'), { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && entry.name.includes('-linux-'))
    .map(({ name }) => join(home, 'usr/lib', name));
  return { path: join(home, 'usr/bin/redis-server'), libraries: libraries.join(':') };
}

async function unpackInto(home: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const workshop = await mkdtemp(join(cache, 'redis-unpacking-'));
  try {
    await download(workshop);
    const root = join(workshop, 'root');
    for (const file of await readdir(workshop)) {
      if (file.endsWith('.deb')) await run('dpkg', ['-x', join(workshop, file), root]);
    }
    await rename(root, home);
  } catch (error) {
    // Somebody else was faster; a folder in place of ours is whole, because it came there by renaming too.
    if (!existsSync(home)) throw error;
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

async function download(workshop: string): Promise<void> {
  try {
    await downloadWith([], workshop);
  } catch {
    // A slim image has no package lists. Lists of our own need no rights.
    for (const folder of ['lists/partial', 'archives/partial']) {
      await mkdir(join(workshop, folder), { recursive: true });
    }
    const own = ['-o', `Dir::State::Lists=${join(workshop, 'lists')}`, '-o', `Dir::Cache=${workshop}`];
    await run('apt-get', [...own, 'update']);
    await downloadWith(own, workshop);
  }
}

async function downloadWith(options: readonly string[], workshop: string): Promise<void> {
  const { stdout } = await run('apt-cache', [...options, 'depends', 'redis-server', 'redis-tools']);
  const needed = [...stdout.matchAll(/^ {2}Depends: ([^\s<]+)/gm)].flatMap(([, name = '']) =>
    LIBRARIES.test(name) ? [name] : [],
  );
  const packages = new Set(['redis-server', 'redis-tools', ...needed]);
  await run('apt-get', [...options, 'download', ...packages], { cwd: workshop });
}
