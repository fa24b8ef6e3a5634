import { existsSync } from 'node:fs';
import { type Entry, readSqlite } from '@torii/engine';
import { readJournal } from '../journal/read-journal.ts';
import { verifyEntries } from '../journal/verify-entries.ts';
import type { StatePaths } from '../paths.ts';
import { journalTable } from '../timeline/journal-table.ts';
import { type Paint, paintFor } from '../timeline/paint.ts';
import { jsonText, print, type Terminal } from './terminal.ts';
import type { Request } from './usage.ts';

/** Prints every entry of the journal, also while a run writes it, and whether it is intact. Answers 1 when it is not. */
export async function printJournal(
  { database }: StatePaths,
  { json }: Request,
  { stdout, environment }: Terminal,
): Promise<number> {
  const entries = existsSync(database) ? await entriesOf(database) : [];
  const verification = verifyEntries(entries);
  const paint = paintFor(stdout, environment);
  if (json) print(stdout, [jsonText({ entries, verification })]);
  else if (entries.length === 0) print(stdout, ['the journal is empty; run: npm start']);
  else print(stdout, [...journalTable(entries, paint), '', verdict(verification, paint)]);
  return verification.kind === 'intact' ? 0 : 1;
}

async function entriesOf(database: string): Promise<readonly Entry[]> {
  const reader = await readSqlite(database);
  try {
    return await readJournal(reader);
  } finally {
    await reader.close();
  }
}

function verdict(found: ReturnType<typeof verifyEntries>, paint: Paint): string {
  return found.kind === 'intact'
    ? paint('green', `intact: ${found.entries} entries, head ${found.head}`)
    : paint('red', `broken at entry ${found.seq}: ${found.message}`);
}
