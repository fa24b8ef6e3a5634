/**
 * A CEL expression that holds exactly where the text that `subject` reads matches one of the patterns, in which `*`
 * stands for any characters and `?` for one. `'any'` where every text does; undefined where CEL cannot say it, which is
 * so for a pattern with fixed text between two wildcards, other than `*text*`.
 */
export function patternExpression(subject: string, patterns: readonly string[]): string | undefined {
  const exact = patterns.filter((pattern) => !/[*?]/.test(pattern));
  const parts = exact.length === 0 ? [] : [`${subject} in [${exact.map(literal).join(', ')}]`];
  for (const pattern of patterns) {
    if (exact.includes(pattern)) continue;
    if (/^\*+$/.test(pattern)) return 'any';
    const part = wildcardExpression(subject, pattern);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return parts.join(' || ');
}

function wildcardExpression(subject: string, pattern: string): string | undefined {
  const [, inner] = /^\*+([^*?]+)\*+$/.exec(pattern) ?? [];
  if (inner !== undefined) return `${subject}.contains(${literal(inner)})`;
  const [, start = '', wild = '', end = ''] = /^([^*?]*)([*?]+)([^*?]*)$/.exec(pattern) ?? [];
  if (wild === '') return undefined;
  const least = start.length + wild.replaceAll('*', '').length + end.length;
  const ends = [
    ...(start === '' ? [] : [`${subject}.startsWith(${literal(start)})`]),
    ...(end === '' ? [] : [`${subject}.endsWith(${literal(end)})`]),
  ];
  // Whatever starts with a text is as long as it; only with another end or with `?` beside it, length says more.
  const implied = ends.length === 1 && !wild.includes('?');
  const size = `size(${subject}) ${wild.includes('*') ? '>=' : '=='} ${least}`;
  return [...ends, ...(implied ? [] : [size])].join(' && ');
}

/** Visible ASCII, which JSON and CEL write alike. */
function literal(text: string): string {
  return JSON.stringify(text);
}
