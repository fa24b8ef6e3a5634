const SEGMENT = /^[A-Za-z0-9_.-]+$/;

/** Longest tool name, in characters. */
export const MAX_TOOL_NAME = 128;

/**
 * Whether the text is a tool name: segments of `[A-Za-z0-9_.-]` joined by single slashes, 1 to 128 characters,
 * no segment of dots alone. Names are compared exactly: no case folding, no trimming, no normalization.
 */
export function isToolName(text: unknown): text is string {
  if (typeof text !== 'string' || text.length === 0 || text.length > MAX_TOOL_NAME) return false;
  return text.split('/').every((segment) => SEGMENT.test(segment) && !/^\.+$/.test(segment));
}
