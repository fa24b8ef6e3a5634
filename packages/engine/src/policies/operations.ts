import { ToriiError } from '../nouns/errors.ts';
import type { ChangedBy, Policies } from '../nouns/policies.ts';
import type { Store } from '../nouns/store.ts';
import { diffPolicies } from './diff.ts';
import type { LivePolicies } from './live.ts';
import { documentsOf, revisionOf } from './loaded.ts';

const LISTED = 100;
const MAX_WORDS = 500;

/** What operators do with policies. */
export function policiesOf(live: LivePolicies, store: Store): Policies {
  return {
    get active() {
      return live.policies.references;
    },
    get hash() {
      return live.policies.hash;
    },
    get asksPeople() {
      return live.policies.asksPeople;
    },
    get findings() {
      return live.findings;
    },
    reload: () => live.reload(),
    save: async (documents, by) => live.save(documents, checked(by)),
    async activate(revision, by) {
      requireActivating(live);
      return live.activate(revision, checked(by));
    },
    async rollBack(by) {
      requireActivating(live);
      const active = await store.activeRevision();
      if (active?.previous === undefined)
        throw new ToriiError('OPTIONS_INVALID', 'expected a revision that was active before; there was none');
      return live.activate(active.previous, checked(by), active.revision.number);
    },
    revisions: () => store.revisions(LISTED),
    async diff(from, to) {
      const [before, after] = await Promise.all([revisionOf(store, from), revisionOf(store, to)]);
      return diffPolicies(documentsOf(before), documentsOf(after));
    },
    shadow: async (revision, by) => live.setShadow(revision, checked(by)),
  };
}

function requireActivating({ stored, mode }: LivePolicies): void {
  if (stored && mode === 'enforce') return;
  const message = stored
    ? 'expected an engine that enforces: one in shadow activates nothing'
    : 'expected `policies: storedPolicies()`: the policies of this engine come from its source; change them there';
  throw new ToriiError('OPTIONS_INVALID', message);
}

function checked(by: ChangedBy): Required<ChangedBy> {
  const { author, note = '' } = (by as Partial<ChangedBy> | undefined) ?? {};
  if (!isWords(author) || author === '')
    throw new ToriiError(
      'OPTIONS_INVALID',
      `expected \`author\` to say who changes the policies, in at most ${MAX_WORDS} characters`,
    );
  if (!isWords(note))
    throw new ToriiError('OPTIONS_INVALID', `expected \`note\` as text of at most ${MAX_WORDS} characters`);
  return { author, note };
}

function isWords(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_WORDS && value.isWellFormed();
}
