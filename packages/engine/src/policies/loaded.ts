import { checkPolicies, type CompiledPolicies, compilePolicies } from '../decide/index.ts';
import type { AssetTable } from '../nouns/asset.ts';
import type { JsonObject } from '../nouns/canonical.ts';
import { policyName } from '../nouns/decision.ts';
import { ToriiError } from '../nouns/errors.ts';
import type { PolicyRevision } from '../nouns/revision.ts';
import type { Store } from '../nouns/store.ts';
import { quoted, shown } from '../nouns/wording.ts';

/** A set of policies that was compiled from its documents. */
export interface LoadedPolicies {
  /** JSON text of the documents: what is saved is what was compiled. */
  readonly text: string;
  readonly documents: readonly unknown[];
  readonly policies: CompiledPolicies;
}

/**
 * Compiles documents as they read now. They are written as JSON first and compiled from that, so that neither getters
 * nor later changes make what decides differ from what is kept. Throws POLICY_INVALID.
 */
export function loadDocuments(given: readonly unknown[], assets: AssetTable): LoadedPolicies {
  const text = jsonOf(given);
  const documents = parsed(text);
  return { text, documents, policies: compilePolicies(documents, assets) };
}

/**
 * Compiles a revision. It keeps the hash under which the store has it, also where this version of Torii would compute
 * another one: that hash is what the store compares.
 */
export function loadRevision(revision: PolicyRevision, assets: AssetTable): LoadedPolicies {
  const documents = documentsOf(revision);
  const policies = compilePolicies(documents, assets);
  return knownAs(revision, { text: revision.documents, documents, policies });
}

/** The same set, under the hash of the revision that it is kept as. */
export function knownAs({ hash }: PolicyRevision, loaded: LoadedPolicies): LoadedPolicies {
  return { ...loaded, policies: Object.freeze({ ...loaded.policies, hash }) };
}

/** A saved revision. Throws OPTIONS_INVALID for a number that none has, and for what is no number. */
export async function revisionOf(store: Store, number: number): Promise<PolicyRevision> {
  const revision = Number.isSafeInteger(number) && number > 0 ? await store.revision(number) : undefined;
  if (revision === undefined) throw unknownRevision(number);
  return revision;
}

/** What to throw for a number that no revision has. */
export function unknownRevision(number: unknown): ToriiError {
  return new ToriiError('OPTIONS_INVALID', `expected the number of a saved revision, got ${shown(number)}`);
}

/** The documents of a revision, of any size: they were accepted when they were saved. */
export function documentsOf({ documents }: PolicyRevision): readonly unknown[] {
  try {
    return parsed(documents);
  } catch (cause) {
    throw new ToriiError('STORE_CORRUPT', 'expected a revision that holds a list of policies', { cause });
  }
}

/** Most findings that an entry names. */
const FINDINGS_NAMED = 10;

/** What the journal is told of a set that is probably not meant so; nothing where nothing was found. */
export function findingsIn({ documents }: LoadedPolicies): JsonObject {
  const found = checkPolicies(documents);
  if (found.length === 0) return {};
  const findings = found.slice(0, FINDINGS_NAMED).map(({ code, path }) => ({ code, path }));
  return { findings, findingsInAll: found.length };
}

/** Most policies that an entry names: it has to fit however many there are. */
const POLICIES_NAMED = 100;

/** What the journal says of the policies at the start. */
export function startOf({ references, hash }: CompiledPolicies): JsonObject {
  const policies = references.slice(0, POLICIES_NAMED).map(policyName);
  return { policies, policiesInAll: references.length, set: hash };
}

function parsed(text: string): readonly unknown[] {
  const value: unknown = JSON.parse(text);
  if (Array.isArray(value)) return value;
  throw new ToriiError('POLICY_INVALID', `expected a list of policies, got ${shown(value)}`);
}

function jsonOf(documents: readonly unknown[]): string {
  try {
    // The type does not say that the answer is undefined for undefined.
    const text: unknown = JSON.stringify(documents, sayable);
    if (typeof text === 'string') return text;
  } catch (cause) {
    if (ToriiError.is(cause)) throw cause;
    throw new ToriiError('POLICY_INVALID', 'expected a list of policies that JSON can say', { cause });
  }
  throw new ToriiError('POLICY_INVALID', `expected a list of policies, got ${shown(documents)}`);
}

/** Objects to what JSON would leave out or replace: a clause that vanishes would allow what it denied. */
function sayable(key: string, value: unknown): unknown {
  const says = typeof value === 'number' ? Number.isFinite(value) : !UNSAYABLE.includes(typeof value);
  if (says) return value;
  const what = `${quoted(key)} is ${typeof value === 'number' ? String(value) : `a ${typeof value}`}`;
  throw new ToriiError('POLICY_INVALID', `expected policies that JSON can say: ${what}`);
}

const UNSAYABLE: readonly string[] = ['function', 'symbol', 'bigint'];
