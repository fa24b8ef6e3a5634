import type { AssetTable } from '../nouns/asset.ts';
import { canonicalJson } from '../nouns/canonical.ts';
import type { PolicyReference } from '../nouns/decision.ts';
import { sha256 } from '../nouns/digest.ts';
import { ToriiError } from '../nouns/errors.ts';
import { approvalChecks } from './checks/approvals.ts';
import { countChecks, type Counts, countsOf } from './checks/counts.ts';
import { effectChecks, effectView, type EffectView } from './checks/effects.ts';
import { payeeChecks } from './checks/payee.ts';
import { paymentChecks } from './checks/payments.ts';
import { capChecks } from './checks/price.ts';
import { type CompiledRule, ruleChecks } from './checks/rules.ts';
import { scheduleChecks } from './checks/schedule.ts';
import { toolChecks } from './checks/tools.ts';
import { walletChecks, type WalletClause, walletOf } from './checks/wallet.ts';
import { inherit, type Inherited } from './document/inherit.ts';
import { byPath, policyInvalid, type Problem, problemsOf } from './document/problems.ts';
import { type NormalizedPolicy, policiesSchema } from './document/schema.ts';
import { staffed } from './document/people.ts';
import { wholeProblems } from './document/whole.ts';
import { isPolicyId } from './document/words.ts';
import { Matcher, type Subject } from './matching/match.ts';
import type { Ordered } from './matching/selector.ts';
import type { Check } from './question.ts';
import { compileExpression } from './rules/index.ts';

/** One enabled policy, ready to be asked. */
export interface CompiledPolicy extends Ordered {
  readonly reference: PolicyReference;

  /** Has a check for each section that the policy has, and none for the others. */
  readonly checks: readonly Check[];
  readonly counts: Counts;
  readonly wallet: WalletClause | undefined;
  readonly tools: { readonly allow: readonly string[] | undefined; readonly deny: readonly string[] };

  /** What the call does, as this policy sees it; undefined where it says nothing of its own about that. */
  readonly effect: EffectView | undefined;

  /** Ids of the policies that this one stands in for. */
  readonly bases: readonly string[];

  /** Whether it concerns calls through certain frameworks only. */
  readonly namesFrameworks: boolean;
}

interface Compiled {
  readonly assets: AssetTable;
  readonly matcher: Matcher<CompiledPolicy>;
}

const COMPILED: unique symbol = Symbol('compiled');

/** Policies that `compilePolicies` has validated. Opaque: only `decide` and `standingOf` look inside. */
export interface CompiledPolicies {
  /** Every enabled policy, in the order of the documents. */
  readonly references: readonly PolicyReference[];

  /**
   * SHA-256 of the whole set, disabled documents included: the same documents in any order have the same. A set that was
   * read from the store has the hash under which it is kept there.
   */
  readonly hash: string;

  /** Whether any policy looks at what the session has done; only then `facts.session` is needed. */
  readonly readsSessions: boolean;

  /** Whether any policy can demand a person for a call. */
  readonly asksPeople: boolean;

  readonly [COMPILED]: Compiled;
}

/**
 * Validates policy documents and prepares them for `decide`. Throws POLICY_INVALID with the place of each problem, ten
 * at most. Disabled policies are validated too, and then left out. No documents at all is valid: every call is denied.
 */
export function compilePolicies(documents: readonly unknown[], assets: AssetTable): CompiledPolicies {
  const drafts = readable(() => draftsOf(documents));
  const enabled = drafts.filter(({ document }) => document.enabled);
  const matcher = new Matcher(
    enabled.map((draft) => ({ item: compiled(draft), match: draft.document.match })),
  );
  return Object.freeze({
    references: Object.freeze(enabled.map(({ reference }) => reference)),
    hash: sha256(
      drafts
        .map(({ reference }) => reference.hash)
        .sort()
        .join(' '),
    ),
    readsSessions: enabled.some(readsSessions),
    asksPeople: enabled.some(asksPeople),
    [COMPILED]: { assets, matcher },
  });
}

/** The policies that apply to a subject, in the order of the documents. One that extends another stands in for it. */
export function matching(policies: CompiledPolicies, subject: Subject): readonly CompiledPolicy[] {
  const found = policies[COMPILED].matcher.match(subject);
  if (found.length < 2 || found.every(({ bases }) => bases.length === 0)) return found;
  // Asked for any framework, an heir of some stands beside its base: calls through the others are the base's.
  const standIns =
    subject.framework === undefined ? found.filter(({ namesFrameworks }) => !namesFrameworks) : found;
  const replaced = new Set(standIns.flatMap(({ bases }) => bases));
  return found.filter(({ reference }) => !replaced.has(reference.id));
}

/** What the assets of these policies count as. */
export function assetsOf(policies: CompiledPolicies): AssetTable {
  return policies[COMPILED].assets;
}

