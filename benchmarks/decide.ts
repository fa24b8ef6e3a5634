/**
 * What one decision costs, beside the engines that somebody could use instead. The same rules for all: agent i may
 * call tool i up to a limit, everything else is denied. Before anything is timed, every contestant has to answer the
 * committed vectors and a sample at each number of rules alike; one that does not is reported and left out.
 */
import { cpus, loadavg, release, type } from 'node:os';
import { compare, type Disagreement, sampleOf } from './decide/agreement.ts';
import { agentGovernance } from './decide/agent-governance.ts';
import { ifChain, mapOfRules } from './decide/by-hand.ts';
import { casbin, casbinWithData } from './decide/casbin.ts';
import { cedar, cedarWithData } from './decide/cedar.ts';
import type { Ask, Contestant } from './decide/contestant.ts';
import { jsonRulesEngine } from './decide/json-rules-engine.ts';
import { bytesOf, Cell } from './decide/measure.ts';
import { type Kind, kinds, questionsOf } from './decide/questions.ts';
import { drawFrom } from './decide/random.ts';
import { printAll, type Result, timingsOf } from './decide/report.ts';
import { type Question, type Rule, rulesOf } from './decide/rules.ts';
import { judged } from './decide/targets.ts';
import { torii, toriiOnePolicy } from './decide/torii.ts';
import { readVectors, VECTOR_RULES } from './decide/vectors.ts';

const quick = process.argv.includes('--quick');
const ROUNDS = quick ? 3 : 7;
const BUDGET_MS = quick ? 8 : 40;
const COMPARE_MS = quick ? 200 : 1_000;
const RULE_COUNTS = [1, 10, 100, 1_000, 10_000];

const contestants: readonly Contestant[] = [
  torii,
  toriiOnePolicy,
  cedar,
  casbin,
  agentGovernance,
  jsonRulesEngine,
  cedarWithData,
  casbinWithData,
  ifChain,
  mapOfRules,
];

interface Loaded {
  readonly contestant: Contestant;
  readonly ask: (question: Question) => Ask;
  readonly cells: ReadonlyMap<Kind, Cell>;
}

console.log(
  `${cpus()[0]?.model ?? 'unknown'} x ${cpus().length}, ${type()} ${release()}, Node ${process.version}`,
);
console.log(
  `load ${loadavg()
    .map((load) => load.toFixed(1))
    .join(' ')}: on a busy machine read ratios, not times`,
);

const vectors = readVectors();
const wrong = await checkVectors();
const agreeing = contestants.filter(({ name }) => wrong.every(({ contestant }) => contestant !== name));
const results: Result[] = [];
for (const count of RULE_COUNTS) results.push(...(await measured(rulesOf(count))));
process.stderr.write('\n');

const order = (contestant: Contestant): number => contestants.indexOf(contestant);
const sorted = results.sort((a, b) => order(a.contestant) - order(b.contestant) || a.rules - b.rules);
printAll(sorted, judged(sorted));
if (wrong.length > 0) process.exitCode = 1;

async function checkVectors(): Promise<Disagreement[]> {
  const rules = rulesOf(VECTOR_RULES);
  const all: Disagreement[] = [];
  for (const contestant of contestants) {
    const ask = await contestant.load(rules);
    const compared = await compare(contestant, { ask, rules, vectors }, Infinity);
    const verdict =
      compared.wrong.length === 0 ? 'all as expected' : `${compared.wrong.length} WRONG, left out`;
    console.log(`${contestant.name}: ${compared.asked} of ${vectors.length} vectors asked, ${verdict}`);
    compared.wrong.forEach(show);
    all.push(...compared.wrong);
  }
  return all;
}

/** Measures everything at one number of rules. Contestants take turns in each round, so that noise hits all alike. */
async function measured(rules: readonly Rule[]): Promise<readonly Result[]> {
  const loaded: Loaded[] = [];
  for (const contestant of agreeing) {
    if (rules.length > (contestant.mostRules ?? Infinity)) continue;
    const each = await agreed(contestant, rules);
    if (each !== undefined) loaded.push(each);
  }
  console.log(`R=${rules.length}: ${loaded.length} contestants answer a sample as expected`);
  for (const { cells } of loaded) for (const cell of cells.values()) await cell.warmUp(BUDGET_MS);
  for (let round = 0; round < ROUNDS; round++) {
    process.stderr.write(`\r${rules.length} rules: round ${round + 1} of ${ROUNDS}  `);
    for (const kind of kinds) for (const { cells } of loaded) await cells.get(kind)?.round(BUDGET_MS);
  }
  const missing = agreeing
    .filter(({ mostRules = Infinity }) => rules.length > mostRules)
    .map((contestant) =>
      skipped(contestant, rules, `this shape holds at most ${contestant.mostRules} rules`),
    );
  return [...loaded.map((each) => resultOf(each, rules)), ...missing];
}

/** The contestant with these rules and a cell for each kind; undefined if it gives a wrong answer. */
async function agreed(contestant: Contestant, rules: readonly Rule[]): Promise<Loaded | undefined> {
  const ask = await contestant.load(rules);
  const compared = await compare(contestant, { ask, rules, vectors: sampleOf(rules) }, COMPARE_MS);
  compared.wrong.forEach(show);
  wrong.push(...compared.wrong);
  if (compared.wrong.length > 0) return undefined;
  const asked = kinds.filter(
    (kind) => contestant.ignoresAgent !== true || (kind !== 'unknown agent' && kind !== 'other tool'),
  );
  const draw = drawFrom(rules.length + 1);
  const cells = asked.map((kind) => [kind, new Cell(questionsOf(kind, rules, draw).map(ask))] as const);
  return { contestant, ask, cells: new Map(cells) };
}

function resultOf({ contestant, ask, cells }: Loaded, rules: readonly Rule[]): Result {
  const slow = [...cells].filter(([, { tooSlowMs }]) => tooSlowMs !== undefined);
  const costs = slow.map(([kind, { tooSlowMs = NaN }]) => `${kind} takes ${Math.round(tooSlowMs)} ms`);
  const result = {
    contestant,
    rules: rules.length,
    skipped: costs.length === 0 ? undefined : costs.join(', '),
    timings: timingsOf(cells),
  };
  if (contestant.role !== 'ours') return result;
  const bytes = (kind: Kind): number | undefined => bytesOf(questionsOf(kind, rules, drawFrom(1)).map(ask));
  return { ...result, bytes: { allowed: bytes('last rule'), denied: bytes('above limit') } };
}

function skipped(contestant: Contestant, { length }: readonly Rule[], why: string): Result {
  return { contestant, rules: length, skipped: why, timings: new Map() };
}

function show({ contestant, rules, question, allowed, answer }: Disagreement): void {
  const { agent, tool, units } = question;
  const asked = JSON.stringify({ agent, tool, units: units.toString() });
  console.error(`DISAGREES: ${contestant}, R=${rules}: ${asked} is ${String(allowed)}, answered ${answer}`);
}
