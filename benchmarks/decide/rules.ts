/** One agent may call one tool, if a call costs at most this. Whatever no rule allows is denied. */
export interface Rule {
  readonly agent: string;
  readonly tool: string;

  /** Micro-dollars. */
  readonly limit: bigint;
}

/** May this agent call this tool at this price? */
export interface Question {
  readonly agent: string;
  readonly tool: string;

  /** Micro-dollars. */
  readonly units: bigint;
}

/** Rule `number`, counted from 1. Limits have 5 to 11 digits, so that comparing them as text goes wrong. */
export function ruleOf(number: number): Rule {
  return { agent: `agent-${number}`, tool: `tool-${number}`, limit: limitOf(number) };
}

/** The rules of 1 to `count`. */
export function rulesOf(count: number): readonly Rule[] {
  return Array.from({ length: count }, (_, index) => ruleOf(index + 1));
}

/** What every contestant has to answer, worked out in the plainest way. */
export function isAllowed({ agent, tool, units }: Question, rules: readonly Rule[]): boolean {
  return rules.some((rule) => rule.agent === agent && rule.tool === tool && units <= rule.limit);
}

function limitOf(number: number): bigint {
  return 10n ** BigInt(4 + (number % 7)) + ((BigInt(number) * 7_919n) % 9_973n);
}
