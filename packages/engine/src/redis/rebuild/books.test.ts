import type { Entry } from '../../nouns/entry.ts';
import { KEPT_AFTER_END_MS } from '../../stores/transitions/expire.ts';
import { Books } from './books.ts';

const caller = { issuer: 'i', tenant: 't', owner: 'o', agent: 'a', session: 's' };

function entry(seq: number, at: number, event: Pick<Entry, 'type' | 'callId' | 'facts'>): Entry {
  return { seq, at, previous: '', hash: '', ...event };
}

function reserved(callId: string): Pick<Entry, 'type' | 'callId' | 'facts'> {
  return { type: 'call.reserved', callId, facts: { ...caller, tool: 'search', price: '1 USD', charges: [] } };
}

function released(callId: string): Pick<Entry, 'type' | 'callId' | 'facts'> {
  return { type: 'call.released', callId, facts: {} };
}

test('a call is kept as long as its next attempt is known, and goes with it', () => {
  const books = new Books();
  const ids = ['c', 'c.2', 'c.3'];
  ids.forEach((id, index) => {
    books.post(entry(2 * index + 1, index, reserved(id)));
    if (id !== 'c.3') books.post(entry(2 * index + 2, index, released(id)));
  });
  const knownAt = (nowMs: number): readonly string[] => books.knownCalls(nowMs).map(({ id }) => id);
  const kept = knownAt(3 * KEPT_AFTER_END_MS);
  books.post(entry(6, 3 * KEPT_AFTER_END_MS, released('c.3')));

  expect([kept, knownAt(4 * KEPT_AFTER_END_MS - 1), knownAt(4 * KEPT_AFTER_END_MS)]).toEqual([ids, ids, []]);
});

test('calls are forgotten as long after their end as Redis forgets them, and open ones never', () => {
  const books = new Books();
  books.post(entry(1, 0, reserved('ended')));
  books.post(entry(2, 0, reserved('again')));
  books.post(entry(3, 0, reserved('open')));
  books.post(entry(4, 0, released('ended')));
  books.post(entry(5, 0, released('again')));
  books.post(entry(6, 1, reserved('again')));
  books.post(entry(7, KEPT_AFTER_END_MS - 1, released('unknown')));
  expect([...books.calls.keys()].sort()).toEqual(['again', 'ended', 'open']);

  books.post(entry(8, KEPT_AFTER_END_MS, released('unknown')));

  expect([...books.calls.keys()].sort()).toEqual(['again', 'open']);
});

test('a call is known as long as a further attempt of it', () => {
  const books = new Books();
  books.post(entry(1, 0, reserved('c')));
  books.post(entry(2, 0, released('c')));
  books.post(entry(3, 1, reserved('c.2')));
  books.post(entry(4, KEPT_AFTER_END_MS, released('unknown')));
  expect(books.knownCalls(KEPT_AFTER_END_MS).map(({ id }) => id)).toEqual(['c', 'c.2']);

  books.post(entry(5, KEPT_AFTER_END_MS, released('c.2')));
  books.post(entry(6, 2 * KEPT_AFTER_END_MS, released('unknown')));

  expect(books.knownCalls(2 * KEPT_AFTER_END_MS)).toEqual([]);
});
