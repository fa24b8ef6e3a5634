/** Something that was granted, to the millisecond. */
export interface Grant {
  readonly atMs: number;
  readonly units: bigint;
}

/** The first stretch of `lengthMs`, by its last instant, in which the grants weigh more than `most`. */
export function stretchAbove(
  grants: readonly Grant[],
  weight: (grant: Grant) => bigint,
  { lengthMs, most }: { readonly lengthMs: number; readonly most: bigint },
): { readonly atMs: number; readonly sum: bigint } | undefined {
  let [first, sum] = [0, 0n];
  for (const grant of grants) {
    sum += weight(grant);
    for (
      let old = grants[first];
      old !== undefined && old.atMs <= grant.atMs - lengthMs;
      old = grants[first]
    ) {
      sum -= weight(old);
      first += 1;
    }
    if (sum > most) return { atMs: grant.atMs, sum };
  }
  return undefined;
}

/** What was granted in the stretch of `lengthMs` that ends now. */
export function sumBefore(
  grants: readonly Grant[],
  nowMs: number,
  lengthMs: number,
): { readonly units: bigint; readonly calls: number } {
  const lately = grants.filter(({ atMs }) => atMs > nowMs - lengthMs);
  return { units: lately.reduce((sum, { units }) => sum + units, 0n), calls: lately.length };
}
