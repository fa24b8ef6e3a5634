/**
 * Writes `vectors.json`: questions about the rules 1 to 100 and what they have to be answered. The file is committed,
 * so that a change of rules or answers shows. Run once as `node benchmarks/dist/decide/write-vectors.js`.
 */
import { writeFileSync } from 'node:fs';
import { drawFrom } from './random.ts';
import { isAllowed, type Question, ruleOf, rulesOf } from './rules.ts';
import { VECTOR_RULES, vectorsFile } from './vectors.ts';

const MAX_UNITS = 9_007_199_254_740_991n;
const SMALL = 10n;

const draw = drawFrom(20_261_121);
const rules = rulesOf(VECTOR_RULES);
const drawn = Array.from({ length: 13 }, () => 1 + draw(VECTOR_RULES));

const boundaries = [1, VECTOR_RULES, ...drawn].flatMap((number): readonly Question[] => {
  const { agent, tool, limit } = ruleOf(number);
  const digits = BigInt(limit.toString().length);
  // Nine and zeros, a digit shorter, is above the limit only as text; one and zeros, a digit longer, below it.
  const [shorter, longer] = [9n * 10n ** (digits - 2n), 10n ** digits];
  const prices = [0n, shorter, limit - 1n, limit, limit + 1n, longer, MAX_UNITS];
  return prices.map((units) => ({ agent, tool, units }));
});
const others = Array.from({ length: 24 }, () => ({
  agent: ruleOf(1 + draw(VECTOR_RULES)).agent,
  tool: ruleOf(1 + draw(VECTOR_RULES)).tool,
  units: SMALL,
}));
const unlike = [
  '1',
  '',
  '*',
  '**',
  '.*',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'undefined',
  'x'.repeat(257),
];
const prefixes = [1, 10, 100].flatMap((agent) =>
  [1, 10, 100].map((tool) => ({ agent: `agent-${agent}`, tool: `tool-${tool}`, units: SMALL })),
);

/** Names that are close to `agent-1` or `tool-1`, in one way or another, and are not it. */
function almost(word: string): readonly string[] {
  const numbered = [
    '0',
    '101',
    '1000',
    '01',
    '1.0',
    '1e0',
    '',
    '1 ',
    '1\n',
    '1\0',
    '\uff11',
    '*',
    '**',
    '?',
    '1/',
  ];
  const first = [word.toUpperCase(), `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`, `\ufeff${word}`];
  return [
    ...numbered.map((end) => `${word}-${end}`),
    ...first.map((start) => `${start}-1`),
    `x/${word}-1`,
    ` ${word}-1`,
    `"${word}-1"`,
    `${word}\u20111`,
    `${word}-1|${word}-2`,
    `${word}-1$$tool-1`,
    `${word}-1, tool-1`,
    `${word}-1' or '1'=='1`,
    `${word}-1" || true || "`,
    ...unlike,
    word,
  ];
}

const strange = [
  ...[...almost('agent'), '\u0430gent-1'].map((agent) => ({ agent, tool: 'tool-1', units: SMALL })),
  ...[...almost('tool'), 't\u043eol-1'].map((tool) => ({ agent: 'agent-1', tool, units: SMALL })),
];

const lines = [...boundaries, ...others, ...prefixes, ...strange].map((question) => {
  const { agent, tool, units } = question;
  return JSON.stringify({ agent, tool, units: units.toString(), allowed: isAllowed(question, rules) });
});
const text = `[\n${[...new Set(lines)].join(',\n')}\n]\n`;
writeFileSync(vectorsFile, text.replace(/[^\n\x20-\x7e]/g, escaped));

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
