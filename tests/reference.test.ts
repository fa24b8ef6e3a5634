import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { denialCodes, errorCodes } from '@torii/engine';
import { readTree } from './tidy/tree.ts';

const tree = readTree(fileURLToPath(new URL('..', import.meta.url)));
const sources = Object.entries(tree)
  .filter(([path]) => path.startsWith('packages/engine/src/') && !path.includes('.test'))
  .filter(([path]) => !path.endsWith('nouns/errors.ts') && !path.endsWith('nouns/denial.ts'))
  .map(([, text]) => text);

function headings(page: string): readonly string[] {
  const text = readFileSync(new URL(`../docs/reference/${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^## (.+)$/gm)].map((match) => match[1] ?? '');
}

test.each`
  page            | codes
  ${'denials.md'} | ${denialCodes}
  ${'errors.md'}  | ${errorCodes}
`('$page has one section for each code, in their order', ({ page, codes }) => {
  expect(headings(page)).toEqual(codes);
});

test.each([...denialCodes, ...errorCodes])('%s is said somewhere', (code) => {
  expect(sources.some((text) => text.includes(`'${code}'`))).toBe(true);
});
