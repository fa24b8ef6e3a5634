import type { JsonObject } from '../../nouns/canonical.ts';
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
  record(step, { type: 'policies.saved', facts: { revision: number, hash, author, note } });
  return revision;
}

/** Lets a saved revision decide from now on, unless another one is active than was expected. */
export function activateRevision(
  step: Step,
  { number, author, note, facts: more = {}, expected }: Parameters<RevisionStore['activateRevision']>[0],
): ActiveRevision | OtherActive | undefined {
  const revision = step.tables.revision(number);
  if (revision === undefined) return undefined;
  const before = activeRevision(step);
  if (before?.revision.number === number) return before;

  const previous = before?.revision.number;
  if (expected !== undefined && expected !== (previous ?? 'none'))
    return { kind: 'other-active', active: previous };
  const { hash } = revision;
  const facts: JsonObject = { ...more, revision: number, hash, author, note };
  step.tables.putActivation({ number, previous, author, note, activatedAt: step.now });
  record(step, {
    type: 'policies.activated',
    facts: previous === undefined ? facts : { ...facts, previous },
  });
  return activeRevision(step);
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
  if (policies === undefined) return undefined;
  const active = tables.activeHash();
  return active === undefined || active === policies ? undefined : { kind: 'stale-policies', active };
}
