import { arrowFindings } from './tidy/arrows.ts';
import { houseFindings } from './tidy/house.ts';
import type { Tree } from './tidy/source.ts';

/** Everything that is not tidy, one line each: `path:line rule: message`. Empty for a tidy tree. */
export function untidy(tree: Tree): readonly string[] {
  return [...arrowFindings(tree), ...houseFindings(tree)]
    .map(({ path, line, rule, message }) => `${path}:${line} ${rule}: ${message}`)
    .sort();
}
