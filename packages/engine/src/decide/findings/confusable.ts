import type { PolicyFinding } from '../../nouns/policies.ts';
import { pathText, quoted } from '../../nouns/wording.ts';

/** A list of tool names and patterns, and where it stands. */
export interface ToolList {
  readonly path: readonly PropertyKey[];
  readonly names: readonly string[];
}

interface Name {
  readonly text: string;

  /** Where it stands first. */
  readonly path: readonly PropertyKey[];

  /** Numbers of the lists that it is in. */
  readonly lists: Set<number>;
}

/** Names of one look that a new one is compared with. More than these are only ever made up. */
const COMPARED = 8;

/**
 * Tool names that people read as one, and that the policy treats as two: they differ in case, in `_`, `-` and `.`, in
 * `0` and `O`, in `1`, `l` and `I` or in `rn` and `m` alone. Names beside each other in one list are meant to be two.
 * Each name is reported once.
 */
export function confusableNames(lists: readonly ToolList[]): readonly PolicyFinding[] {
  const alike = new Map<string, Name[]>();
  return namesOf(lists).flatMap((name) => {
    const groups = looksOf(name.text).map((look) => {
      const group = alike.get(look) ?? [];
      alike.set(look, group);
      return group;
    });
    const other = groups.flat().find((each) => each.text !== name.text && !areTogether(each, name));
    for (const group of groups) if (group.length < COMPARED) group.push(name);
    if (other === undefined) return [];
    const { text, path } = name;
    const message = `${quoted(text)} looks like ${quoted(other.text)} at \`${pathText(other.path)}\`, which is another tool; correct one of them, or list both side by side`;
    return [{ code: 'NAME_CONFUSABLE', path: pathText(path), message }];
  });
}

function namesOf(lists: readonly ToolList[]): readonly Name[] {
  const names = new Map<string, Name>();
  for (const [number, { path, names: texts }] of lists.entries()) {
    for (const [index, text] of texts.entries()) {
      const known = names.get(text);
      if (known === undefined) names.set(text, { text, path: [...path, index], lists: new Set([number]) });
      else known.lists.add(number);
    }
  }
  return [...names.values()];
}

function areTogether(one: Name, other: Name): boolean {
  const [few, many] = one.lists.size < other.lists.size ? [one.lists, other.lists] : [other.lists, one.lists];
  return [...few].some((list) => many.has(list));
}

/** What a name looks like, with and without taking a capital `I` for an `l`. */
function looksOf(text: string): readonly string[] {
  const plain = blurred(text);
  const tall = blurred(text.replaceAll('I', 'l'));
  return plain === tall ? [plain] : [plain, tall];
}

function blurred(text: string): string {
  return text
    .toLowerCase()
    .replace(/[-_.]+/g, '-')
    .replaceAll('0', 'o')
    .replaceAll('1', 'l')
    .replaceAll('rn', 'm');
}
