import type { JsonObject } from '../../nouns/canonical.ts';
import type { Event } from '../../nouns/entry.ts';
import type { ActiveRevision, OtherActive, PolicyRevision, RevisionStore } from '../../nouns/revision.ts';
import type { StalePolicies } from '../../nouns/hold.ts';
import { record, type Step } from './rows.ts';

/** Keeps a set of policies under the next number; one that is known keeps its own. */
export function saveRevision(
  step: Step,
  { hash, documents, author, note }: Parameters<RevisionStore['saveRevision']>[0],
): PolicyRevision {
  const known = step.tables.revisionOf(hash);
  if (known !== undefined) return known;
  const number = (step.tables.revisions(1)[0]?.number ?? 0) + 1;
  const revision = { number, hash, documents, author, note, savedAt: step.now };
  step.tables.addRevision(revision);
  record(step, savedEvent(revision));
  return revision;
}

/** The entry of a revision that was saved. */
export function savedEvent({ number, hash, author, note }: PolicyRevision): Event {
  return { type: 'policies.saved', facts: { revision: number, hash, author, note } };
}

/** Lets a saved revision decide from now on, unless another one is active than was expected. */
export function activateRevision(
  step: Step,
  change: Parameters<RevisionStore['activateRevision']>[0],
): ActiveRevision | OtherActive | undefined {
  const activation = judgeActivation(activeRevision(step), step.tables.revision(change.number), change);
  if (activation.kind === 'known') return activation.answer;
  const { number, author, note } = change;
  const { previous, event } = activation;
  step.tables.putActivation({ number, previous, author, note, activatedAt: step.now });
  record(step, event);
  return activeRevision(step);
}

/** What an activation comes to: an answer that changes nothing, or the entry that tells of it. */
export type ActivationJudgement =
  | { readonly kind: 'known'; readonly answer: ActiveRevision | OtherActive | undefined }
  | { readonly kind: 'activates'; readonly previous: number | undefined; readonly event: Event };

/** Judges an activation by the revision that is active before. Whoever keeps revisions writes what comes of it. */
export function judgeActivation(
  before: ActiveRevision | undefined,
  revision: PolicyRevision | undefined,
  { number, author, note, facts: more = {}, expected }: Parameters<RevisionStore['activateRevision']>[0],
): ActivationJudgement {
  if (revision === undefined) return { kind: 'known', answer: undefined };
  if (before?.revision.number === number) return { kind: 'known', answer: before };
  const previous = before?.revision.number;
  if (expected !== undefined && expected !== (previous ?? 'none'))
    return { kind: 'known', answer: { kind: 'other-active', active: previous } };
  const facts: JsonObject = { ...more, revision: number, hash: revision.hash, author, note };
  const told = previous === undefined ? facts : { ...facts, previous };
  return { kind: 'activates', previous, event: { type: 'policies.activated', facts: told } };
}

/** The revision that decides, with who activated it. */
export function activeRevision({ tables }: Step): ActiveRevision | undefined {
  const activation = tables.activation();
  if (activation === undefined) return undefined;
  const { number, ...active } = activation;
  const revision = tables.revision(number);
  return revision === undefined ? undefined : { revision, ...active };
}

/** What to answer who decided by another set than the active one; undefined where that is well. */
export function staleness({ tables }: Step, policies: string | undefined): StalePolicies | undefined {
  const active = policies === undefined ? undefined : tables.activeHash();
  return active !== undefined && isStale(policies, active) ? { kind: 'stale-policies', active } : undefined;
}

/** Whether another set is active than the one that decided. Shadow decides by none, and at first none is active. */
export function isStale(policies: string | undefined, active: string | undefined): boolean {
  return policies !== undefined && active !== undefined && active !== policies;
}
