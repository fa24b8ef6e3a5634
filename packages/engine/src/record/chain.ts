import { canonicalJsonOf } from '../nouns/canonical.ts';
import { sha256 } from '../nouns/digest.ts';
import type { Verification } from '../nouns/engine.ts';
import type { Entry, Event } from '../nouns/entry.ts';
import { Shapes } from '../nouns/shapes.ts';

/** What the first entry names as the one before it. */
export const GENESIS = '0'.repeat(64);

/** Where the journal ends. */
export interface Head {
  readonly seq: number;
  readonly at: number;
  readonly hash: string;
}

export const EMPTY: Head = { seq: 0, at: 0, hash: GENESIS };

/** Places an event after `head`: SHA-256 over the hash before it and the RFC 8785 form of everything else. */
export function link(head: Head, event: Event, at: number): Entry {
  const { type, callId, facts } = event;
  const seq = head.seq + 1;
  const placed = callId === undefined ? { at, facts, seq, type } : { at, callId, facts, seq, type };
  const previous = head.hash;
  const hash = hashOf(previous, placed);
  // Field by field: adding to a copy is slower, and this is on the path of every call.
  return callId === undefined
    ? { at, facts, seq, type, previous, hash }
    : { at, callId, facts, seq, type, previous, hash };
}

/** Checks entries that follow `head`. Answers the new head, or which entry is not what was written. */
export function follow(
  head: Head,
  entries: readonly Entry[],
): Head | Extract<Verification, { kind: 'broken' }> {
  let last = head;
  for (const entry of entries) {
    const { previous, hash, ...placed } = entry;
    const broken = { kind: 'broken', seq: entry.seq } as const;
    if (entry.seq !== last.seq + 1)
      return { ...broken, message: `expected entry ${last.seq + 1} next, found ${entry.seq}` };
    if (previous !== last.hash)
      return { ...broken, message: `entry ${entry.seq} does not follow the entry before it` };
    if (hash !== hashOf(previous, placed))
      return { ...broken, message: `entry ${entry.seq} was changed after it was written` };
    last = { seq: entry.seq, at: entry.at, hash };
  }
  return last;
}

/** Of the objects in entries, which are ours. */
const shapes = new Shapes();

function hashOf(previous: string, placed: Omit<Entry, 'previous' | 'hash'>): string {
  return sha256(`${previous}\n${canonicalJsonOf(shapes, placed)}`);
}
