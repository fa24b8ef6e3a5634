import type { ActiveRevision, PolicyRevision, RevisionStore, RevisionSummary } from '../../nouns/revision.ts';
import { judgeActivation, savedEvent } from '../../stores/transitions/revisions.ts';
import { untilUnchanged } from './again.ts';
import { factsLine } from '../holds/facts-line.ts';
import { jsonOf, listOf, textOf, wholeOf } from '../replies.ts';
import { type Reply, run, type Slot } from '../script.ts';
import {
  ACTIVATE,
  ACTIVATION,
  POLICIES,
  REVISION,
  REVISION_LIST,
  REVISION_OF,
  SAVE_REVISION,
  SET_POLICIES,
} from '../scripts/revisions.ts';

/** Which policies are active, and since which activation. */
export interface ActivePolicies {
  /** Undefined until the first activation. */
  readonly hash: string | undefined;

  /** A number that grows with every activation; 0 before the first. */
  readonly activations: number;
}

/** Told which policies were activated, once they are: other slots judge by them too. */
export type OnActivated = (policies: ActivePolicies) => Promise<void>;

type NewSet = Parameters<RevisionStore['saveRevision']>[0];
type Change = Parameters<RevisionStore['activateRevision']>[0];

/** The revisions, kept in one slot for all. `onActivated` is waited for before an activation is answered. */
export function revisionsOf(slot: Slot, onActivated: OnActivated = async () => {}): RevisionStore {
  return {
    saveRevision: (set) => untilUnchanged(() => saved(slot, set)),
    async activateRevision(change) {
      const { answer, activated } = await untilUnchanged(() => activatedIn(slot, change));
      if (activated !== undefined) await onActivated(activated);
      return answer;
    },
    async activeRevision() {
      const { rest } = await run(slot, ACTIVATION, ['']);
      return activeOf(rest);
    },
    async revision(number) {
      const { rest } = await run(slot, REVISION, [number]);
      return revisionOf(rest[0]);
    },
    async revisions(limit) {
      const { rest } = await run(slot, REVISION_LIST, [limit]);
      return listOf(rest[0]).map(summaryOf);
    },
  };
}

/** Which policies a slot judges by. */
export async function activePolicies(slot: Slot): Promise<ActivePolicies> {
  const { rest } = await run(slot, POLICIES, []);
  const hash = textOf(rest[0]);
  return { hash: hash === '' ? undefined : hash, activations: wholeOf(rest[1]) };
}

/** Lets a slot judge by policies that were activated, unless it knows of a later activation. */
export async function tellPolicies(slot: Slot, { hash, activations }: ActivePolicies): Promise<void> {
  if (hash !== undefined) await run(slot, SET_POLICIES, [hash, activations]);
}

async function saved(
  slot: Slot,
  { hash, documents, author, note }: NewSet,
): Promise<PolicyRevision | undefined> {
  const { now, rest } = await run(slot, REVISION_OF, [hash]);
  const known = revisionOf(rest[0]);
  if (known !== undefined) return known;
  const revision = { number: wholeOf(rest[1]) + 1, hash, documents, author, note, savedAt: now };
  const words = JSON.stringify({ hash, author, note, savedAt: now });
  const asked = [revision.number, hash, words, JSON.stringify(documents), factsLine(savedEvent(revision))];
  const { kind } = await run(slot, SAVE_REVISION, asked);
  return kind === 'saved' ? revision : undefined;
}

interface Activation {
  readonly answer: Awaited<ReturnType<RevisionStore['activateRevision']>>;
  readonly activated?: ActivePolicies;
}

async function activatedIn(slot: Slot, change: Change): Promise<Activation | undefined> {
  const { number, author, note } = change;
  const { now, rest } = await run(slot, ACTIVATION, [number]);
  const [revision, before] = [revisionOf(rest[0]), activeOf(rest)];
  const judged = judgeActivation(before, revision, change);
  if (judged.kind === 'known' || revision === undefined)
    return { answer: judged.kind === 'known' ? judged.answer : undefined };
  const { previous, event } = judged;
  const words = { previous, author, note, activatedAt: now };
  const asked = [number, revision.hash, previous ?? '', JSON.stringify(words), factsLine(event)];
  const written = await run(slot, ACTIVATE, asked);
  if (written.kind !== 'activated') return undefined;
  return {
    answer: { revision, ...words },
    activated: { hash: revision.hash, activations: wholeOf(written.rest[0]) },
  };
}

/** The active revision, from the second and third value of a reply. */
function activeOf([, told, words]: readonly Reply[]): ActiveRevision | undefined {
  const revision = revisionOf(told);
  if (revision === undefined) return undefined;
  const { previous, ...by } = jsonOf(words) as Omit<ActiveRevision, 'revision' | 'previous'> & {
    readonly previous?: number;
  };
  return { revision, previous, ...by };
}

function revisionOf(reply: Reply | undefined): PolicyRevision | undefined {
  const parts = listOf(reply);
  return parts.length === 0 ? undefined : { ...summaryOf(parts), documents: String(jsonOf(parts[2])) };
}

function summaryOf(reply: Reply): RevisionSummary {
  const [number, words] = listOf(reply);
  return { number: Number(textOf(number)), ...(jsonOf(words) as Omit<RevisionSummary, 'number'>) };
}
