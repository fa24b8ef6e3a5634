import type { Engine, Entry } from '@torii/engine';

const PAGE = 1_000;

/** Every entry of the journal, oldest first. */
export async function readJournal(journal: Pick<Engine['journal'], 'entries'>): Promise<readonly Entry[]> {
  const all: Entry[] = [];
  for (;;) {
    const page = await journal.entries({ afterSeq: all.length, limit: PAGE });
    if (page.length === 0) return all;
    all.push(...page);
  }
}
