import type { Event } from '../../nouns/entry.ts';
import { requireWritable } from '../journal/linking.ts';

/** The facts of an event as a line of the journal keeps them. Throws NOT_CANONICAL for what could never be linked. */
export function factsLine(event: Event): string {
  requireWritable(event);
  return JSON.stringify(event.facts);
}
