const TEXT = /^([1-9][0-9]{0,5})(s|m|h|d)$/;
const MILLISECONDS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of `"90s"`, `"30m"`, `"1h"` or `"7d"`; undefined for any other text. */
export function durationMs(text: string): number | undefined {
  const match = TEXT.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * MILLISECONDS[match[2] as keyof typeof MILLISECONDS];
}
