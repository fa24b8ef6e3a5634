import { readFileSync } from 'node:fs';
import type { Question } from './rules.ts';

/** A question and what it has to be answered. */
export interface Vector {
  readonly question: Question;
  readonly allowed: boolean;
}

interface Line {
  readonly agent: string;
  readonly tool: string;
  readonly units: string;
  readonly allowed: boolean;
}

/** How many rules the vectors are about. */
export const VECTOR_RULES = 100;

/** Stands beside the source; this module runs from `benchmarks/dist/decide`. */
export const vectorsFile = new URL('../../decide/vectors.json', import.meta.url);

/** The committed vectors. */
export function readVectors(): readonly Vector[] {
  const lines = JSON.parse(readFileSync(vectorsFile, 'utf8')) as readonly Line[];
  return lines.map(({ agent, tool, units, allowed }) => ({
    question: { agent, tool, units: BigInt(units) },
    allowed,
  }));
}
