import type { Clock } from '../../nouns/clock.ts';
import type { Entry } from '../../nouns/entry.ts';
import { ToriiError } from '../../nouns/errors.ts';
import type { OpenLedger } from '../../nouns/ledger.ts';
import { type Random, systemRandom } from '../../nouns/random.ts';
import { EMPTY } from '../../record/chain.ts';
import { askEpoch, askUnfenced, type SlotState } from '../slots/epoch.ts';
import { unavailable } from '../connection/failures.ts';
import type { FieldNames } from '../keys.ts';
import { Books } from './books.ts';
import { frozenKeys, type Row, rowsOf } from './rows.ts';
import { lineOf, linked } from '../journal/linking.ts';
import { listOf } from '../replies.ts';
import { isReplies, type Reply, type Script } from '../script.ts';
import { CLEAR, FINISH, PUT, TAIL } from '../scripts/rebuild.ts';
import type { TenantSlot } from '../slots/tenant-slot.ts';

/** What is restored, and whose. */
export interface Restored {
  readonly tenant: string;
  readonly names: FieldNames;
  readonly clock: Clock;
  readonly random?: Random;
}

/** Restores lost data and answers what the slot holds then. */
export type Restore = (slot: TenantSlot, lost: SlotState) => Promise<SlotState>;

const READ_AT_ONCE = 1_000;
const PUT_AT_ONCE = 200;

/**
 * Restores the data of a tenant from its ledger. What was spent and is in no entry counts as spent: a process that was
 * answered more than the ledger has may have ended since, so nobody can say that nothing is missing, and every budget is frozen
 * until an operator unfreezes it.
 */
export function restoreFrom(ledger: OpenLedger, of: Restored): Restore {
  return (slot, { lost }) => restore(slot, { ledger, of, lost });
}

interface Restoring {
  readonly ledger: OpenLedger;
  readonly of: Restored;
  readonly lost: string;
}

async function restore(slot: TenantSlot, restoring: Restoring): Promise<SlotState> {
  const { ledger, of, lost } = restoring;
  const { random = systemRandom, names, tenant, clock } = of;
  const token = random.id('rebuilding');
  const ask = async (script: Script, args: readonly (string | number)[]): Promise<SlotState> => {
    const state = await askEpoch(slot, script, [lost, token, ...args]);
    if (state.kind === 'lost' || state.kind === 'begun') return state;
    throw unavailable('somebody else restored the data meanwhile');
  };
  await keepTail(slot, restoring);
  await ask(CLEAR, []);
  const { books, last } = await readBooks(ledger, tenant);
  for (const page of pages(rowsOf(books, { names, nowMs: last.at }))) await ask(PUT, page.flat());

  const epoch = random.id('epoch');
  const now = slot.now?.() ?? clock.now();
  const facts = { lost, epoch, through: last.seq, by: 'ledger' };
  return ask(FINISH, [
    epoch,
    last.seq,
    last.at,
    last.hash,
    frozenKeys(books).size,
    books.revocations.size,
    Math.max(now, last.at),
    slot.now?.() ?? '',
    JSON.stringify(facts),
  ]);
}

/**
 * Keeps what is left in Redis of the journal beyond what the ledger has: data may be missing although lines of it are there. They
 * count where they follow the ledger's last one by its hash; what cannot be read is as lost as the rest.
 */
async function keepTail(slot: TenantSlot, { ledger, of, lost }: Restoring): Promise<void> {
  for (;;) {
    const head = await ledger.head(of.tenant);
    const reply = await askUnfenced(slot, TAIL, [lost, head.seq, READ_AT_ONCE]);
    const [kind, hash, lines] = isReplies(reply) ? reply : [];
    if (kind !== 'tail') throw unavailable('redis answered something unexpected');
    if (head.seq > 0 && hash !== head.hash) return;
    const entries = readable(head, listOf(lines));
    if (entries.length === 0) return;
    await ledger.keep(of.tenant, entries);
  }
}

function readable(head: Pick<Entry, 'seq' | 'hash'>, lines: readonly Reply[]): readonly Entry[] {
  try {
    return linked(head.seq === 0 ? EMPTY : head, lines.map(lineOf));
  } catch (error) {
    if (ToriiError.is(error) && error.code === 'STORE_CORRUPT') return [];
    throw error;
  }
}

async function readBooks(
  ledger: OpenLedger,
  tenant: string,
): Promise<{ readonly books: Books; readonly last: Pick<Entry, 'seq' | 'at' | 'hash'> }> {
  const books = new Books();
  const journal = ledger.journal(tenant);
  let last: Pick<Entry, 'seq' | 'at' | 'hash'> = { seq: 0, at: 0, hash: '' };
  for (;;) {
    const entries = await journal.entries({ afterSeq: last.seq, limit: READ_AT_ONCE });
    for (const entry of entries) books.post(entry);
    last = entries.at(-1) ?? last;
    if (entries.length < READ_AT_ONCE) return { books, last };
  }
}

function* pages(rows: Iterable<Row>): Generator<readonly Row[]> {
  let page: Row[] = [];
  for (const row of rows) {
    page.push(row);
    if (page.length < PUT_AT_ONCE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
