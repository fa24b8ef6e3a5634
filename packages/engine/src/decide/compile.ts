import type { AssetTable } from '../nouns/asset.ts';
import { canonicalJson } from '../nouns/canonical.ts';
import type { PolicyReference } from '../nouns/decision.ts';
import { sha256 } from '../nouns/digest.ts';
import type { Principal } from '../nouns/principal.ts';
import { type Clauses, compileClauses } from './clauses.ts';
import { byPath, policyInvalid, type Problem, problemsOf } from './document/problems.ts';
import { isPolicyId, type NormalizedPolicy, policiesSchema } from './document/schema.ts';
import { type Ordered, Selector } from './matching/selector.ts';

/** One enabled policy, ready to be asked. */
export interface CompiledPolicy extends Ordered {
  readonly reference: PolicyReference;
  readonly clauses: Clauses;

  /** Selects the policy itself for the owners that it concerns. */
  readonly owners: Selector<Ordered>;
}

interface Compiled {
  readonly assets: AssetTable;

  /** Policies that name agents, or neither agents nor owners. */
  readonly byAgent: Selector<CompiledPolicy>;

  /** Policies that name owners alone. */
  readonly byOwner: Selector<CompiledPolicy>;
}

const COMPILED: unique symbol = Symbol('compiled');

/** Policies that `compilePolicies` has validated. Opaque: only `decide` and `standingOf` look inside. */
export interface CompiledPolicies {
  /** Every enabled policy, in the order of the documents. */
  readonly references: readonly PolicyReference[];

  readonly [COMPILED]: Compiled;
}

/**
 * Validates policy documents and prepares them for `decide`. Throws POLICY_INVALID with the place of each problem, ten
 * at most. Disabled policies are validated too, and then left out. No documents at all is valid: every call is denied.
 */
export function compilePolicies(documents: readonly unknown[], assets: AssetTable): CompiledPolicies {
  const parsed = policiesSchema.safeParse(documents);
  if (!parsed.success) throw policyInvalid(problemsOf(parsed.error), labelOf(documents));
  const policies = hashed(parsed.data).flatMap(({ document, reference }, order) =>
    document.enabled ? [compilePolicy(document, reference, order)] : [],
  );
  return Object.freeze({
    references: Object.freeze(policies.map(({ item }) => item.reference)),
    [COMPILED]: {
      assets,
      byAgent: new Selector(
        policies.filter(({ agents, owners }) => agents !== undefined || owners === undefined).map(byAgents),
        'none',
      ),
      byOwner: new Selector(
        policies.filter(({ agents, owners }) => agents === undefined && owners !== undefined).map(byOwners),
        'none',
      ),
    },
  });
}

/** The policies that apply to a principal, in the order of the documents. */
export function matching(policies: CompiledPolicies, { agent, owner }: Principal): readonly CompiledPolicy[] {
  const { byAgent, byOwner } = policies[COMPILED];
  const named = byAgent.select(agent);
  const owned = byOwner.select(owner);
  const concerned = ({ owners }: CompiledPolicy): boolean => owners.select(owner).length > 0;
  if (owned.length === 0) return named.every(concerned) ? named : named.filter(concerned);
  return [...named.filter(concerned), ...owned].sort((a, b) => a.order - b.order);
}

/** What the assets of these policies count as. */
export function assetsOf(policies: CompiledPolicies): AssetTable {
  return policies[COMPILED].assets;
}

interface Matched {
  readonly item: CompiledPolicy;
  readonly agents: readonly string[] | undefined;
  readonly owners: readonly string[] | undefined;
}

function compilePolicy(document: NormalizedPolicy, reference: PolicyReference, order: number): Matched {
  const { agents, owners } = document.match ?? {};
  const ownersOnly = new Selector([{ item: { order }, patterns: owners }], 'none');
  return {
    agents,
    owners,
    item: { order, reference, clauses: compileClauses(document), owners: ownersOnly },
  };
}

function byAgents({ item, agents }: Matched) {
  return { item, patterns: agents };
}

function byOwners({ item, owners }: Matched) {
  return { item, patterns: owners };
}

function hashed(documents: readonly NormalizedPolicy[]) {
  const problems: Problem[] = [];
  const pairs = documents.map((document, index) => {
    const { id, version } = document;
    const hash = hashOf(document, (message) => problems.push({ path: [index], message }));
    return { document, reference: Object.freeze({ id, version, hash }) };
  });
  if (problems.length > 0) throw policyInvalid(problems, labelOf(documents));
  return pairs;
}

function hashOf(document: NormalizedPolicy, report: (message: string) => void): string {
  try {
    return sha256(canonicalJson(document));
  } catch (error) {
    report(error instanceof Error ? error.message : 'cannot be written as JSON');
    return '';
  }
}

/** Names a problem by its path and, where the document has one, by the id of its policy. */
function labelOf(documents: readonly unknown[]): (problem: Problem) => string {
  const byIndex = byPath('policies');
  return (problem) => {
    const id = idOf(typeof problem.path[0] === 'number' ? documents[problem.path[0]] : undefined);
    return id === undefined ? byIndex(problem) : `${byIndex(problem)} of \`${id}\``;
  };
}

function idOf(document: unknown): string | undefined {
  if (typeof document !== 'object' || document === null || !Object.hasOwn(document, 'id')) return undefined;
  const { id } = document as { id: unknown };
  return typeof id === 'string' && isPolicyId(id) ? id : undefined;
}
