import assert from 'node:assert/strict';

/** What is waited for is long there by both: turns count on a busy machine, time for what the machine does beside them. */
const PATIENCE = { turns: 500, ms: 1_000 };

/** What somebody else does later. */
export function signal(): { readonly given: Promise<void>; readonly give: () => void } {
  let give = (): void => undefined;
  const given = new Promise<void>((resolve) => (give = resolve));
  return { given, give };
}

/** Waits for what others have under way. Rejects when it does not come about. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const lateMs = performance.now() + PATIENCE.ms;
  for (let turn = 0; turn < PATIENCE.turns || performance.now() < lateMs; turn++) {
    if (await condition()) return;
    await nextTurns(1);
  }
  assert.fail('what was waited for did not come about');
}

/** Lets others go on. */
export async function nextTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
