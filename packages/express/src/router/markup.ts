/** Markup that was put together here; whatever else is put into it is escaped. */
export class Markup {
  private constructor(readonly text: string) {}

  /** Markup of a template, with its values escaped unless they are markup themselves. */
  static of(parts: readonly string[], values: readonly MarkupValue[]): Markup {
    return new Markup(parts.map((part, index) => part + textOf(values[index])).join(''));
  }
}

type MarkupValue = string | Markup | readonly Markup[] | undefined;

/** Writes markup: every text that is put in is escaped, undefined is nothing. */
export function markup(parts: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  return Markup.of(parts, values);
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

/** Characters that people do not see, or that turn around what stands beside them; line ends stay. */
const UNSEEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{DI}\u2800]/gu;

/** Text for a page: nothing in it is markup, and nothing in it is hidden from whoever reads it. */
export function escapeHtml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(UNSEEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
    .replaceAll(/[&<>"']/g, (character) => ENTITIES.get(character) ?? '');
}

function textOf(value: MarkupValue): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return escapeHtml(value);
  return value instanceof Markup ? value.text : value.map(({ text }) => text).join('');
}
