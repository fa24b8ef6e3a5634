/** Segments joined by single slashes, none of dots alone. Linear: what a segment looks ahead at, it then reads. */
const NAME = /^(?!\.+(?:\/|$))[A-Za-z0-9_.-]+(?:\/(?!\.+(?:\/|$))[A-Za-z0-9_.-]+)*$/;

/** Longest tool name, in characters. */
export const MAX_TOOL_NAME = 128;

/**
 * Whether the text is a tool name: segments of `[A-Za-z0-9_.-]` joined by single slashes, 1 to 128 characters,
 * no segment of dots alone. Names are compared exactly: no case folding, no trimming, no normalization.
 */
export function isToolName(text: unknown): text is string {
  return typeof text === 'string' && text.length <= MAX_TOOL_NAME && NAME.test(text);
}
