/**
 * Compares texts by the bytes of their UTF-8, as databases do: every store then lists the same things in the same order.
 * JavaScript's own comparison differs for some characters beyond U+D800.
 */
export function byBytes(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
