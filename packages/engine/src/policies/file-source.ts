import { basename } from 'node:path';
import { stat } from 'node:fs/promises';
import type { PolicySource } from '../nouns/policy-source.ts';
import { everySecond } from './every-second.ts';
import { readPolicyFile } from './policy-file.ts';

/** The policies of a JSON file, read again when it was written or replaced. */
export function fileSource(path: string): PolicySource {
  // Taken before the file is read: what is written while it is read is seen by the next look.
  let read: string | undefined;
  return {
    name: `file ${basename(path)}`,
    async load() {
      read = await stampOf(path);
      return readPolicyFile(path);
    },
    // Looking works where notifications do not: network disks, mounted volumes.
    watch: (changed, clock) => everySecond(clock, async () => (await stampOf(path)) !== read && changed()),
  };
}

/** Changes whenever the file does: also when another one takes its place, and when it goes away. */
async function stampOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch {
    return 'gone';
  }
}
