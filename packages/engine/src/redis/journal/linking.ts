import { canonicalJson, type Json } from '../../nouns/canonical.ts';
import type { Entry, Event } from '../../nouns/entry.ts';
import { ToriiError } from '../../nouns/errors.ts';
import { GENESIS, type Head, link } from '../../record/chain.ts';
import { eventOf } from '../holds/facts.ts';
import { listOf, textOf, wholeOf } from '../replies.ts';
import type { Reply } from '../script.ts';

/**
 * A line of the journal as a script tells it. Redis has no SHA-256, so a line is written without a hash: whoever reads
 * it first links it, and as everybody links the same lines in the same order, it does not matter who that is.
 */
export interface Line {
  readonly seq: number;
  readonly at: number;
  readonly event: Event;

  /** Hashes of the line before and of this one; empty where it is not linked yet. */
  readonly previous: string;
  readonly hash: string;
}

/** The line that a script tells. */
export function lineOf(reply: Reply): Line {
  const [seq, at, type, callId, facts, previous, hash] = listOf(reply);
  const place = wholeOf(seq);
  return {
    seq: place,
    at: wholeOf(at),
    event: readable(place, () =>
      linkable(eventOf(textOf(type), textOf(callId), textOf(facts)), textOf(facts)),
    ),
    previous: place === 1 ? GENESIS : textOf(previous),
    hash: textOf(hash),
  };
}

/** What nobody of ours wrote is nothing to go on from. */
function readable<T>(seq: number, read: () => T): T {
  try {
    return read();
  } catch {
    throw corrupt(`expected entry ${seq} of the journal in redis to be as it was written`);
  }
}

/** Shorter facts are no larger than an entry may be, whatever sentence a script added. */
const SURELY_SMALL = 8_000;

/** Members of facts that are cut are kept up to this many characters. */
const KEPT_CHARACTERS = 1_000;

/**
 * An event that can be linked. Writers ask for that before they write; but what a script puts into a sentence only
 * turns out later, and facts that were one character too large must not end the journal: they are cut, by everybody who
 * reads them in the same way, and `cut` says so.
 */
function linkable(event: Event, text: string): Event {
  // Whoever wrote it saw that the rest can be linked, and this is asked for every line that is read.
  if (text.length < SURELY_SMALL && !text.includes('\\ud')) return event;
  if (isWritable(event)) return event;
  const { type, callId, facts } = event;
  const kept = Object.entries(facts).filter(([name, value]) => isShort(name) && isShort(value));
  const cut = { ...Object.fromEntries(kept.slice(0, KEPT_MEMBERS)), cut: true };
  return callId === undefined || !isShort(callId) ? { type, facts: cut } : { type, callId, facts: cut };
}

/** Members of facts that are cut. */
const KEPT_MEMBERS = 100;

function isShort(value: Json): boolean {
  if (typeof value === 'string') return value.length <= KEPT_CHARACTERS && value.isWellFormed();
  return typeof value === 'number' || typeof value === 'boolean';
}

function isWritable(event: Event): boolean {
  try {
    requireWritable(event);
    return true;
  } catch {
    return false;
  }
}

/** The entry of a line; undefined where nobody has linked it yet. Throws STORE_CORRUPT where a hash was taken out. */
export function entryOf({ seq, at, event, previous, hash }: Line, linkedTo: number): Entry | undefined {
  if (seq > linkedTo) return undefined;
  if (hash === '' || previous === '') throw missing(seq);
  return { ...event, seq, at, previous, hash };
}

/** Entries of lines that follow `head`. Throws STORE_CORRUPT where one is missing: nothing after it may be trusted. */
export function linked(head: Pick<Head, 'seq' | 'hash'>, lines: readonly Line[]): readonly Entry[] {
  const entries: Entry[] = [];
  let last: Head = { ...head, at: 0 };
  for (const { seq, at, event } of lines) {
    if (seq !== last.seq + 1) throw missing(last.seq + 1);
    const before = last;
    const entry = readable(seq, () => link(before, event, at));
    entries.push(entry);
    last = entry;
  }
  return entries;
}

/**
 * Throws NOT_CANONICAL for an event that could not be linked. Asked before a script writes it: a line that cannot be
 * linked would end the journal for good.
 */
export function requireWritable({ type, callId, facts }: Event): void {
  canonicalJson(
    callId === undefined ? { at: 0, facts, seq: 0, type } : { at: 0, callId, facts, seq: 0, type },
  );
}

/** What a reader of the journal says that cannot find a line. */
export function missing(seq: number): ToriiError {
  return corrupt(`expected entry ${seq} in the journal in redis`);
}

function corrupt(message: string): ToriiError {
  return new ToriiError('STORE_CORRUPT', `${message}; restore a copy of its data`);
}
