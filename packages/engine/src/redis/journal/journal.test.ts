import type { Entry } from '../../nouns/entry.ts';
import { EMPTY, follow } from '../../record/chain.ts';
import { call } from '../../testing/contract/samples.ts';
import { FieldNames } from '../keys.ts';
import { journalOf, type RedisJournal } from './journal.ts';
import type { OlderEntries } from './entries.ts';
import type { Slot } from '../script.ts';
import { type SlotLab, slotLab } from '../slot.test-support.ts';

const NOON = 1_767_614_400_000;
const JOURNAL = 3;
const LINKS = 8;

let lab: SlotLab;
beforeAll(async () => void (lab = await slotLab()));
afterAll(() => lab.close());

const started = (index: number) => ({ type: 'engine.started', facts: { index } }) as const;

const denied = (agent: string, index: number) =>
  ({
    type: 'call.denied',
    facts: { issuer: 'https://issuer.test', tenant: 'acme', owner: 'ada', agent, index },
  }) as const;

async function written(count: number): Promise<{ readonly slot: Slot; readonly journal: RedisJournal }> {
  const slot = await lab.slot(() => NOON);
  const journal = journalOf(slot, new FieldNames());
  await journal.append(Array.from({ length: count }, (_, index) => started(index)));
  return { slot, journal };
}

/** A ledger in memory, with what it was asked for. */
function ledgerOf(entries: readonly Entry[]): OlderEntries {
  return {
    entries: ({ afterSeq, limit, types }) => {
      const after = entries.filter(({ seq, type }) => seq > afterSeq && (types?.includes(type) ?? true));
      return Promise.resolve(after.slice(0, limit));
    },
  };
}

const whole = (journal: RedisJournal): Promise<readonly Entry[]> =>
  journal.entries({ afterSeq: 0, limit: 10_000 });

test('links what several thousand appended at once, the same for everybody who reads it at once', async () => {
  const { slot, journal } = await written(1_000);
  const others = Array.from({ length: 8 }, () => journalOf(slot, new FieldNames()));

  const read = await Promise.all([journal, ...others].map(whole));

  expect(follow(EMPTY, read[0] ?? [])).toMatchObject({ seq: 1_000 });
  for (const entries of read) expect(entries).toStrictEqual(read[0]);
});

test('reads what is appended while it is linked, without gaps', async () => {
  const { journal } = await written(10);

  const appended = Array.from({ length: 50 }, (_, index) => journal.append([started(index), started(index)]));
  const reads = await Promise.all(Array.from({ length: 50 }, () => whole(journal)));
  await Promise.all(appended);

  for (const entries of [...reads, await whole(journal)])
    expect(follow(EMPTY, entries)).toMatchObject({ seq: entries.length });
  expect(await whole(journal)).toHaveLength(110);
});

test.each`
  what                    | key        | seq  | linked   | told
  ${'the first line'}     | ${JOURNAL} | ${1} | ${true}  | ${'entry 1'}
  ${'a linked line'}      | ${JOURNAL} | ${4} | ${true}  | ${'entry 4'}
  ${'the last line'}      | ${JOURNAL} | ${9} | ${true}  | ${'entry 9'}
  ${'the hash of a line'} | ${LINKS}   | ${4} | ${true}  | ${'entry 4'}
  ${'the last hash'}      | ${LINKS}   | ${9} | ${true}  | ${'entry 9'}
  ${'the first unlinked'} | ${JOURNAL} | ${1} | ${false} | ${'entry 1'}
  ${'an unlinked line'}   | ${JOURNAL} | ${4} | ${false} | ${'entry 4'}
  ${'the last unlinked'}  | ${JOURNAL} | ${9} | ${false} | ${'entry 9'}
`('leaves out no entry in silence when $what was taken out (linked: $linked)', async (row) => {
  const { slot, journal } = await written(9);
  if (row.linked === true) await journal.link();

  await lab.client.xdel(slot.keys[row.key] ?? '', `${row.seq}-0`);

  await expect(whole(journal)).rejects.toMatchObject({
    code: 'STORE_CORRUPT',
    message: expect.stringContaining(row.told),
  });
});

test.each([1, 4, 9])('links nothing beyond a line that was taken out: line %i of 9', async (seq) => {
  const { slot, journal } = await written(9);
  await lab.client.xdel(slot.keys[JOURNAL] ?? '', `${seq}-0`);

  const linking = journal.link();

  await expect(linking).rejects.toMatchObject({
    code: 'STORE_CORRUPT',
    message: expect.stringContaining(`entry ${seq} `),
  });
  expect(await lab.client.xlen(slot.keys[LINKS] ?? '')).toBeLessThan(seq);
});

