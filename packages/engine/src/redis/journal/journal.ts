import type { Entry, Event } from '../../nouns/entry.ts';
import { subjectKey } from '../../nouns/revocation.ts';
import type { PromisedStore } from '../../nouns/store.ts';
import { EMPTY } from '../../record/chain.ts';
import { deniedCaller } from '../../stores/keys.ts';
import { untilUnchanged } from '../people/again.ts';
import { entriesOf, type OlderEntries, withoutOlder } from './entries.ts';
import { factsLine } from '../holds/facts-line.ts';
import type { FieldNames } from '../keys.ts';
import { entryOf, lineOf, linked, missing } from './linking.ts';
import { listOf, textOf, wholeOf } from '../replies.ts';
import { type Argument, type Reply, run, type Slot } from '../script.ts';
import { APPEND, FOUND_LINES, LINK, TRIM, UNLINKED } from '../scripts/journal.ts';

/** The journal of one slot, and what keeps it in shape. */
export interface RedisJournal extends Pick<PromisedStore, 'append' | 'entries' | 'denials' | 'history'> {
  /**
   * Links what is not linked yet: until then a line is protected by Redis alone. Readers do it when they must; a worker
   * does it every second.
   */
  link(): Promise<void>;

  /**
   * Takes entries out of Redis that `older` answers from now on. They begin with the first one that Redis has, and are
   * in order. Of the denials of an agent the newest 1,000 can be found as before.
   */
  trim(entries: readonly Entry[]): Promise<void>;
}

const LINKED_AT_ONCE = 200;

const DENIALS_KEPT = 1_000;

/** The journal of a slot; `older` has the entries that were trimmed. */
export function journalOf(slot: Slot, names: FieldNames, older?: OlderEntries): RedisJournal {
  const linkAll = (): Promise<void> => linkLines(slot);
  const found = (list: string, limit: number, beforeSeq?: number): Promise<readonly Entry[]> => {
    // Denials help to see how an agent stands. Which of them were moved out of reach is no reason to say nothing of it.
    const skipsMoved = list.startsWith('d') && older === undefined;
    return untilUnchanged(() =>
      foundIn({ slot, older, linkAll, skipsMoved }, [list, placeOf(beforeSeq), limit]),
    );
  };
  return {
    async append(events) {
      await run(
        slot,
        APPEND,
        events.flatMap((event) => eventArguments(names, event)),
      );
    },
    entries: entriesOf(slot, linkAll, older),
    denials: (agent, limit) => found(`d${names.of(subjectKey({ kind: 'agent', ...agent }))}`, limit),
    history: (wallet, { beforeSeq, limit }) => found(`h${names.of(wallet)}`, limit, beforeSeq),
    link: linkAll,
    async trim(entries) {
      const last = entries.at(-1);
      if (last === undefined) return;
      const agents = new Set(entries.map((entry) => deniedName(names, entry)).filter((name) => name !== ''));
      await run(slot, TRIM, [last.seq, DENIALS_KEPT, ...agents]);
    },
  };
}

/** What a place is compared with; empty for the end of the journal. */
function placeOf(beforeSeq: number | undefined): Argument {
  return beforeSeq === undefined ? '' : Math.min(beforeSeq, Number.MAX_SAFE_INTEGER);
}

/** What a script is told of an event that it appends. Throws NOT_CANONICAL for one that could never be linked. */
export function eventArguments(names: FieldNames, event: Event): readonly Argument[] {
  return [event.type, event.callId ?? '', factsLine(event), deniedName(names, event)];
}

function deniedName(names: FieldNames, event: Event): string {
  const agent = deniedCaller(event);
  return agent === undefined ? '' : names.of(subjectKey({ kind: 'agent', ...agent }));
}

async function linkLines(slot: Slot): Promise<void> {
  for (;;) {
    const { version, rest } = await run(slot, UNLINKED, [LINKED_AT_ONCE]);
    const [last, hash, told] = rest;
    const seq = wholeOf(last);
    if (seq >= version) return;
    const head = seq === 0 ? EMPTY : { seq, hash: textOf(hash) };
    if (head.hash === '') throw missing(seq);
    const entries = linked(head, listOf(told).map(lineOf));
    if (entries.length < Math.min(LINKED_AT_ONCE, version - seq)) throw missing(seq + entries.length + 1);
    await run(slot, LINK, [seq + 1, ...entries.map((entry) => entry.hash)]);
  }
}

interface Reading {
  readonly slot: Slot;
  readonly older: OlderEntries | undefined;
  readonly linkAll: () => Promise<void>;

  /** Whether what was moved out of Redis is left out. */
  readonly skipsMoved: boolean;
}

/** What one list names, or undefined once what was not linked has been. */
async function foundIn(
  { slot, older, linkAll, skipsMoved }: Reading,
  asked: readonly Argument[],
): Promise<readonly Entry[] | undefined> {
  const { rest } = await run(slot, FOUND_LINES, asked);
  const linkedTo = wholeOf(rest[0]);
  const entries: Entry[] = [];
  for (const told of listOf(rest[1])) {
    if (skipsMoved && isMoved(told)) continue;
    const entry = isMoved(told) ? await moved(older, told) : entryOf(lineOf(told), linkedTo);
    if (entry === undefined) {
      await linkAll();
      return undefined;
    }
    entries.push(entry);
  }
  return entries;
}

function isMoved(told: Reply): boolean {
  return listOf(told).length === 1;
}

async function moved(older: OlderEntries | undefined, told: Reply): Promise<Entry> {
  const seq = wholeOf(listOf(told)[0]);
  if (older === undefined) throw withoutOlder();
  const [entry] = await older.entries({ afterSeq: seq - 1, limit: 1 });
  if (entry?.seq !== seq) throw missing(seq);
  return entry;
}
