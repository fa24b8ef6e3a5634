const IDENTIFIER = /^[\x21-\x7e]{1,256}$/;
const KEY_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** What `isIdentifier` accepts, for messages. */
export const IDENTIFIER_FORM = '1 to 256 visible ASCII characters';

/** What `isKeyId` accepts, for messages. */
export const KEY_ID_FORM = '1 to 64 letters, digits, `_` or `-`';

/** Whether the value names an agent, owner, session, tenant, approver, issuer, audience or token. Compared exactly. */
export function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && IDENTIFIER.test(value);
}

/** Whether the value may be a `kid`. It only looks a key up: it is never a path, a query or an address. */
export function isKeyId(value: unknown): value is string {
  return typeof value === 'string' && KEY_ID.test(value);
}
