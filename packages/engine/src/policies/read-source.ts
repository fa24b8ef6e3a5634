import type { Clock } from '../nouns/clock.ts';
import { ToriiError } from '../nouns/errors.ts';
import type { PolicySource } from '../nouns/policy-source.ts';
import { quoted } from '../nouns/wording.ts';

/** How long a source may take: whoever waits behind it for a change of policies waits as long. */
const LIMIT_SECONDS = 30;

/**
 * The documents of a source. Rejects with OPTIONS_INVALID for one that does not answer within half a minute, and at once
 * when `closing` is aborted; what it answers later is not looked at.
 */
export function readSource(
  source: PolicySource,
  clock: Clock,
  closing?: AbortSignal,
): Promise<readonly unknown[]> {
  return new Promise((resolve, reject) => {
    const giveUp = (why: string) => (): void => {
      done();
      reject(new ToriiError('OPTIONS_INVALID', `expected the policies of ${quoted(source.name)} ${why}`));
    };
    const closed = giveUp('before the engine was closed');
    const cancel = clock.after(
      LIMIT_SECONDS * 1_000,
      giveUp(`within ${LIMIT_SECONDS} seconds`),
      'somebody waits',
    );
    const done = (): void => {
      cancel();
      closing?.removeEventListener('abort', closed);
    };
    closing?.addEventListener('abort', closed);
    if (closing?.aborted === true) return closed();
    // A source that throws instead of rejecting is one that rejects.
    Promise.resolve()
      .then(() => source.load())
      .finally(done)
      .then(resolve, reject);
  });
}
