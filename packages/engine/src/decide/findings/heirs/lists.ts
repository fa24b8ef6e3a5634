import { listed, quoted } from '../../../nouns/wording.ts';
import { PAYEE_KEYS, type PayeeSection } from '../../checks/payee.ts';
import { listSelector } from '../../checks/tools.ts';
import { payeeLists } from '../entries.ts';
import type { Examined } from '../examined.ts';
import { coverOf, type Usable } from '../usable.ts';
import type { Compare, Lost } from './lost.ts';

type ListSection = 'tools' | PayeeSection;

/** Entries that are denied no longer, and a list of what alone is allowed where there is none any more. */
export function lostLists(section: ListSection): Compare {
  return ({ document }, policy) => {
    const { allow, deny = [] } = document[section] ?? {};
    const lists = usableOf(policy, section);
    const denied = deny.flatMap((pattern, index): readonly Lost[] => {
      if (!lists.has(folded(section, pattern))) return [];
      const place = `${section}.deny[${index}]`;
      return [{ place, words: () => `${quoted(pattern, 100)}, denied by \`${place}\`, can pass` }];
    });
    if (allow === undefined || isAnything(section, allow, policy)) return denied;
    if (lists.allow !== undefined && !isAnything(section, lists.allow, policy)) return denied;
    const place = `${section}.allow`;
    return [
      ...denied,
      { place, words: () => `\`${place}\` let nothing pass but ${wordsOf(allow)}, and it is gone` },
    ];
  };
}

function usableOf(policy: Examined, section: ListSection): Usable {
  return payeeLists(policy).find((each) => each.section === section)?.lists ?? policy.tools;
}

function folded(section: ListSection, pattern: string): string {
  return section === 'tools' ? pattern : PAYEE_KEYS[section](pattern);
}

function isAnything(section: ListSection, allow: readonly string[], { effort }: Examined): boolean {
  const separator = section === 'tools' ? '/' : 'none';
  return coverOf(listSelector('allow', allow, { separator }), '**', { separator, effort }) !== undefined;
}

/** The first few of a list; `nothing` for an empty one. */
export function wordsOf(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : listed(names, 3);
}
