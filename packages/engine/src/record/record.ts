import type { JsonObject } from '../nouns/canonical.ts';
import type { Denial } from '../nouns/denial.ts';
import type { Verification } from '../nouns/engine.ts';
import { callerFacts, type Principal } from '../nouns/principal.ts';
import { known, type Steps } from '../nouns/steps.ts';
import type { Journal } from '../nouns/store.ts';
import { EMPTY, follow, type Head } from './chain.ts';

/**
 * Writes down a denial that no hold, and no earlier answer of the same call, accounts for. With `extension` the call
 * goes on: it was only denied another price.
 */
export function* recordDenial(
  journal: Journal,
  principal: Principal,
  denial: Denial & { readonly tool?: string; readonly extension?: true },
): Steps<Denial> {
  const { tool = '', extension, ...answer } = denial;
  const { code, message } = answer;
  const told = extension === undefined ? {} : { extension };
  const facts: JsonObject = { ...callerFacts(principal), tool, code, message, ...told };
  const written = journal.append([
    { type: 'call.denied', ...(answer.callId === undefined ? {} : { callId: answer.callId }), facts },
  ]);
  yield* known(written);
  return answer;
}

const PAGE = 1_000;

/** Reads the whole journal and checks that every entry follows from the one before it. */
export async function verifyJournal(journal: Journal): Promise<Verification> {
  let head: Head = EMPTY;
  for (;;) {
    const entries = await journal.entries({ afterSeq: head.seq, limit: PAGE });
    if (entries.length === 0) return { kind: 'intact', entries: head.seq, head: head.hash };
    const next = follow(head, entries);
    if ('kind' in next) return next;
    head = next;
  }
}
