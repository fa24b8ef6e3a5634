import fc from 'fast-check';
import type { Allowance, Decision } from '../nouns/decision.ts';
import { denyAll } from '../nouns/denial.ts';
import type { Facts } from '../nouns/facts.ts';
import { checkRow, type Compile, compileRight, decideRow, table } from './check-row.test-support.ts';
import type { PolicyDocument } from './document/schema.ts';
import { laws, trials } from './laws.test-support.ts';

/** Policies that are not quite what was written. */
const documentsAs =
  (
    change: (document: PolicyDocument, index: number, all: readonly PolicyDocument[]) => object | undefined,
  ): Compile =>
  (documents) =>
    compileRight(
      documents
        .map((each, index, all) => change(each as PolicyDocument, index, all as PolicyDocument[]))
        .filter((each) => each !== undefined),
    );

/** A decision that is not quite what was decided. */
const decisionAs =
  (change: (decision: Decision) => Decision): Compile =>
  (documents) => {
    const decider = compileRight(documents);
    return (call, facts) => change(decider(call, facts));
  };

const factsAs =
  (change: (facts: Facts) => Facts): Compile =>
  (documents) => {
    const decider = compileRight(documents);
    return (call, facts) => decider(call, change(facts));
  };

function allowed({ policies, effect, writes, flags }: Decision): Allowance {
  return { kind: 'allow', policies, effect, writes, flags, budgets: [], rates: [], approvals: [] };
}

function withoutCode(code: string): Compile {
  return decisionAs((decision) => {
    if (decision.kind !== 'deny') return decision;
    const rest = decision.denial.reasons.filter((reason) => reason.code !== code);
    return rest.length === 0 ? allowed(decision) : { ...decision, denial: denyAll(rest) };
  });
}

const LISTS = ['tools', 'effects', 'merchants', 'networks', 'categories', 'schedule'] as const;

function emptyListsGone(document: PolicyDocument): object {
  const changed = LISTS.flatMap((section) => {
    const { allow, ...rest } = document[section] ?? {};
    return allow?.length === 0 ? [[section, rest]] : [];
  });
  return { ...document, ...Object.fromEntries(changed) };
}