test('tells no entry whose hash of the entry before was taken out', async () => {
  const { slot, journal } = await written(9);
  await journal.link();
  await lab.client.xdel(slot.keys[LINKS] ?? '', '4-0');

  const reading = journal.entries({ afterSeq: 4, limit: 2 });

  await expect(reading).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  expect(await journal.entries({ afterSeq: 5, limit: 2 })).toHaveLength(2);
});

test('says so when there is something in a line that nobody can read', async () => {
  const { slot, journal } = await written(1);
  await lab.client.xadd(slot.keys[JOURNAL] ?? '', '2-0', 'a', NOON, 't', 'engine.started', 'c', '', 'f', '{');
  await lab.client.hset(slot.keys[0] ?? '', 'seq', 2);

  await expect(whole(journal)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
});

test('cuts facts that turned out too large, the same for everybody, and goes on', async () => {
  const { slot, journal } = await written(1);
  const facts = { agent: 'bot', large: 'x'.repeat(300_000), odd: '\ud800', deep: { list: [1] }, count: 7 };
  const line = ['a', NOON, 't', 'call.denied', 'c', 'c1', 'f', JSON.stringify(facts)] as const;
  await lab.client.xadd(slot.keys[JOURNAL] ?? '', '2-0', ...line);
  await lab.client.hset(slot.keys[0] ?? '', 'seq', 2);
  await journal.append([started(2)]);

  const entries = await whole(journal);

  expect(entries[1]).toMatchObject({ callId: 'c1', facts: { agent: 'bot', count: 7, cut: true } });
  expect(Object.keys(entries[1]?.facts ?? {})).toEqual(['agent', 'count', 'cut']);
  expect(follow(EMPTY, entries)).toMatchObject({ seq: 3 });
  expect(await whole(journalOf(slot, new FieldNames()))).toStrictEqual(entries);
});

test('answers the hashes that were kept, so that a line that was changed is found', async () => {
  const { slot, journal } = await written(3);
  await journal.link();
  const key = slot.keys[JOURNAL] ?? '';
  await lab.client.del(key);
  for (const seq of [1, 2, 3])
    await lab.client.xadd(
      key,
      seq,
      'a',
      NOON,
      't',
      'engine.started',
      'c',
      '',
      'f',
      `{"index":${seq === 2 ? 7 : seq - 1}}`,
    );

  const found = follow(EMPTY, await whole(journal));

  expect(found).toMatchObject({
    kind: 'broken',
    seq: 2,
    message: 'entry 2 was changed after it was written',
  });
});

test('keeps the hash that was kept first, whoever comes later', async () => {
  const { slot, journal } = await written(5);
  await journal.link();
  const kept = await lab.client.xrange(slot.keys[LINKS] ?? '', '-', '+');

  await journal.append([started(5)]);
  await journal.link();

  const after = await lab.client.xrange(slot.keys[LINKS] ?? '', '-', '+');
  expect(after.slice(0, 5)).toEqual(kept);
  expect(after).toHaveLength(6);
});

describe('a journal whose first entries were moved', () => {
  async function moved(count: number, last: number) {
    const { slot, journal: before } = await written(0);
    for (let index = 0; index < count; index++)
      await before.append([index % 5 === 0 ? denied('bot', index) : started(index)]);
    const entries = await whole(before);
    const journal = journalOf(slot, new FieldNames(), ledgerOf(entries));
    await journal.trim(entries.slice(0, last));
    return { slot, entries, journal };
  }

  test('reads the same as before, whatever part is asked for', async () => {
    const { slot, entries, journal } = await moved(30, 20);
    expect(await lab.client.xlen(slot.keys[JOURNAL] ?? '')).toBe(10);

    expect(await whole(journal)).toStrictEqual(entries);
    for (const afterSeq of [0, 5, 19, 20, 21, 29, 30]) {
      for (const limit of [1, 5, 20, 100]) {
        const expected = entries.slice(afterSeq, afterSeq + limit);
        expect(await journal.entries({ afterSeq, limit })).toStrictEqual(expected);
        const types = ['call.denied'] as const;
        const some = entries
          .filter(({ seq, type }) => seq > afterSeq && type === 'call.denied')
          .slice(0, limit);
        expect(await journal.entries({ afterSeq, limit, types })).toStrictEqual(some);
      }
    }
    const found = entries.filter(({ type }) => type === 'call.denied').reverse();
    expect(await journal.denials(call('any'), 100)).toStrictEqual(found);
    expect(await journal.denials(call('any'), 4)).toStrictEqual(found.slice(0, 4));
  });

  test('goes on as if nothing had been moved', async () => {
    const { entries, journal } = await moved(10, 10);

    await journal.append([denied('bot', 10)]);

    expect(await whole(journal)).toMatchObject([...entries, { seq: 11, previous: entries[9]?.hash }]);
    expect(follow(EMPTY, await whole(journal))).toMatchObject({ seq: 11 });
  });

  test('is not read without them', async () => {
    const { slot, journal } = await moved(10, 4);
    const alone = journalOf(slot, new FieldNames());

    await expect(whole(alone)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await alone.entries({ afterSeq: 4, limit: 10 })).toHaveLength(6);
    expect(await journal.entries({ afterSeq: 4, limit: 10 })).toHaveLength(6);
  });

  test.each([1, 3, 4])('says so when the place they were moved to lost entry %i', async (lost) => {
    const { slot, entries } = await moved(10, 4);
    const journal = journalOf(slot, new FieldNames(), ledgerOf(entries.toSpliced(lost - 1, 1).slice(0, 3)));

    const told = { code: 'STORE_CORRUPT', message: expect.stringContaining(`entry ${lost}`) };
    await expect(whole(journal)).rejects.toMatchObject(told);
    await expect(journal.entries({ afterSeq: lost - 1, limit: 1 })).rejects.toMatchObject(told);
  });

  test('moves nothing that is not linked, nor anything twice', async () => {
    const { slot, journal } = await written(5);
    await journal.link();
    await journal.append([started(5)]);
    const known = journalOf(slot, new FieldNames());
    const entry = { ...started(6), seq: 6, at: NOON, previous: '', hash: '' };

    await known.trim([entry]);
    await known.trim([{ ...entry, seq: 2 }]);

    expect(await lab.client.hget(slot.keys[0] ?? '', 'trimmed')).toBe('5');
    expect(await lab.client.xlen(slot.keys[JOURNAL] ?? '')).toBe(1);
  });

  test('finds the newest 1,000 denials of an agent, and all of another', async () => {
    const { slot, journal } = await written(0);
    const bots = Array.from({ length: 1_200 }, (_, index) =>
      denied(index % 100 === 7 ? 'other' : 'bot', index),
    );
    for (let at = 0; at < bots.length; at += 200) await journal.append(bots.slice(at, at + 200));
    const entries = await whole(journal);
    const after = journalOf(slot, new FieldNames(), ledgerOf(entries));

    await after.trim(entries.slice(0, 1_150));

    const ofAgent = (agent: string) => entries.filter(({ facts }) => facts['agent'] === agent).reverse();
    const asked = (agent: string) => after.denials({ ...call('any'), agent }, 5_000);
    expect(await asked('bot')).toStrictEqual(ofAgent('bot').slice(0, 1_000));
    expect(await asked('other')).toStrictEqual(ofAgent('other'));
  });
});

describe('types that are asked for again and again', () => {
  async function watched() {
    let looked = 0;
    const slot = await lab.slot(() => NOON, {
      evalsha(...asked) {
        looked++;
        return lab.client.evalsha(...asked);
      },
      eval: (...asked) => lab.client.eval(...asked),
    });
    const journal = journalOf(slot, new FieldNames());
    await journal.append(Array.from({ length: 2_000 }, (_, index) => started(index)));
    await journal.link();
    const ask = async (afterSeq: number): Promise<readonly [seqs: readonly number[], steps: number]> => {
      looked = 0;
      const types = ['call.denied', 'call.released'] as const;
      const found = await journal.entries({ afterSeq, limit: 3, types });
      return [found.map(({ seq }) => seq), looked];
    };
    return { journal, ask };
  }

  test('are looked for once where there are none, and found where there are', async () => {
    const { journal, ask } = await watched();
    const answers = [await ask(0), await ask(0), await ask(700), await ask(0)];

    await journal.append([started(0), denied('bot', 1), started(2)]);
    await journal.link();

    expect(answers).toEqual([
      [[], 4],
      [[], 1],
      [[], 1],
      [[], 1],
    ]);
    expect([await ask(700), await ask(2_002), await ask(0), await ask(2_002)]).toEqual([
      [[2_002], 1],
      [[], 1],
      [[2_002], 5],
      [[], 1],
    ]);
  });
});
