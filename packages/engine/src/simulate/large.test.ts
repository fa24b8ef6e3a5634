import { join } from 'node:path';
import { closeAll, harness, newFolder } from '../policies/live.test-support.ts';
import type { Entry } from '../nouns/entry.ts';
import { readSqlite } from '../stores/sqlite/read-sqlite.ts';
import { sqliteStore } from '../stores/sqlite/sqlite-store.ts';
import { simulate } from './simulate.ts';

afterEach(closeAll);

const policy = {
  id: 'p',
  tools: { allow: ['search'] },
  budgets: [{ scope: 'agent', window: 'day', limit: '10 USD' }],
};

test('the file of a store is replayed while its engine writes it', async () => {
  const path = join(await newFolder(), 'torii.db');
  const one = await harness({ store: sqliteStore(path), policies: [policy] });
  for (let index = 0; index < 5; index++)
    await one.torii.guard(one.request({ arguments: { index } }), () => index);
  await one.torii.guard(one.request({ tool: 'trade' }), () => 0);
  const journal = await readSqlite(path);

  const result = await simulate({
    policies: [{ ...policy, budgets: [{ scope: 'agent', window: 'day', limit: '0.25 USD' }] }],
    journal,
  });
  await journal.close();

  expect(result).toMatchObject({
    calls: 6,
    same: 3,
    changed: { 'allow → deny': 3 },
    money: { spent: ['0.50 USD'], simulated: ['0.20 USD'], saved: ['0.30 USD'], added: [] },
  });
});

interface Differing {
  /** How far the calls are apart, in milliseconds. */
  readonly apartMs?: number;

  /** The session of the nth call, where they differ in it. */
  readonly sessionOf?: (nth: number) => string;
}

/** The entries of one call over and over, as if many agents had made it. */
function manyTimes(
  [reserved, settled]: readonly Entry[],
  calls: number,
  { apartMs = 50, sessionOf = () => 's1' }: Differing = {},
) {
  if (reserved === undefined || settled === undefined) throw new Error('expected a call that was settled');
  let asked = 0;
  const entryAt = (seq: number): Entry => {
    const nth = Math.ceil(seq / 2);
    const { facts } = reserved;
    const who = { agent: `bot${nth % 500}`, session: sessionOf(nth) };
    const of = seq % 2 === 1 ? { ...reserved, facts: { ...facts, ...who } } : settled;
    return { ...of, seq, at: reserved.at + nth * apartMs, callId: `call_${nth}` };
  };
  return {
    asked: () => asked,
    entries: async ({ afterSeq, limit }: { readonly afterSeq: number; readonly limit: number }) => {
      asked += 1;
      const length = Math.min(limit, calls * 2 - afterSeq);
      return Array.from({ length }, (_, index) => entryAt(afterSeq + index + 1));
    },
  };
}

test('20,000 entries are read page by page, and what ended is forgotten', async () => {
  const one = await harness({ policies: [policy] });
  await one.torii.guard(one.request(), () => 0);
  const journal = manyTimes(await one.torii.journal.entries({ afterSeq: 3 }), 10_000);

  const result = await simulate({ policies: [policy], journal });

  expect(result).toMatchObject({ calls: 10_000, same: 10_000, money: { spent: ['1000.00 USD'], saved: [] } });
  expect(journal.asked()).toBe(81);
});

test('of many changes only the first thousand are listed, and all are counted', async () => {
  const one = await harness({ policies: [policy] });
  await one.torii.guard(one.request(), () => 0);
  const journal = manyTimes(await one.torii.journal.entries({ afterSeq: 3 }), 3_000);

  const result = await simulate({ policies: [], journal });

  expect(result.changes).toHaveLength(1_000);
  expect(result).toMatchObject({ changed: { 'allow → deny': 3_000 }, money: { saved: ['300.00 USD'] } });
});

const wary = { ...policy, anomaly: { after: 2, denialRate: 50 } };

test('20,000 sessions of one call each take no longer than one session of 20,000', async () => {
  const one = await harness({ policies: [policy] });
  await one.torii.guard(one.request(), () => 0);
  const entries = await one.torii.journal.entries({ afterSeq: 3 });
  const journal = manyTimes(entries, 20_000, { apartMs: 1_000, sessionOf: (nth) => `s${nth}` });

  // Were all sessions looked through again and again, this would take far longer than it may.
  expect(await simulate({ policies: [wary], journal })).toMatchObject({ calls: 20_000, same: 20_000 });
}, 10_000);

test('other work gets its turn between the pages of a journal in memory', async () => {
  const one = await harness({ policies: [policy] });
  await one.torii.guard(one.request(), () => 0);
  const journal = manyTimes(await one.torii.journal.entries({ afterSeq: 3 }), 5_000);
  let turns = 0;
  let replays = true;
  const count = (): void => void (replays && (turns++, setImmediate(count)));
  setImmediate(count);

  await simulate({ policies: [policy], journal });
  replays = false;

  expect(turns).toBeGreaterThanOrEqual(40);
});
