import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { Received } from './receiver.ts';

/** The secrets that may sign a request, the current one first. */
export type Secrets = readonly [current: string, ...before: readonly string[]];

const STANDARD = 'whsec_';

/**
 * What is wrong with the signatures of a request, by the library of Standard Webhooks and by what receivers of the seed
 * do: each secret alone must be enough for the first, and the last one for the second. Empty where both believe it.
 */
export function signatureFlaws(request: Received, secrets: Secrets): readonly string[] {
  const { headers, body, id } = request;
  const flaws: string[] = [];
  for (const secret of secrets) {
    const refused = libraryRefusal(request, secret);
    if (refused !== undefined) flaws.push(`standardwebhooks says of a request: ${refused}`);
  }
  const last = secrets.at(-1) ?? secrets[0];
  const expected = createHmac('sha256', last).update(body).digest('hex');
  if (headers['x-webhook-signature'] !== `sha256=${expected}`)
    flaws.push('the header of the seed is not signed with the last secret');
  if (headers['x-webhook-id'] !== id) flaws.push('the two headers with the id differ');
  return flaws;
}

/** Whether the library believes a request with this secret. */
export function isBelieved(request: Received, secret: string): boolean {
  return libraryRefusal(request, secret) === undefined;
}

function libraryRefusal({ headers, body }: Received, secret: string): string | undefined {
  const library = secret.startsWith(STANDARD)
    ? new Webhook(secret)
    : new Webhook(Buffer.from(secret), { format: 'raw' });
  const real = Date.now;
  try {
    // The library takes the time from the machine alone, and the engine from its own clock.
    Date.now = () => Number(headers['webhook-timestamp']) * 1_000;
    library.verify(body, { ...headers });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    Date.now = real;
  }
}
