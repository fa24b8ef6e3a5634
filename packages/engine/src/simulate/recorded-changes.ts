import * as z from 'zod';
import type { Entry } from '../nouns/entry.ts';
import { type Money, moneyFrom } from '../nouns/money.ts';
import type { Subject } from '../nouns/revocation.ts';

/** Money that entered an account, or left it where `units` is below 0. */
export interface Leg {
  readonly account: string;
  readonly currency: string;
  readonly units: bigint;
}

/** What the journal says besides decisions and the ends of calls, as far as it changes what a draft would say. */
export type RecordedChange =
  | { readonly kind: 'unfrozen'; readonly budget: string }
  | { readonly kind: 'moved'; readonly legs: readonly Leg[] }
  | { readonly kind: 'revoked'; readonly subject: Subject; readonly reason: string }
  | { readonly kind: 'restored'; readonly subject: Subject }
  | { readonly kind: 'extended'; readonly price: Money };

const unfrozen = z.object({ budget: z.string() });

const moved = z.object({
  currency: z.string(),
  legs: z.array(z.object({ account: z.string(), units: z.string().regex(/^-?[0-9]{1,16}$/) })),
});

const owner = { issuer: z.string(), tenant: z.string(), owner: z.string() };
const agent = { ...owner, agent: z.string() };
const subject = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('tenant'), tenant: z.string() }),
  z.object({ kind: z.literal('owner'), ...owner }),
  z.object({ kind: z.literal('agent'), ...agent }),
  z.object({ kind: z.literal('session'), ...agent, session: z.string() }),
]);
const revoked = z.object({ subject, reason: z.string() });

const extended = z.object({ price: z.string() });
const ended = z.object({ charged: z.string() });

/** The change that an entry records; undefined for any other entry, and for one that does not say enough. */
export function changeIn({ type, facts }: Entry): RecordedChange | undefined {
  switch (type) {
    case 'budget.unfrozen': {
      const budget = unfrozen.safeParse(facts).data?.budget;
      return budget === undefined ? undefined : { kind: 'unfrozen', budget };
    }
    case 'wallet.credited':
    case 'wallet.debited':
    case 'wallet.transferred':
      return movement(facts);
    case 'access.revoked':
    case 'access.restored': {
      const read = revoked.safeParse(facts).data;
      return read && { kind: type === 'access.revoked' ? 'revoked' : 'restored', ...read };
    }
    case 'call.extended': {
      const price = moneyFrom(extended.safeParse(facts).data?.price ?? '');
      return price && { kind: 'extended', price };
    }
    default:
      return undefined;
  }
}

/** What a settled call cost, as its entry says. */
export function chargedIn({ type, facts }: Entry): Money | undefined {
  const charged = type === 'call.settled' ? ended.safeParse(facts).data?.charged : undefined;
  return charged === undefined ? undefined : moneyFrom(charged);
}

/** What is outside of Torii has a name in the journal and no account. */
const OUTSIDE = 'outside';

function movement(facts: Entry['facts']): RecordedChange | undefined {
  const read = moved.safeParse(facts).data;
  if (read === undefined) return undefined;
  const { currency } = read;
  const legs = read.legs.filter(({ account }) => account !== OUTSIDE);
  return {
    kind: 'moved',
    legs: legs.map(({ account, units }) => ({ account, currency, units: BigInt(units) })),
  };
}
