import { deepStrictEqual as same, ok } from 'node:assert';
import fc from 'fast-check';
import type { Call } from '../nouns/call.ts';
import type { Decision } from '../nouns/decision.ts';
import { denialCodes } from '../nouns/denial.ts';
import type { Facts } from '../nouns/facts.ts';
import type { Compile } from './check-row.test-support.ts';
import { answerOf, assets } from './decision-table.test-support.ts';
import type { PolicyDocument } from './document/schema.ts';
import { body, calls, documents, facts, policyOf, toolPattern } from './generators.test-support.ts';
import { concerns, readerSays, wordsOf } from './reader.test-support.ts';

/** What every law is tried on: documents, several calls of them, and things to change them with. */
export interface Trial {
  readonly documents: readonly PolicyDocument[];
  readonly cases: readonly (readonly [Call, Facts])[];
  readonly extra: Readonly<Record<string, unknown>>;
  readonly order: readonly number[];
  readonly which: number;
  readonly pattern: string;
}

/** Something that holds for any documents and calls. It throws where it does not. */
export interface Law {
  readonly name: string;

  /** Whether documents may extend each other. */
  readonly heirs: boolean;
  readonly holds: (compile: Compile, trial: Trial) => void;
}

/** How many calls each set of documents is asked about. */
export const CALLS_PER_TRIAL = 6;

/** Tries of one law. */
export function trials({ heirs }: Pick<Law, 'heirs'>): fc.Arbitrary<Trial> {
  const size = { minLength: CALLS_PER_TRIAL, maxLength: CALLS_PER_TRIAL };
  return fc.record({
    documents: documents({ heirs }),
    cases: fc.array(fc.tuple(calls, facts), size),
    extra: body,
    order: fc.array(fc.nat({ max: 99 }), { minLength: 3, maxLength: 3 }),
    which: fc.nat({ max: 9_999 }),
    pattern: toolPattern,
  });
}

const STRICTNESS = { allow: 0, approve: 1, deny: 2 } as const;

function notMore(changed: Decision, before: Decision): void {
  ok(
    STRICTNESS[changed.kind] >= STRICTNESS[before.kind],
    `expected no more than ${answerOf(before)}, got ${answerOf(changed)}`,
  );
}

function texts(items: readonly object[]): readonly string[] {
  return items.map((item) =>
    JSON.stringify(item, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
  );
}

function setOf(items: readonly object[]): readonly string[] {
  return [...new Set(texts(items))].sort();
}

/** What an order cannot change. Heirs share the budgets of their base, so that either may name them. */
function unordered(decision: Decision) {
  const common = {
    kind: decision.kind,
    effect: decision.effect,
    flags: setOf(decision.flags),
    policies: setOf(decision.policies),
  };
  if (decision.kind === 'deny')
    return {
      ...common,
      code: decision.denial.code,
      reasons: setOf(decision.denial.reasons),
      retry: decision.denial.retryAfterMs,
    };
  const { budgets, rates, approvals } = decision;
  const shared = (items: readonly { readonly policy: string }[]): readonly string[] =>
    setOf(items.map(({ policy: _, ...rest }) => rest));
  return { ...common, budgets: shared(budgets), rates: shared(rates), approvals: setOf(approvals) };
}

function changedAt(trial: Trial, change: (document: PolicyDocument) => object): readonly object[] {
  const at = trial.which % trial.documents.length;
  return trial.documents.map((document, index) => (index === at ? change(document) : document));
}

/** A law about documents of which one is changed so that it says no more than before. */
function narrowing(name: string, change: (document: PolicyDocument, trial: Trial) => object): Law {
  return {
    name,
    heirs: false,
    holds: (compile, trial) => {
      if (trial.documents.length === 0) return;
      const [before, after] = [
        compile(trial.documents),
        compile(changedAt(trial, (document) => change(document, trial))),
      ];
      for (const each of trial.cases) notMore(after(...each), before(...each));
    },
  };
}

const LISTS = ['tools', 'merchants', 'networks', 'categories'] as const;

function oneDeniedMore(document: PolicyDocument, { which, pattern, cases }: Trial): object {
  const section = LISTS.find((each) => document[each]?.deny !== undefined) ?? LISTS[which % 4] ?? 'tools';
  const { recipient = '*', network = 'eip155:*', category = '*' } = cases[0]?.[0].payee ?? {};
  const entry = { tools: pattern, merchants: recipient, networks: network, categories: category }[section];
  const { deny = [], ...rest } = document[section] ?? {};
  return { ...document, [section]: { ...rest, deny: [...deny, entry] } };
}

function oneAllowedLess(document: PolicyDocument, { which }: Trial): object {
  const sections = [...LISTS, 'effects', 'schedule'] as const;
  const section = sections[which % sections.length] ?? 'tools';
  const { allow, ...rest } = document[section] ?? {};
  if (allow !== undefined) return { ...document, [section]: { ...rest, allow: allow.slice(1) } };
  const { payments } = document;
  if (payments === undefined) return document;
  const { schemes, payees } = payments;
  return {
    ...document,
    payments: {
      ...payments,
      ...(schemes && { schemes: schemes.slice(1) }),
      ...(payees && { payees: payees.slice(1) }),
    },
  };
}

function lowerLimits({ budgets = [], approvals = [], payments = {}, ...document }: PolicyDocument): object {
  const lower = (limit: string): string => `0 ${limit.slice(-3)}`;
  return {
    ...document,
    budgets: budgets.map((each) => ({ ...each, limit: lower(each.limit) })),
    approvals: approvals.map(({ when, ...rest }) => ({
      ...rest,
      when: when === 'always' || when.above === undefined ? when : { ...when, above: lower(when.above) },
    })),
    payments: {
      ...payments,
      ...(payments.maxAuthorization !== undefined && { maxAuthorization: lower(payments.maxAuthorization) }),
    },
  };
}

/** Sections that only ever object or ask. `anomaly` and overrides change the effect, which other clauses may want. */
const NARROWING = [
  'tools',
  'merchants',
  'networks',
  'categories',
  'budgets',
  'schedule',
  'approvals',
  'rules',
  'sessions',
  'payments',
  'cooldown',
  'wallet',
] as const;

function sectionsAdded(document: PolicyDocument, { extra }: Trial): object {
  const added = NARROWING.filter((section) => extra[section] !== undefined && !(section in document));
  return { ...document, ...Object.fromEntries(added.map((section) => [section, extra[section]])) };
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(frozen);
  return Object.freeze(value);
}

function keysTurned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(keysTurned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, part]) => [key, keysTurned(part)]),
  );
}

