import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Entry } from '../../nouns/entry.ts';
import type { OpenLedger } from '../../nouns/ledger.ts';
import { EMPTY, type Head, link } from '../../record/chain.ts';
import { sqliteLedger } from './sqlite-ledger.ts';
import { sqliteStore } from './sqlite-store.ts';
import { fakeClock } from '../../testing/fake-clock.ts';

let directory = '';
let path = '';
let ledger: OpenLedger;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'torii-ledger-'));
  path = join(directory, 'ledger.db');
  ledger = await sqliteLedger(path).open();
});

afterEach(async () => {
  await ledger.close();
  await rm(directory, { recursive: true });
});

/** Entries that follow `head`: every other is a denial. */
function chain(count: number, head: Head = EMPTY): readonly Entry[] {
  const entries: Entry[] = [];
  let last = head;
  for (let index = 0; index < count; index++) {
    const type = index % 2 === 0 ? 'call.reserved' : 'call.denied';
    const entry = link(last, { type, callId: `c${index}`, facts: { index } }, 1_000 + index);
    entries.push(entry);
    last = entry;
  }
  return entries;
}

test('an empty ledger has nothing of anybody', async () => {
  expect(await ledger.tenants()).toEqual([]);
  expect(await ledger.head('a')).toMatchObject({ seq: 0 });
  expect(await ledger.journal('a').entries({ afterSeq: 0, limit: 10 })).toEqual([]);
});

test('entries are kept for each tenant apart, and are there when it is opened again', async () => {
  const [ours, theirs] = [chain(5), chain(2)];
  await ledger.keep('a', ours.slice(0, 2));
  await ledger.keep('b', theirs);
  await ledger.keep('a', ours.slice(2));
  await ledger.close();
  ledger = await sqliteLedger(path).open();

  expect(await ledger.tenants()).toEqual(['a', 'b']);
  expect(await ledger.head('a')).toMatchObject({ seq: 5, hash: ours[4]?.hash });
  expect(await ledger.journal('a').entries({ afterSeq: 0, limit: 10 })).toEqual(ours);
  expect(await ledger.journal('b').entries({ afterSeq: 1, limit: 10 })).toEqual(theirs.slice(1));
});

test('entries are found by their types, in order', async () => {
  await ledger.keep('a', chain(6));
  const found = (types: readonly Entry['type'][], limit: number) =>
    ledger
      .journal('a')
      .entries({ afterSeq: 1, limit, types })
      .then((entries) => entries.map(({ seq }) => seq));

  expect(await found(['call.denied'], 10)).toEqual([2, 4, 6]);
  expect(await found(['call.denied', 'call.reserved', 'call.denied'], 3)).toEqual([2, 3, 4]);
  expect(await found([], 3)).toEqual([]);
});

test('entries that it has are left as they are', async () => {
  const entries = chain(4);
  await ledger.keep('a', entries.slice(0, 3));

  await ledger.keep('a', entries);

  expect(await ledger.head('a')).toMatchObject({ seq: 4 });
});

test.each([
  ['a gap', (entries: readonly Entry[]) => entries.slice(3)],
  ['another chain', () => chain(3, { seq: 2, at: 0, hash: 'f'.repeat(64) })],
  [
    'a changed entry',
    (entries: readonly Entry[]) => entries.map((entry) => ({ ...entry, facts: { index: 9 } })),
  ],
])('%s is refused, and nothing of it is kept', async (_, change) => {
  const entries = chain(6);
  await ledger.keep('a', entries.slice(0, 2));

  await expect(ledger.keep('a', change(entries))).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  expect(await ledger.head('a')).toMatchObject({ seq: 2 });
});

test('one process has it', async () => {
  await expect(sqliteLedger(path).open()).rejects.toMatchObject({ code: 'STORE_IN_USE' });
});

test('the file of a store is no ledger, and a ledger is no store', async () => {
  const other = join(directory, 'store.db');
  const store = await sqliteStore(other).open({ clock: fakeClock() });
  await store.close();
  await ledger.close();

  await expect(sqliteLedger(other).open()).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  await expect(sqliteStore(path).open({ clock: fakeClock() })).rejects.toMatchObject({
    code: 'STORE_CORRUPT',
  });
});

test('a ledger that is closed answers nothing', async () => {
  await ledger.close();
  await ledger.close();

  await expect(ledger.head('a')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});

test('a path that is none is refused at once', () => {
  expect(() => sqliteLedger(':memory:')).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }));
});
