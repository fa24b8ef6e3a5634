import type { Entry } from '../../nouns/entry.ts';
import type { ToriiError } from '../../nouns/errors.ts';
import type { Journal } from '../../nouns/store.ts';
import { unavailable } from '../connection/failures.ts';
import { entryOf, lineOf, missing } from './linking.ts';
import { listOf, wholeOf } from '../replies.ts';
import { run, type Slot } from '../script.ts';
import { LINES } from '../scripts/journal.ts';

/** Entries that Redis has no more, because they were moved: those up to the last one that was trimmed, as a journal. */
export type OlderEntries = Pick<Journal, 'entries'>;

/** Most lines that a script looks at, and most that it tells, at once: others wait meanwhile. */
const PAGE = 500;

type Query = Parameters<Journal['entries']>[0];

/** A part of the answer to a query, and after which entry to go on; `last` at the end of the journal. */
interface Page {
  readonly entries: readonly Entry[];
  readonly after: number;
  readonly last: boolean;
}

/**
 * Reads entries in order, older ones from where they were moved to. `linkAll` links what nobody has linked yet. Throws
 * STORE_CORRUPT where an entry is missing: nothing is left out in silence.
 */
export function entriesOf(
  slot: Slot,
  linkAll: () => Promise<void>,
  older: OlderEntries | undefined,
): Journal['entries'] {
  const stretches = new Stretches();
  return async ({ afterSeq, limit, types }) => {
    const found: Entry[] = [];
    if (types?.length === 0) return found;
    let after = stretches.end(types, afterSeq);
    while (found.length < limit) {
      const asked = {
        afterSeq: after,
        limit: limit - found.length,
        ...(types === undefined ? {} : { types }),
      };
      const page = await pageOf(slot, asked, older);
      if (page === undefined) {
        await linkAll();
        continue;
      }
      found.push(...page.entries);
      after = page.after;
      if (!page.last) continue;
      stretches.note(types, { after: afterSeq, newest: found.at(-1)?.seq, to: after });
      break;
    }
    return found;
  };
}

/** The next page of a query; undefined where something in it is not linked yet. */
async function pageOf(slot: Slot, query: Query, older: OlderEntries | undefined): Promise<Page | undefined> {
  const { afterSeq, limit, types } = query;
  const wanted = types === undefined ? '' : ` ${types.join(' ')} `;
  const { kind, version, rest } = await run(slot, LINES, [afterSeq, Math.min(limit, PAGE), PAGE, wanted]);
  const mark = wholeOf(rest[0]);
  if (kind === 'missing') throw missing(mark);
  if (kind === 'trimmed') return olderPage(query, mark, older);
  const after = wholeOf(rest[1]);
  const entries: Entry[] = [];
  for (const line of listOf(rest[2])) {
    const entry = entryOf(lineOf(line), mark);
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return { entries, after, last: after >= version };
}

/** The part of a page that was moved: up to the entry `trimmed`. */
async function olderPage(query: Query, trimmed: number, older: OlderEntries | undefined): Promise<Page> {
  if (older === undefined) throw withoutOlder();
  const { afterSeq, limit, types } = query;
  const told = await older.entries(query);
  const entries = told.filter(({ seq }) => seq <= trimmed);
  // With types there are gaps, so only what reads all of it can tell that an entry is missing.
  const expected = types === undefined ? Math.min(limit, trimmed - afterSeq) : entries.length;
  const gap = entries.findIndex(({ seq }, index) => types === undefined && seq !== afterSeq + 1 + index);
  if (gap !== -1 || entries.length < expected)
    throw missing(afterSeq + 1 + (gap === -1 ? entries.length : gap));
  const isFull = told.length === limit && entries.length === limit;
  return { entries, after: isFull ? (entries.at(-1)?.seq ?? trimmed) : trimmed, last: false };
}

/** What a reader is told that asks for what was moved, and was not told where to. */
export function withoutOlder(): ToriiError {
  return unavailable('the first entries were moved out of redis; expected the ledger that has them');
}

/** From after one entry up to another. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

const REMEMBERED = 100;

/**
 * Where the journal has none of some types, as far as it was read: whoever asks every second whether there is a new
 * one does not make Redis look through all of it every second.
 */
class Stretches {
  readonly #known = new Map<string, Stretch>();

  /** After which entry to read on. */
  end(types: Query['types'], after: number): number {
    const known = this.#known.get(keyOf(types));
    return known === undefined || after < known.from || after > known.to ? after : known.to;
  }

  /** Notes that nothing is between `newest`, or `after` where there is none, and `to`. */
  note(types: Query['types'], read: { after: number; newest: number | undefined; to: number }): void {
    if (types === undefined) return;
    const { after, newest, to } = read;
    const known = this.#known.get(keyOf(types));
    const joins = known !== undefined && known.from <= after && after <= known.to;
    const from = newest ?? (joins ? known.from : after);
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(keyOf(types), { from, to });
  }
}

function keyOf(types: Query['types']): string {
  return types === undefined ? '' : [...types].sort().join(' ');
}
