/** Characters that people do not see, or that turn around what stands beside them. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{DI}\u2800]/gu;
const UNSEEN_BUT_LINES = /(?!\n)[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{DI}\u2800]/gu;

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
]);

/** Text that mentions nobody, links to nothing and hides nothing; its asterisks and the like still format it. */
function escaped(text: string): string {
  return text.toWellFormed().replaceAll(UNSEEN, shownUnseen).replaceAll(/[&<>]/g, entityOf);
}

/**
 * A value as inline code of at most `most` characters: nothing in it is formatting. A backtick, which would end it, becomes
 * an apostrophe.
 */
export function code(value: string, most = 500): string {
  if (value === '') return 'none';
  let shown = '';
  for (const character of value) {
    const next = escaped(character).replace('`', "'");
    if (shown.length + next.length > most) return `\`${shown}…\``;
    shown += next;
  }
  return `\`${shown}\``;
}

/**
 * JSON in blocks of code of at most `size` characters each; undefined where more than `most` of them are needed. What a
 * block cannot show is written as JSON escapes it, so the text still means the same.
 */
export function codeBlocks(
  json: string,
  { size, most }: { readonly size: number; readonly most: number },
): readonly string[] | undefined {
  const text = laidOut(json)
    .toWellFormed()
    .replaceAll(UNSEEN_BUT_LINES, jsonEscape)
    .replaceAll('`', jsonEscape);
  const blocks: string[] = [];
  let block = '';
  for (const character of text) {
    const shown = ENTITIES.get(character) ?? character;
    if (block.length + shown.length > size) {
      blocks.push(block);
      block = '';
      if (blocks.length === most) return undefined;
    }
    block += shown;
  }
  return [...blocks, block].map((each) => `\`\`\`${each}\`\`\``);
}

/** JSON as people read it; as it is where it is none. */
function laidOut(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), undefined, 2);
  } catch {
    return json;
  }
}

function shownUnseen(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

function jsonEscape(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }).join('');
}

function entityOf(character: string): string {
  return ENTITIES.get(character) ?? character;
}