const order: Law = {
  name: 'the order of policies does not matter',
  heirs: true,
  holds: (compile, trial) => {
    const { documents: list, order: weights } = trial;
    const shuffled = list
      .map((each, index) => [weights[index] ?? 0, each] as const)
      .sort(([one], [other]) => one - other);
    const [before, after] = [compile(list), compile(shuffled.map(([, each]) => keysTurned(each) as object))];
    for (const each of trial.cases) same(unordered(after(...each)), unordered(before(...each)));
  },
};

const onePolicyMore: Law = {
  name: 'one more policy allows no more, and takes back no objection, budget, rate, approval or flag',
  heirs: true,
  holds: (compile, trial) => {
    const [before, after] = [
      compile(trial.documents),
      compile([...trial.documents, policyOf('extra', trial.extra)]),
    ];
    for (const each of trial.cases) {
      const [one, more] = [before(...each), after(...each)];
      if (one.policies.length === 0) continue;
      notMore(more, one);
      const kept = (from: readonly object[], into: readonly object[]): void => {
        const all = new Set(texts(into));
        for (const text of texts(from)) ok(all.has(text), `expected to keep ${text}`);
      };
      kept(one.flags, more.flags);
      if (one.kind === 'deny' && more.kind === 'deny') kept(one.denial.reasons, more.denial.reasons);
      if (one.kind === 'deny' || more.kind === 'deny') continue;
      kept(one.budgets, more.budgets);
      kept(one.rates, more.rates);
      kept(one.approvals, more.approvals);
    }
  },
};

const emptyDenies: Law = {
  name: 'no documents deny, and so does an empty list in a policy for everybody',
  heirs: true,
  holds: (compile, trial) => {
    const nobody = compile(trial.documents.map((each) => ({ ...each, match: { agents: [] } })));
    const empty = [{ tools: { allow: [] } }, { effects: { allow: [] } }, { schedule: { allow: [] } }];
    const all = [
      compile([]),
      nobody,
      compile([...trial.documents, { id: 'empty', ...empty[trial.which % 3] }]),
    ];
    for (const each of trial.cases) for (const decider of all) same(decider(...each).kind, 'deny');
    const pays = compile([
      ...trial.documents,
      { id: 'empty', [LISTS[1 + (trial.which % 3)] ?? '']: { allow: [] } },
    ]);
    for (const each of trial.cases.filter(([call]) => call.price.units > 0n))
      same(pays(...each).kind, 'deny');
  },
};

const pure: Law = {
  name: 'the same call has the same answer, whatever was asked before, and nothing is changed',
  heirs: true,
  holds: (compile, trial) => {
    const before = texts([trial.documents, trial.cases]);
    const decider = compile(frozen(structuredClone(trial.documents)));
    const answers = trial.cases.map(([call, known]) =>
      decider(frozen(structuredClone(call)), frozen(structuredClone(known))),
    );
    const again = compile(trial.documents);
    same(
      trial.cases
        .toReversed()
        .map((each) => again(...each))
        .reverse(),
      answers,
    );
    same(
      trial.cases.map((each) => decider(...each)),
      answers,
    );
    same(texts([trial.documents, trial.cases]), before);
  },
};

