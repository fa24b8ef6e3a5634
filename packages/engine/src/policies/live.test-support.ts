import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as oneTurn } from 'node:timers/promises';
import { type Harness, harness as open } from '../engine.test-support.ts';
import type { Engine } from '../nouns/engine.ts';
import type { Entry, EntryType } from '../nouns/entry.ts';
import type { Store, StoreSource } from '../nouns/store.ts';
import { memoryStore } from '../stores/memory/memory-store.ts';

const engines: Engine[] = [];
const folders: string[] = [];

/** A harness whose engine `closeAll` closes. */
export async function harness(options: Parameters<typeof open>[0] = {}): Promise<Harness> {
  const opened = await open(options);
  engines.push(opened.torii);
  return opened;
}

/** Closes what tests opened, the engines opened last first, and removes their folders. */
export async function closeAll(): Promise<void> {
  for (const engine of engines.splice(0).reverse()) await engine.close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
}

/** A new folder for one test. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'torii-live-'));
  folders.push(folder);
  return folder;
}

/** Writes a set as a JSON file and answers its path. */
export async function write(path: string, documents: unknown): Promise<string> {
  await writeFile(path, typeof documents === 'string' ? documents : JSON.stringify(documents));
  return path;
}

/** A set that allows `search` and says so in its version. */
export function version(number: number, more: object = {}): object {
  return { id: 'live', version: number, tools: { allow: ['search'] }, ...more };
}

/** Lets the time of the test pass. No second ends before what was asked of files: reading one takes no time here. */
export async function pass({ clock }: Harness, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await clock.advance(1_000);
    do await oneTurn();
    while (process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq')));
  }
}

/** Lets the time of the test pass, a second at a time, until the condition holds. */
export async function until(
  one: Harness,
  holds: () => boolean | Promise<boolean>,
  seconds = 500,
): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    if (await holds()) return;
    await pass(one, 1);
  }
  throw new Error(`expected the condition to hold within ${seconds} seconds`);
}

/** The journal, or its entries of one type. */
export async function journal({ torii }: Harness, type?: EntryType): Promise<readonly Entry[]> {
  const all: Entry[] = [];
  for (;;) {
    const page = await torii.journal.entries({ afterSeq: all.at(-1)?.seq ?? 0 });
    if (page.length === 0) return type === undefined ? all : all.filter((entry) => entry.type === type);
    all.push(...page);
  }
}

/** One memory store that several engines open. */
export function sharedStore(): StoreSource {
  const source = memoryStore();
  let shared: Promise<Store> | undefined;
  return {
    // The first engine's closing must not close it for the others.
    open: async (context) => ({ ...(await (shared ??= source.open(context))), close: async () => undefined }),
  };
}

/** A revision of a Torii that knows more than this one, which cannot compile it. */
export const FOREIGN = {
  hash: 'f'.repeat(64),
  documents: '[{"id":"p","from":"the future"}]',
  author: 'x',
  note: '',
} as const;
