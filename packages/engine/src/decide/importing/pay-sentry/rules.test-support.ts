import fc from 'fast-check';
import type { PaySentryRule } from './document.ts';

/** What the options say that services are. */
export const services = { search: ['find', 'look'], trade: ['buy'] };

const piece = fc.string({ unit: fc.constantFrom('a', 'b', 'B', '.', '"', '\\'), maxLength: 3 });
const wild = fc.string({ unit: fc.constantFrom('*', '?'), maxLength: 2 });
/** Names of agents and recipients. */
export const text = fc.string({
  unit: fc.constantFrom('a', 'b', 'B', '.', '"', '\\'),
  minLength: 1,
  maxLength: 5,
});
const pattern = fc
  .oneof(
    fc.tuple(piece, wild, piece).map((parts) => parts.join('')),
    piece.map((inner) => `*${inner}*`),
  )
  .filter((each) => each !== '');

// A full stop behind a wildcard at the end is refused.
const recipients = fc.array(
  pattern.filter((each) => !/[*?]\.$/.test(each)),
  { minLength: 1, maxLength: 2 },
);

const conditions = fc.oneof(
  fc.constant({}),
  fc.record({ recipients }),
  fc.record(
    {
      agents: fc.array(pattern, { minLength: 1, maxLength: 2 }),
      recipients,
      services: fc.uniqueArray(fc.constantFrom('search', 'trade'), { minLength: 1 }),
      minAmount: fc.integer({ min: 0, max: 5 }).map((cents) => cents / 100),
      maxAmount: fc.integer({ min: 0, max: 5 }).map((cents) => cents / 100),
      currencies: fc.array(fc.constantFrom('USDC', 'USDT'), { minLength: 1 }),
    },
    { requiredKeys: [] },
  ),
);

/** Rules that ours can say. */
export const rule: fc.Arbitrary<PaySentryRule> = fc.record({
  id: fc.constant('r'),
  name: fc.constant('a rule'),
  enabled: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.constant(false)),
  priority: fc.integer({ min: -2, max: 2 }),
  conditions,
  action: fc.constantFrom('allow', 'deny', 'require_approval', 'flag'),
});
