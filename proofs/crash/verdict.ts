import { type CallRecord, systemClock, type Store } from '@torii/engine';
import { auditBudgets } from '@torii/engine/testing';
import { AGENT } from '../suite/asking.ts';
import { allEntries, auditFlaws } from '../suite/journal.ts';
import { LIFETIME, LIMIT_UNITS, type Place, workOf } from './errand.ts';
import { storeAt } from './place.ts';

/** One line that a worker said before it died. */
export interface Said {
  readonly word: string;

  /** The name of the call: run and index. */
  readonly name: string;
  readonly callId: string;
}

/** The entry that must be in the journal once a worker has said a word. */
const PROMISED: Readonly<Record<string, string>> = {
  done: 'call.settled',
  failed: 'call.released',
  unresolved: 'call.unresolved',
  waiting: 'approval.created',
  voted: 'approval.approved',
  'denied:TOOL_NOT_ALLOWED': 'call.denied',
  'denied:BUDGET_EXCEEDED': 'call.denied',
};

/** How a call may stand whose tool ran: its money is spent or held. One that failed has returned it. */
const AFTER_EFFECT = ['started', 'unresolved', 'settled'];

/** What everything that was said and done makes of the store, after a death. Empty where every promise was kept. */
export function verdict(place: Place, said: readonly Said[]): Promise<readonly string[]> {
  return examined(place, async (store) => [
    ...(await auditFlaws(store)),
    ...(await aboveLimit(store)),
    ...(await forgotten(store, said)),
    ...(await unpaid(store, said)),
    ...repeatedEffects(said),
  ]);
}

/** Events of approvals that no endpoint has heard of. */
export function unheard(place: Place, heard: ReadonlySet<number>): Promise<readonly string[]> {
  return examined(place, async (store) => {
    const events = (await allEntries(store)).filter(({ type }) => type.startsWith('approval.'));
    return events
      .filter(({ seq }) => !heard.has(seq))
      .map(({ seq, type }) => `nobody was told of entry ${seq}, \`${type}\``);
  });
}

/** Looks at the store of the tenant whose calls these are, as somebody who comes later. */
async function examined(
  place: Place,
  look: (store: Store) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const opened = await storeAt(place).open({ clock: systemClock });
  try {
    return await look(opened.of(AGENT.tenant));
  } finally {
    await opened.close();
  }
}

async function aboveLimit(store: Store): Promise<readonly string[]> {
  return auditBudgets(await allEntries(store))
    .filter(({ key, spent, held }) => key.includes(LIFETIME) && spent + held > LIMIT_UNITS)
    .map(({ spent, held }) => `${spent} are spent and ${held} held of ${LIMIT_UNITS}`);
}

async function forgotten(store: Store, said: readonly Said[]): Promise<readonly string[]> {
  const recorded = new Set((await allEntries(store)).map(({ type, callId }) => `${type} ${callId}`));
  return said.flatMap(({ word, name, callId }) => {
    const entry = PROMISED[word];
    if (entry === undefined || callId === '-' || recorded.has(`${entry} ${callId}`)) return [];
    return [`\`${word}\` was said of ${name}, and the journal has no \`${entry}\` for it`];
  });
}

async function unpaid(store: Store, said: readonly Said[]): Promise<readonly string[]> {
  const flaws: string[] = [];
  for (const { word, name, callId } of said) {
    if (word !== 'effect') continue;
    const call = await store.call(callId);
    if (call === undefined || !isPaid(call, name)) {
      flaws.push(`the tool of ${name} ran, and its call is ${call?.state ?? 'unknown'}`);
    }
  }
  return flaws;
}

function isPaid({ state }: CallRecord, name: string): boolean {
  if (AFTER_EFFECT.includes(state)) return true;
  return state === 'released' && fails(name);
}

function fails(name: string): boolean {
  return workOf(Number(name.split('.')[1])) === 'fails';
}

/** What failed may be attempted again, as a call of its own: then no attempt runs twice. */
function repeatedEffects(said: readonly Said[]): readonly string[] {
  const times = new Map<string, number>();
  for (const { word, name, callId } of said) {
    if (word !== 'effect') continue;
    const ran = fails(name) ? `${name}, attempt ${callId},` : name;
    times.set(ran, (times.get(ran) ?? 0) + 1);
  }
  return [...times]
    .filter(([, count]) => count > 1)
    .map(([name, count]) => `the tool of ${name} ran ${count} times`);
}
