const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Text that JSON writes as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** Characters that people do not see, or that turn around what stands beside them. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/** Longest stretch of somebody's input that a message repeats. */
const SHOWN = 40;

/**
 * A JSON path for people: `budgets[1].limit`, and `tools["odd key"]` where the key is not a plain word.
 * Long keys are shortened.
 */
export function pathText(path: readonly PropertyKey[]): string {
  let text = '';
  for (const step of path) {
    const key = String(step).slice(0, SHOWN);
    if (typeof step === 'number') text += `[${key}]`;
    else if (IDENTIFIER.test(key)) text += text === '' ? key : `.${key}`;
    else text += `[${JSON.stringify(key)}]`;
  }
  return text;
}

/** Text in backticks, shortened, with control characters escaped. */
export function quoted(text: string, length = SHOWN): string {
  if (text.length <= length && PLAIN.test(text)) return `\`${text}\``;
  const escaped = JSON.stringify(text.slice(0, length)).slice(1, -1).replace(UNSEEN, escapeOf);
  return text.length > length ? `\`${escaped}…\`` : `\`${escaped}\``;
}

/** Names a value that was not expected, without repeating whole objects. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return `\`${value}\``;
  return typeof value === 'object' ? 'an object' : `a value of type ${typeof value}`;
}

/** The first of `texts` in backticks, and how many were left out. */
export function listed(texts: readonly string[], most = 8): string {
  const named = texts.slice(0, most).map((text) => quoted(text));
  const more = texts.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
}

function escapeOf(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
