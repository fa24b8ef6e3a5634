import { ToriiError } from '../nouns/errors.ts';
import { unavailable } from './connection/failures.ts';
import type { Reply } from './script.ts';

/** Text of a reply. Whatever a script of ours would not have said makes these functions throw STORE_UNAVAILABLE. */
export function textOf(reply: Reply | undefined): string {
  if (typeof reply === 'string') return reply;
  throw unexpected();
}

/** A whole number of a reply. */
export function wholeOf(reply: Reply | undefined): number {
  if (typeof reply === 'number') return reply;
  throw unexpected();
}

/** An amount of a reply: the largest ones come as text, which the client reads exactly. */
export function amountOf(reply: Reply | undefined): number {
  if (typeof reply === 'string' && /^[0-9]{16}$/.test(reply)) return Number(reply);
  return wholeOf(reply);
}

/** A list of a reply. */
export function listOf(reply: Reply | undefined): readonly Reply[] {
  if (isList(reply)) return reply;
  throw unexpected();
}

/** What the JSON text of a reply says. The store wrote it, so its shape is trusted; its syntax is not. */
export function jsonOf(reply: Reply | undefined): unknown {
  const text = textOf(reply);
  try {
    return JSON.parse(text);
  } catch {
    throw new ToriiError('STORE_CORRUPT', 'expected JSON in redis; restore a copy of its data');
  }
}

function isList(reply: Reply | undefined): reply is readonly Reply[] {
  return Array.isArray(reply);
}

function unexpected(): ToriiError {
  return unavailable('redis answered something unexpected');
}
