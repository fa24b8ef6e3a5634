import { categoryKey, recipientKey } from '../../../nouns/payee.ts';
import type { RuleFacts, SessionCounts } from '../facts.ts';
import { instantAt } from './moments.ts';
import { Failure } from './values.ts';

/** Reads one fact. Undefined means that nobody knows it. */
export type FactReader = (facts: RuleFacts) => unknown;

/** Every fact that an expression may read beside the arguments and the price, by the way it is written. */
export const FACT_READERS: ReadonlyMap<string, FactReader> = new Map<string, FactReader>([
  ['tool', ({ tool }) => tool],
  ['effect', ({ effect }) => effect],
  ['framework', ({ framework }) => framework],
  ['now', ({ nowMs }) => instantAt(nowMs)],
  [
    'payee.recipient',
    ({ payee }) => (payee.recipient === undefined ? undefined : recipientKey(payee.recipient)),
  ],
  ['payee.network', ({ payee }) => payee.network],
  ['payee.category', ({ payee }) => (payee.category === undefined ? undefined : categoryKey(payee.category))],
  ['payee.scheme', ({ payee }) => payee.scheme],
  ['principal.agent', ({ principal }) => principal.agent],
  ['principal.owner', ({ principal }) => principal.owner],
  ['principal.tenant', ({ principal }) => principal.tenant],
  ['principal.session', ({ principal }) => principal.session],
  ['principal.issuer', ({ principal }) => principal.issuer],
  ['session.calls', counted('calls')],
  ['session.denials', counted('denials')],
  ['session.writes', counted('writes')],
]);

const UNCOUNTED = new Failure('expected a session that is counted');

function counted(field: keyof SessionCounts): FactReader {
  return ({ session }) => {
    const count = session?.[field];
    return count !== undefined && Number.isSafeInteger(count) ? BigInt(count) : UNCOUNTED;
  };
}
