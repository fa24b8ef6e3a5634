/** Control characters (C0, DEL, C1), characters that turn the direction of text, and separators of lines. */
const UNSEEN = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/**
 * Text that does nothing to a terminal: what a model, a tool or a person wrote could move the cursor, rename the window
 * or hide a line. Each such character becomes the escape that JSON has for it, so JSON stays JSON.
 */
export function visible(text: string): string {
  return text.replace(UNSEEN, (unseen) => `\\u${unseen.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
