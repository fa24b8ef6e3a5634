/** What is remembered of one function. The names and figures of policies are far fewer. */
const MOST = 1_000;

/**
 * The same function, which works out only once what is asked for over and over: for texts of every response that depend
 * on policies alone. Forgets everything once it knows a thousand answers, so that what requests bring cannot fill it.
 */
export function remembered<A, B, T>(workOut: (a: A, b: B) => T): (a: A, b: B) => T {
  const known = new Map<A, Map<B, T>>();
  let count = 0;
  return (a, b) => {
    const found = known.get(a)?.get(b);
    if (found !== undefined) return found;
    if (count >= MOST) {
      known.clear();
      count = 0;
    }
    const answer = workOut(a, b);
    const ofThis = known.get(a) ?? new Map<B, T>();
    known.set(a, ofThis.set(b, answer));
    count += 1;
    return answer;
  };
}
