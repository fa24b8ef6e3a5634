import { createHash } from 'node:crypto';
import { canonicalJson, type Entry } from '@torii/engine';

/** What reading a copy of the journal found. */
export type Finding =
  | { readonly kind: 'intact'; readonly entries: number; readonly head: string }
  | { readonly kind: 'broken'; readonly seq: number; readonly message: string };

/** The hash that an entry must have: SHA-256 over the hash before it and the RFC 8785 form of everything else. */
export function hashOf({ previous, hash: _, ...placed }: Entry): string {
  return createHash('sha256')
    .update(`${previous}\n${canonicalJson(placed)}`, 'utf8')
    .digest('hex');
}

/** Verifies a copy of the journal as a stranger would, who has the entries and no engine. */
export function verifyEntries(entries: readonly Entry[]): Finding {
  let head = '0'.repeat(64);
  for (const [index, entry] of entries.entries()) {
    const broken = { kind: 'broken', seq: entry.seq } as const;
    if (entry.seq !== index + 1)
      return { ...broken, message: `expected entry ${index + 1}, found ${entry.seq}` };
    if (entry.previous !== head)
      return { ...broken, message: `entry ${entry.seq} does not follow the one before it` };
    if (entry.hash !== hashOf(entry)) return { ...broken, message: `entry ${entry.seq} was changed` };
    head = entry.hash;
  }
  return { kind: 'intact', entries: entries.length, head };
}