const written: Law = {
  name: 'documents decide the same after a round trip through JSON',
  heirs: true,
  holds: (compile, trial) => {
    const [before, after] = [
      compile(trial.documents),
      compile(JSON.parse(JSON.stringify(trial.documents)) as object[]),
    ];
    for (const each of trial.cases) same(after(...each), before(...each));
  },
};

const read: Law = {
  name: 'decides as a reader of the documents would',
  heirs: true,
  holds: (compile, trial) => {
    const plain = trial.documents.map(({ schedule: _, ...rest }) => rest);
    const decider = compile(plain);
    for (const [call, known] of trial.cases) {
      const decision = decider(call, known);
      same(wordsOf(decision), readerSays(call, plain, known));
    }
  },
};

const charged: Law = {
  name: 'what is not denied demands every budget, rate, pause and wallet of every matching policy, and no others',
  heirs: false,
  holds: (compile, trial) => {
    const decider = compile(trial.documents);
    for (const [call, known] of trial.cases) {
      const decision = decider(call, known);
      if (decision.kind === 'deny') continue;
      const spoke = trial.documents.filter(({ id }) => decision.policies.some((each) => each.id === id));
      const named = (scope: string): boolean => scope !== 'merchant' || call.payee.recipient !== undefined;
      const paid = new Set<string | undefined>();
      const budgets = spoke.flatMap(({ id, budgets: all = [], wallet }) => [
        ...all.flatMap(({ scope, limit, tools }, index) =>
          scope !== 'call' && concerns(tools, call.tool) && named(scope)
            ? [`${id} budgets[${index}] ${assets.count(call.price.units, call.price.asset, limit.slice(-3))}`]
            : [],
        ),
        ...[wallet?.currency].flatMap((currency) => {
          if (currency === undefined || paid.has(currency)) return [];
          paid.add(currency);
          return [`${id} wallet ${assets.count(call.price.units, call.price.asset, currency)}`];
        }),
      ]);
      const rates = spoke.flatMap(({ id, rates: all = [], classes = {}, cooldown }) => [
        ...all.flatMap(({ scope, tools, class: name }, index) =>
          concerns(name === undefined ? tools : classes[name], call.tool) && named(scope)
            ? [`${id} rates[${index}]`]
            : [],
        ),
        ...(cooldown === undefined ? [] : [`${id} cooldown`]),
      ]);
      same(
        decision.budgets.map(({ policy, clause, amount }) => `${policy} ${clause} ${amount}`),
        budgets,
      );
      same(
        decision.rates.map(({ policy, clause }) => `${policy} ${clause}`),
        rates,
      );
      same(new Set(decision.budgets.map(({ key }) => key)).size, budgets.length);
    }
  },
};

const reasonsInOrder: Law = {
  name: 'a denial has reasons in the order of their codes, each of a policy that spoke',
  heirs: true,
  holds: (compile, trial) => {
    const decider = compile(trial.documents);
    for (const each of trial.cases) {
      const decision = decider(...each);
      if (decision.kind !== 'deny') continue;
      const { code, message, reasons } = decision.denial;
      const places = reasons.map((reason) => denialCodes.indexOf(reason.code));
      const spoke = decision.policies.map(({ id }) => id);
      same([reasons[0]?.code, reasons[0]?.message], [code, message]);
      same(
        places,
        [...places].sort((one, other) => one - other),
      );
      ok(
        reasons.every(({ policy }) => (policy === undefined ? code === 'NO_POLICY' : spoke.includes(policy))),
      );
    }
  },
};

const waitsHelp: Law = {
  name: 'after the wait that a denial tells, the same call passes policy',
  heirs: true,
  holds: (compile, trial) => {
    const decider = compile(trial.documents);
    for (const [call, known] of trial.cases) {
      const decision = decider(call, known);
      if (decision.kind !== 'deny' || decision.denial.retryAfterMs === undefined) continue;
      const { retryAfterMs } = decision.denial;
      ok(retryAfterMs > 0 && retryAfterMs <= 366 * 86_400_000);
      ok(decider(call, { ...known, nowMs: known.nowMs + retryAfterMs }).kind !== 'deny');
    }
  },
};

/** Everything that holds for any valid documents, calls and facts. */
export const laws: readonly Law[] = [
  read,
  order,
  onePolicyMore,
  narrowing('one more denied name never allows more', oneDeniedMore),
  narrowing('one allowed name less never allows more', oneAllowedLess),
  narrowing('lower limits never allow more', lowerLimits),
  narrowing('more sections never allow more', sectionsAdded),
  emptyDenies,
  pure,
  written,
  charged,
  reasonsInOrder,
  waitsHelp,
];
