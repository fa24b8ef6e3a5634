import assert from 'node:assert/strict';
import type { Entry, Store } from '@torii/engine';
import { type AuditedBudget, auditBudgets } from '@torii/engine/testing';
import { charge, rate } from './asking.ts';

const PAGE = 1_000;

/** Where the journal ends: every answer says it, also that a call is unknown. */
export async function lastSeq(store: Store): Promise<number> {
  const { version } = await store.release('a call that nobody made', {});
  return version;
}

/** The whole journal. */
export function allEntries(store: Store): Promise<readonly Entry[]> {
  return entriesAfter(store, 0);
}

/** The journal after an entry, read page by page. */
export async function entriesAfter(store: Store, seq: number): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (;;) {
    const page = await store.entries({ afterSeq: seq + entries.length, limit: PAGE });
    entries.push(...page);
    if (page.length < PAGE) return entries;
  }
}

/**
 * What does not add up: entries that are out of order or missing, and budgets that the store tells otherwise than the
 * journal. Empty where every cent is accounted for.
 */
export async function auditFlaws(store: Store): Promise<readonly string[]> {
  const entries = await allEntries(store);
  const flaws = entries.flatMap((entry, index) => orderFlaw(entry, index, entries[index - 1]));
  for (const audited of auditBudgets(entries, await timeOf(store))) {
    const { budgets } = await store.status([chargeOf(audited)], []);
    const [status] = budgets;
    assert.ok(status !== undefined, 'expected a status for each charge');
    if (status.spent === audited.spent && status.held === audited.held) continue;
    const told = `${status.spent} spent and ${status.held} held`;
    flaws.push(
      `the store says ${told} of \`${audited.key}\`, its journal ${audited.spent} and ${audited.held}`,
    );
  }
  return flaws;
}

function orderFlaw(entry: Entry, index: number, before: Entry | undefined): readonly string[] {
  if (entry.seq !== index + 1) return [`entry ${entry.seq} stands at place ${index + 1} of the journal`];
  if (before === undefined) return [];
  if (entry.previous !== before.hash) return [`entry ${entry.seq} does not follow the one before it`];
  return entry.at < before.at ? [`entry ${entry.seq} is older than the one before it`] : [];
}

/** The store's own time: when a call fits a rate that nobody used. */
async function timeOf(store: Store): Promise<number> {
  const { rates } = await store.status([], [rate('never used', { limit: 1 })]);
  return rates[0]?.resetsAt ?? 0;
}

function chargeOf({ key, startMs, rolling }: AuditedBudget): ReturnType<typeof charge> {
  const nothing = { amount: 0n, limit: 0n };
  if (rolling === undefined) return charge(key, { ...nothing, startMs });
  const { windowMs, sliceMs } = rolling;
  const endMs = sliceMs === undefined ? undefined : startMs + sliceMs;
  return charge(key, { ...nothing, window: 'rolling 1m', startMs, endMs, rollingMs: windowMs });
}

/** A charge as the journal keeps it. */
export interface WrittenCharge {
  readonly budget: string;
  readonly startMs: number;
  readonly rollingMs?: number;
  readonly amount: string;
}

type Json = Entry['facts'][string];

/** What an entry says was held. Empty for one that holds nothing. */
export function chargesIn({ facts }: Entry): readonly WrittenCharge[] {
  return (facts['charges'] ?? []) as readonly (WrittenCharge & Record<string, Json>)[];
}
