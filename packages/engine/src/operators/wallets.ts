import { budgetCharge } from '../reserve/reserve.ts';
import { accountDemand, type BudgetDemand } from '../nouns/decision.ts';
import { ToriiError } from '../nouns/errors.ts';
import type { AgentKey } from '../nouns/hold.ts';
import { formatMoney, money, type MoneyInput } from '../nouns/money.ts';
import type { WalletName, Wallets } from '../nouns/operator.ts';
import { type Movement, walletKey } from '../nouns/wallet.ts';
import type { Parts } from '../parts.ts';
import { agentKeyOf, factsOf, invalid, named } from './whom.ts';

const LISTED = 100;
const CURRENCY = /^[A-Z]{3}$/;

/** Balances of agents, for operators. */
export function walletsOf({ identity, store, assets, clock }: Parts): Wallets {
  const amountOf = (input: MoneyInput): Pick<Movement, 'currency' | 'units'> => {
    const { units, asset } = money(input);
    const currency = asset.slice(0, 3);
    // Nothing but a currency begins with its own name: tokens are counted by a rate, which rounds.
    const counted = assets.count(units, asset, currency);
    if (counted !== undefined && counted > 0n) return { currency, units: counted };
    const expected = 'expected an amount in a currency, and more than nothing, such as `5.00 USD`';
    throw new ToriiError('MONEY_INVALID', `${expected}, got \`${formatMoney({ units, asset })}\``);
  };
  const walletOf = ({ agent, currency }: WalletName): { readonly whose: AgentKey; readonly key: string } => {
    if (typeof currency !== 'string' || !CURRENCY.test(currency))
      throw invalid('currency', 'expected three capital letters such as `USD`');
    const whose = agentKeyOf(identity, agent, 'agent');
    return { whose, key: walletKey(whose, currency) };
  };
  const change = (direction: 'from' | 'to'): Wallets['credit'] => {
    return async ({ id, agent, amount }, by) => {
      const whose = agentKeyOf(identity, agent, 'agent');
      const moved = amountOf(amount);
      const legs = { from: undefined, to: undefined, [direction]: walletKey(whose, moved.currency) };
      return store.of(whose.tenant).move({ id: named(id, 'id'), ...legs, ...moved, facts: factsOf(by) });
    };
  };
  return {
    credit: change('to'),
    debit: change('from'),
    async transfer({ id, from, to, amount }, by) {
      const [giver, taker] = [agentKeyOf(identity, from, 'from'), agentKeyOf(identity, to, 'to')];
      const moved = amountOf(amount);
      const legs = { from: walletKey(giver, moved.currency), to: walletKey(taker, moved.currency) };
      if (giver.tenant !== taker.tenant) throw invalid('to.tenant', 'expected two agents of one tenant');
      if (legs.from === legs.to) throw invalid('to', 'expected another agent than `from`');
      return store.of(giver.tenant).move({ id: named(id, 'id'), ...legs, ...moved, facts: factsOf(by) });
    },
    async balance(wallet) {
      const { whose, key } = walletOf(wallet);
      const charge = budgetCharge(lookAt(key, wallet.currency), clock.now());
      const { budgets } = await store.of(whose.tenant).status([charge], []);
      const [status] = budgets;
      if (status === undefined) throw new ToriiError('STORE_UNAVAILABLE', 'expected how the wallet stands');
      return status;
    },
    async history(wallet) {
      const { whose, key } = walletOf(wallet);
      const { beforeSeq, limit = LISTED } = wallet;
      const page = { limit: Math.min(limit, LISTED), ...(beforeSeq === undefined ? {} : { beforeSeq }) };
      return store.of(whose.tenant).history(key, page);
    },
  };
}

/** A look at a wallet that asks for nothing of it. */
function lookAt(key: string, currency: string): BudgetDemand {
  return accountDemand({ key, policy: 'wallet', clause: 'wallet', currency, amount: 0n, account: 'wallet' });
}