function oneMicroUnitLess(amount: string): string {
  const [whole = '0', fraction = ''] = amount.slice(0, -4).split('.');
  const units = BigInt(whole + fraction.padEnd(6, '0'));
  if (units === 0n) return amount;
  const digits = (units - 1n).toString().padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)} ${amount.slice(-3)}`;
}

const capsOneLess = documentsAs(({ budgets = [], ...rest }) => ({
  ...rest,
  budgets: budgets.map((each) =>
    each.scope === 'call' ? { ...each, limit: oneMicroUnitLess(each.limit) } : each,
  ),
}));

const thresholdsOneLess = documentsAs(({ approvals = [], ...rest }) => ({
  ...rest,
  approvals: approvals.map((each) =>
    each.when === 'always' || each.when.above === undefined
      ? each
      : { ...each, when: { ...each.when, above: oneMicroUnitLess(each.when.above) } },
  ),
}));

const firstPolicyOnly: Compile = (documents) => {
  const all = compileRight(documents);
  return (call, facts) => {
    const decision = all(call, facts);
    const [first] = decision.policies;
    const spoken = documents.find((each) => (each as PolicyDocument).id === first?.id) as
      PolicyDocument | undefined;
    return spoken === undefined || 'extends' in spoken ? decision : compileRight([spoken])(call, facts);
  };
};

const remembersTheFirstAnswer: Compile = (documents) => {
  const decider = compileRight(documents);
  const known = new Map<string, Decision>();
  return (call, facts) => {
    const answer = known.get(call.tool) ?? decider(call, facts);
    known.set(call.tool, answer);
    return answer;
  };
};

const everyMerchantIsExact: Compile = (documents) => {
  const decider = compileRight(documents);
  return (call, facts) => {
    const recipient = call.payee?.recipient;
    if (typeof recipient !== 'string' || recipient === recipient.toLowerCase()) return decider(call, facts);
    return decider({ ...call, payee: { ...call.payee, recipient: 'somebody-else' } }, facts);
  };
};

const twoDeniedNamesAreNone = documentsAs(({ tools = {}, ...rest }) => {
  const { deny = [], ...others } = tools;
  return { ...rest, tools: deny.length > 1 ? others : tools };
});

const nothingIsNoLimit = documentsAs(({ budgets = [], ...rest }) => ({
  ...rest,
  budgets: budgets.filter(({ scope, limit }) => scope !== 'call' || !limit.startsWith('0 ')),
}));

const askingIsEnough = documentsAs(({ budgets = [], ...rest }) =>
  rest.approvals === undefined ? { budgets, ...rest } : rest,
);

const skipsTheLastSection = documentsAs((document) => {
  const keys = Object.keys(document);
  const last = keys.findLast((key) => ['tools', 'merchants', 'budgets', 'approvals'].includes(key));
  return keys.length < 4
    ? document
    : Object.fromEntries(Object.entries(document).filter(([key]) => key !== last));
});

const reasonsTurned = decisionAs((decision) => {
  if (decision.kind !== 'deny') return decision;
  const { denial } = decision;
  return { ...decision, denial: { ...denial, reasons: denial.reasons.toReversed() } };
});

const halfOfTheWait = decisionAs((decision) => {
  if (decision.kind !== 'deny' || decision.denial.retryAfterMs === undefined) return decision;
  const retryAfterMs = Math.ceil(decision.denial.retryAfterMs / 2);
  return { ...decision, denial: { ...decision.denial, retryAfterMs } };
});

const READER = 'decides as a reader of the documents would';
const ORDER = 'the order of policies does not matter';
const ONE_POLICY =
  'one more policy allows no more, and takes back no objection, budget, rate, approval or flag';
const ONE_DENIED = 'one more denied name never allows more';
const ONE_LESS = 'one allowed name less never allows more';
const LOWER = 'lower limits never allow more';
const SECTIONS = 'more sections never allow more';
const EMPTY = 'no documents deny, and so does an empty list in a policy for everybody';
const PURE = 'the same call has the same answer, whatever was asked before, and nothing is changed';
const CHARGED =
  'what is not denied demands every budget, rate, pause and wallet of every matching policy, and no others';
const REASONS = 'a denial has reasons in the order of their codes, each of a policy that spoke';

const WAIT = 'after the wait that a denial tells, the same call passes policy';

interface Mistake {
  readonly name: string;
  readonly compile: Compile;

  /** The laws that have to notice it, each by itself. */
  readonly laws: readonly string[];

  /** Whether one answer after the other looks right, so that the table cannot notice it. */
  readonly hidden?: boolean;
}

const mistakes: readonly Mistake[] = [
  {
    name: 'skips the last policy',
    compile: documentsAs((each, index, all) =>
      index === all.length - 1 ? { ...each, enabled: false } : each,
    ),
    laws: [READER, ORDER],
  },
  {
    name: 'takes an empty allow list for a missing one',
    compile: documentsAs(emptyListsGone),
    laws: [READER, EMPTY, ONE_LESS],
  },
  { name: 'denies a price that equals the cap', compile: capsOneLess, laws: [READER] },
  { name: 'asks for a price that equals the threshold', compile: thresholdsOneLess, laws: [READER] },
  {
    name: 'ignores the framework',
    compile: documentsAs(({ match: { frameworks: _, ...match } = {}, ...rest }) => ({ ...rest, match })),
    laws: [READER],
  },
  {
    name: 'ignores the tenant',
    compile: documentsAs(({ match: { tenants: _, ...match } = {}, ...rest }) => ({ ...rest, match })),
    laws: [READER],
  },
  { name: 'forgets flags', compile: decisionAs((decision) => ({ ...decision, flags: [] })), laws: [] },
  { name: 'ignores rules that fail', compile: withoutCode('RULE_FAILED'), laws: [READER] },
  { name: 'ignores a payee that nobody named', compile: withoutCode('PAYEE_UNKNOWN'), laws: [READER] },
  { name: 'allows what no policy matches', compile: withoutCode('NO_POLICY'), laws: [READER, EMPTY] },
  { name: 'asks the first policy only', compile: firstPolicyOnly, laws: [READER, ORDER] },
  {
    name: 'ignores denied tools',
    compile: documentsAs(({ tools: { deny: _, ...tools } = {}, ...rest }) => ({ ...rest, tools })),
    laws: [READER],
  },
  { name: 'compares merchants with their case', compile: everyMerchantIsExact, laws: [READER] },
  {
    name: 'forgets the last budget',
    compile: decisionAs((decision) =>
      decision.kind === 'deny' ? decision : { ...decision, budgets: decision.budgets.slice(0, -1) },
    ),
    laws: [CHARGED, ORDER],
  },
  {
    name: 'lets elevations last a millisecond longer',
    compile: factsAs((facts) => ({ ...facts, nowMs: facts.nowMs - 1 })),
    laws: [READER],
  },
  {
    name: 'trusts a session of which nothing is known',
    compile: factsAs((facts) => ({ session: { calls: 0, denials: 0, writes: 0, elevations: [] }, ...facts })),
    laws: [READER],
  },
  {
    name: 'remembers an answer for another call',
    compile: remembersTheFirstAnswer,
    hidden: true,
    laws: [READER, PURE],
  },
  {
    name: 'never says when to come back',
    compile: decisionAs((decision) =>
      decision.kind === 'deny' ? { ...decision, denial: denyAll(decision.denial.reasons) } : decision,
    ),
    laws: [],
  },
  {
    name: 'keeps the first reason only',
    compile: decisionAs((decision) =>
      decision.kind === 'deny'
        ? { ...decision, denial: denyAll(decision.denial.reasons.slice(0, 1)) }
        : decision,
    ),
    laws: [READER, ONE_POLICY],
  },
  {
    name: 'lets heirs count for themselves',
    compile: documentsAs((each, _index, all) => ({
      ...all.find(({ id }) => id === each.extends),
      enabled: true,
      ...each,
    })),
    laws: [],
  },
  {
    name: 'pays from no wallet',
    compile: decisionAs((decision) =>
      decision.kind === 'deny'
        ? decision
        : { ...decision, budgets: decision.budgets.filter(({ account }) => account === undefined) },
    ),
    laws: [CHARGED],
  },
  {
    name: 'does not ask whether a wallet can count the price',
    compile: documentsAs(({ wallet: _, ...rest }) => rest),
    laws: [READER, CHARGED],
  },
  { name: 'takes two denied names for none', compile: twoDeniedNamesAreNone, laws: [READER, ONE_DENIED] },
  { name: 'takes a limit of nothing for no limit', compile: nothingIsNoLimit, laws: [LOWER] },
  {
    name: 'judges no price where people are asked',
    compile: askingIsEnough,
    laws: [READER, SECTIONS],
  },
  { name: 'skips a section by its place', compile: skipsTheLastSection, laws: [READER, ORDER], hidden: true },
  {
    name: 'takes a raised effect for writing',
    compile: decisionAs((decision) => ({ ...decision, writes: decision.effect !== 'read' })),
    laws: [],
  },
  { name: 'tells half of the wait', compile: halfOfTheWait, laws: [WAIT] },
  { name: 'turns the reasons around', compile: reasonsTurned, laws: [REASONS] },
];

function fails(run: () => void): boolean {
  try {
    run();
    return false;
  } catch {
    return true;
  }
}

function rowsThatFail(compile: Compile): number {
  return table
    .flatMap(({ rows }) => rows)
    .filter((row) => fails(() => checkRow(row, decideRow(row, compile)))).length;
}

/** Which of some laws hold although they should not. */
function lawsThatHold(compile: Compile, names: readonly string[]): readonly string[] {
  return names.filter((name) => {
    const law = laws.find((each) => each.name === name);
    if (law === undefined) throw new Error(`expected a law, got ${name}`);
    const property = fc.property(trials(law), (trial) => law.holds(compile, trial));
    return !fc.check(property, { numRuns: 800, seed: 7, endOnFailure: true }).failed;
  });
}

test('the policies as they are break no row', () => {
  expect(rowsThatFail(compileRight)).toBe(0);
});

test.each(mistakes.map((mistake) => [mistake.name, mistake] as const))(
  'a planted mistake is noticed: it %s',
  (_name, { compile, laws: names, hidden = false }) => {
    expect(rowsThatFail(compile) > rowsThatFail(compileRight)).toBe(!hidden);
    expect(lawsThatHold(compile, names)).toEqual([]);
  },
);
