import type { AssetRate } from '../nouns/asset.ts';
import type { Journal } from '../nouns/store.ts';
import { ToriiError } from '../nouns/errors.ts';
import { nextTurn } from '../stores/turns.ts';
import type { Answer } from './recorded.ts';
import { Replay } from './replay.ts';

/** What to try on recorded calls. */
export interface SimulateOptions {
  /** The draft. Throws POLICY_INVALID for one that is not valid. */
  readonly policies: readonly unknown[];

  /** `engine.journal`, or a reader such as `readSqlite(path)`. */
  readonly journal: Pick<Journal, 'entries'>;

  /** As in the options of the engine. @default [] */
  readonly assets?: readonly AssetRate[];
}

/** A call that the draft answers otherwise than it was answered. */
export interface SimulatedChange {
  readonly callId: string;

  /** Its entry in the journal. */
  readonly seq: number;

  /** Milliseconds since 1970. */
  readonly at: number;
  readonly agent: string;
  readonly owner: string;
  readonly tool: string;
  readonly price: string;
  readonly was: Answer;

  /** `message` says why, where it is denied. */
  readonly now: Answer & { readonly message?: string };
}

/** What a draft would have done with the calls of a journal. */
export interface Simulation {
  /** Decisions that the journal records: calls that were held, or denied by policy or for lack of room. */
  readonly calls: number;
  readonly same: number;

  /** All changes by kind: `allow → deny`. A denial with another code is `deny → deny`. */
  readonly changed: Readonly<Record<string, number>>;

  /** The first 1,000 changes, oldest first. */
  readonly changes: readonly SimulatedChange[];

  /**
   * Calls that a rule over their arguments decides, of which the journal keeps only a hash, and calls whose entry does
   * not say enough. They are counted in no other figure and take no money.
   */
  readonly undecidable: number;

  /** Money by asset, as text: `12.50 USD`. Always `simulated = spent - saved + added`. */
  readonly money: {
    /** What the calls cost. One whose outcome nobody knows counts as nothing. */
    readonly spent: readonly string[];

    /** What they would have cost. A call that never ran is taken at its price. */
    readonly simulated: readonly string[];

    /** What calls cost that the draft denies, or asks a person about who was not asked. */
    readonly saved: readonly string[];

    /** What calls would have cost at most that were denied or never approved, and that the draft lets run. */
    readonly added: readonly string[];
  };
}

/** Entries per page: replaying them holds up the process for some milliseconds. */
const PAGE = 250;

/**
 * Replays the calls of a journal against a draft, in their order and at their time, with budgets, rates, sessions and
 * freezes counted as the draft says, in memory: what would have been decided otherwise, and what that means in money.
 * Nothing is written. In memory are the open calls, one small record for each, and what the draft counts. Other work of
 * the process gets its turn between pages of the journal.
 */
export async function simulate({ policies, journal, assets = [] }: SimulateOptions): Promise<Simulation> {
  const replay = new Replay(policies, assets);
  for (let afterSeq = 0; ;) {
    const entries = await journal.entries({ afterSeq, limit: PAGE });
    for (const entry of entries) await replay.take(entry);
    const last = entries.at(-1);
    if (last === undefined) return replay.result();
    if (last.seq <= afterSeq)
      throw new ToriiError('STORE_CORRUPT', `expected entries after ${afterSeq}, got ${last.seq}`);
    afterSeq = last.seq;
    // A journal in memory answers within the turn, and calls are waiting for theirs.
    await new Promise<void>(nextTurn);
  }
}
