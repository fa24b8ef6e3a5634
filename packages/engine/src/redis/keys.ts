import { createHash } from 'node:crypto';
import type { SessionKey } from '../nouns/hold.ts';
import { subjectKey, subjectsOf } from '../nouns/revocation.ts';
import { sessionId } from '../stores/keys.ts';

/**
 * What each key of a slot holds, in the order in which scripts are handed them. There are few, and all of one slot,
 * because a script may touch only what it was handed, and an end learns what it touches when it reads the call.
 */
export const PARTS = [
  'head',
  'calls',
  'counters',
  'journal',
  'deadlines',
  'kept',
  'index',
  'approvals',
  'links',
  'revisions',
  'deliveries',
  'queue',
  'moves',
] as const;

/** How many of them a step that holds or returns money is handed: the first of the list. */
export const MONEY_KEYS = 8;

/** How many there are in all. */
export const ALL_KEYS = PARTS.length;

/** All keys of a slot, in the order of `PARTS`. */
export type SlotKeys = readonly string[];

/**
 * The keys of one tenant. The tag in braces puts them into one slot of a cluster. It is a hash, so that a name with a
 * brace in it cannot choose the slot of somebody else.
 */
export function slotKeys(prefix: string, tenant: string): SlotKeys {
  const tag = hashed(tenant);
  return PARTS.map((part) => `${prefix}:{${tag}}:${part}`);
}

/** Length of the name of a field. */
export const NAME_LENGTH = 22;

const REMEMBERED = 10_000;

/**
 * Names fields after keys of budgets, rates, accounts and callers: 132 bits of their hash. Remembers the latest, as
 * hashing is the dear part.
 */
export class FieldNames {
  readonly #known = new Map<string, string>();

  /** The name of one key. */
  of(key: string): string {
    return this.#remembered(key, hashed);
  }

  /** The names of everybody whose revocation stops the caller, the widest first: four of them in one text. */
  ofSubjects(caller: SessionKey): string {
    return this.#remembered(sessionId(caller), () => subjectsOf(caller).map(subjectKey).map(hashed).join(''));
  }

  #remembered(key: string, make: (key: string) => string): string {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const name = make(key);
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(key, name);
    return name;
  }
}

function hashed(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, NAME_LENGTH);
}
