import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { unpackedServer } from './unpack-server.ts';

/** A server program, and what it needs in its environment. */
export interface ServerProgram {
  readonly path: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** No server was found, and none could be unpacked. */
export class NoRedis extends Error {
  override readonly name = 'NoRedis';
}

const NAMES = ['redis-server', 'valkey-server'];

let found: Promise<ServerProgram> | undefined;

/**
 * The server of the PATH; where there is none, the one of Debian's packages, unpacked beside the dependencies without
 * installing anything. Throws NoRedis with what to do. Looks once.
 */
export function findServer(): Promise<ServerProgram> {
  found ??= installedServer() ?? unpacked();
  return found;
}

function installedServer(): Promise<ServerProgram> | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const path = folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isProgram);
  return path === undefined ? undefined : Promise.resolve({ path, environment: process.env });
}

async function unpacked(): Promise<ServerProgram> {
  try {
    const { path, libraries } = await unpackedServer();
    return { path, environment: { ...process.env, LD_LIBRARY_PATH: libraries } };
  } catch (error) {
    const names = NAMES.map((name) => `\`${name}\``).join(' or ');
    const reason = error instanceof Error ? error.message : 'it failed';
    throw new NoRedis(
      `expected ${names} on the PATH; install Redis 7 or newer (\`apt-get install redis-server\`, \`brew install redis\`). ` +
        `Debian's package could not be unpacked either: ${reason}`,
      { cause: error },
    );
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
