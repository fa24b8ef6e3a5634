import { readFileSync } from 'node:fs';

import { fencesOf } from '../scripts/docs/fences.mjs';

const doors = ['express', 'langchain', 'nest', 'openai-agents', 'vercel-ai'];

/** The lines of a program that are about Torii, beside its imports. */
function linesOfTorii(program: string): string[] {
  const about = /torii|policies|identity|guarded/i;
  return program.split('\n').filter((line) => about.test(line) && !line.startsWith('import '));
}

test.each(doors)('the README of %s begins with a quick start of at most five lines of Torii', (door) => {
  const text = readFileSync(new URL(`../packages/${door}/README.md`, import.meta.url), 'utf8');
  const [first] = fencesOf(`packages/${door}/README.md`, text).filter(({ language }) => language === 'ts');
  const lines = linesOfTorii(first?.content ?? '');

  expect(lines).toContainEqual(expect.stringContaining('createEngine('));
  expect(lines.length).toBeLessThanOrEqual(5);
});
