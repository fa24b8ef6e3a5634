import { pathText, quoted } from '../../nouns/wording.ts';
import { hasStar } from '../matching/glob.ts';
import type { Examined, Found } from './examined.ts';
import { listsOf, type NameList } from './lists.ts';

/** Most patterns of one list that are told one by one. */
const TOLD = 10;

/** A tool, or a pattern of tools, with a slash in its name, and where it stands. */
export interface Slashed {
  readonly name: string;
  readonly path: readonly PropertyKey[];
}

/**
 * Patterns whose star stops at a slash, where a clause forbids or limits what they match, and tools with a slash are
 * about: `delete_*` lets `github/delete_repo` pass. A lone `*` is always reported. In a list of what is allowed such a
 * pattern is only stricter than it was meant to be.
 */
export function narrowPatterns(policy: Examined, slashed: Slashed | undefined): readonly Found[] {
  if (policy.matchesNobody || policy.allowsNothing || !meetsSlashes(policy)) return [];
  return listsOf(policy.document)
    .filter(forbids)
    .flatMap(({ section, steps, names }) => {
      const narrow = names.flatMap((name, index) => {
        if (!stopsAtSlash(name) || (name !== '*' && slashed === undefined)) return [];
        return goesOn(name, names) ? [] : [{ name, index }];
      });
      const told = narrow.slice(0, TOLD).map(({ name, index }) => {
        return { steps: [...steps, index], message: messageOf(name, slashed) };
      });
      const more = narrow.length - told.length;
      if (more > 0)
        told.push({
          steps: [...steps],
          message: `${more} more patterns of the list match no tool with a slash`,
        });
      return told.map((each): Found => ({ code: 'PATTERN_NARROW', section, ...each }));
    });
}

/** Clauses that forbid, ask, count or tell what is dangerous: what they do not match has more freedom. */
function forbids({ ofTools, section, steps }: NameList): boolean {
  if (!ofTools || section === 'sessions') return false;
  if (section === 'tools') return steps[0] === 'deny';
  return section !== 'effects' || steps[1] === 'destructive' || steps[1] === 'admin';
}

function stopsAtSlash(pattern: string): boolean {
  return hasStar(pattern) && !pattern.includes('/') && !pattern.includes('**');
}

/** Whether a tool with a slash can be called at all. */
function meetsSlashes({ tools: { allow } }: Examined): boolean {
  return allow?.some((name) => name.includes('/') || name.includes('**')) ?? true;
}

/** Whether the list itself goes on behind a slash: its author knows. */
function goesOn(pattern: string, names: readonly string[]): boolean {
  const wide = pattern.replaceAll('*', '**');
  return names.some(
    (name) => name === '**' || name === '*/**' || name === wide || name.endsWith(`/${pattern}`),
  );
}

function messageOf(pattern: string, slashed: Slashed | undefined): string {
  const such =
    slashed === undefined ? '' : `, such as ${quoted(slashed.name, 100)} at \`${pathText(slashed.path)}\``;
  const advice = pattern.startsWith('*')
    ? `write ${quoted(pattern.replaceAll('*', '**'), 200)}`
    : `add ${quoted(`**/${pattern}`, 200)}`;
  return `${quoted(pattern, 100)} matches no tool with a slash in its name${such}, for \`*\` stops at \`/\`; ${advice} if those are meant too`;
}