/** A valid document on its way to a policy. */
interface Draft extends Inherited, Ordered {
  readonly reference: PolicyReference;
  readonly rules: readonly CompiledRule[];
}

/** Turns what a document throws that only looks like one, such as a proxy, into the answer that it is not valid. */
function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (ToriiError.is(error)) throw error;
    const problem = { path: [], message: 'expected a list of documents that can be read' };
    throw policyInvalid([problem], byPath('policies'));
  }
}

function draftsOf(documents: readonly unknown[]): readonly Draft[] {
  const parsed = policiesSchema.safeParse(documents);
  if (!parsed.success) throw policyInvalid(problemsOf(parsed.error), labelOf(documents));
  const problems: Problem[] = [];
  const report: Report = (problem) => void problems.push(problem);
  const drafting = { report, expressions: expressionsOnce(), hashes: hashesOf(parsed.data, report) };
  const drafts = inherit(parsed.data, report).map((each, order) => {
    for (const { path, message } of wholeProblems(each, documents[order]))
      report({ path: [order, ...path], message });
    return draftOf(each, order, drafting);
  });
  if (problems.length > 0) throw policyInvalid(problems, labelOf(documents));
  return drafts;
}

type Report = (problem: Problem) => void;

/** What the drafts of one set share. */
interface Drafting {
  readonly report: Report;
  readonly expressions: (text: string) => ReturnType<typeof compileExpression>;

  /** Of each document by its id. */
  readonly hashes: ReadonlyMap<string, string>;
}

function draftOf(
  inherited: Inherited,
  order: number,
  { report: tell, expressions, hashes }: Drafting,
): Draft {
  const { bases } = inherited;
  const document = staffed(inherited.document);
  const { id, version, rules = [] } = document;
  const report = (path: readonly PropertyKey[], message: string): void => {
    tell({ path: [order, ...path], message });
  };
  const compiledRules = rules.flatMap((rule, index) => {
    const expression = expressions(rule.when);
    if (expression.kind === 'expression') return [{ rule, expression }];
    report(['rules', index, 'when'], expression.message);
    return [];
  });
  // An heir's hash covers those of its bases, so that a changed base changes it too.
  const line = [id, ...bases].map((name) => hashes.get(name) ?? '');
  const hash = line.length === 1 ? (line[0] ?? '') : sha256(line.join(' '));
  const reference = Object.freeze({ id, version, hash });
  return { ...inherited, document, order, reference, rules: compiledRules };
}

function compiled(draft: Draft): CompiledPolicy {
  const { document, order, reference, bases, rules } = draft;
  const { id, tools = {}, effects, anomaly } = document;
  const counts = countsOf(draft);
  const wallet = walletOf(id, document);
  const view = effectView(document);
  return {
    order,
    reference,
    counts,
    wallet,
    bases,
    namesFrameworks: document.match?.frameworks !== undefined,
    tools: { allow: tools.allow, deny: tools.deny ?? [] },
    effect: effects?.overrides === undefined && anomaly === undefined ? undefined : view,
    checks: [
      ...toolChecks(id, document),
      ...effectChecks(id, document, view),
      ...payeeChecks(id, document),
      ...paymentChecks(id, document),
      ...capChecks(id, document),
      ...scheduleChecks(id, document),
      ...ruleChecks(id, rules, view),
      ...countChecks(counts),
      ...walletChecks(wallet),
      ...approvalChecks(id, document, view),
    ],
  };
}

function readsSessions({ document, rules }: Draft): boolean {
  const { anomaly, sessions } = document;
  return (
    anomaly !== undefined ||
    sessions?.mode === 'read-only' ||
    rules.some(({ expression }) => expression.readsSession)
  );
}

function asksPeople({ document }: Draft): boolean {
  const { approvals = [], sessions, rules = [] } = document;
  return (
    approvals.length > 0 || sessions?.elevation !== undefined || rules.some(({ then }) => then === 'approve')
  );
}

/** The hash of each document as it is written, with its defaults filled in. */
function hashesOf(documents: readonly NormalizedPolicy[], report: Report): ReadonlyMap<string, string> {
  return new Map(
    documents.map((document, order) => {
      try {
        return [document.id, sha256(canonicalJson(document))];
      } catch (error) {
        const message = error instanceof Error ? error.message : 'cannot be written as JSON';
        report({ path: [order], message });
        return [document.id, ''];
      }
    }),
  );
}

/** Compiles each text once, however many policies inherit it. */
function expressionsOnce(): (text: string) => ReturnType<typeof compileExpression> {
  const known = new Map<string, ReturnType<typeof compileExpression>>();
  return (text) => {
    const expression = known.get(text) ?? compileExpression(text);
    known.set(text, expression);
    return expression;
  };
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
