/** Which attempt of which call an id names. */
export interface Attempt {
  /** Id of the first attempt, which is that of the call. */
  readonly of: string;

  /** From 1 on. */
  readonly number: number;
}

const FURTHER = /^(.+)\.([2-9]|[1-9]\d+)$/;

/** The id of an attempt: `call_12ab.3` is the third of `call_12ab`. No other id has a full stop. */
export function attemptId(of: string, number: number): string {
  return number === 1 ? of : `${of}.${number}`;
}

/** The id of the attempt after this one. */
export function nextAttemptId(id: string): string {
  const { of, number } = attemptIn(id);
  return attemptId(of, number + 1);
}

/** Reads what `attemptId` wrote. */
export function attemptIn(id: string): Attempt {
  const [, of, number] = FURTHER.exec(id) ?? [];
  return of === undefined ? { of: id, number: 1 } : { of, number: Number(number) };
}

/** The id of the attempt before this one; undefined for the first. */
export function previousAttemptId(id: string): string | undefined {
  const { of, number } = attemptIn(id);
  return number === 1 ? undefined : attemptId(of, number - 1);
}
