import { MAX_UNITS } from '../nouns/asset.ts';
import type { Json } from '../nouns/canonical.ts';
import type { AccountKind } from '../nouns/charge.ts';
import type { Entry } from '../nouns/entry.ts';
import { carveOutKey } from '../nouns/hold.ts';
import { carvedIn, chargesOf, countedIn, type JournalCharge } from './charges.ts';

/** What the journal says of one wallet, or of what one call set aside. Micro-units of its currency. */
export interface AuditedAccount {
  readonly key: string;
  readonly kind: AccountKind;
  readonly currency: string;
  readonly funds: bigint;
  readonly spent: bigint;
  readonly held: bigint;

  /** Nothing more can be held from it. */
  readonly closed: boolean;
}

/** Where the money of one currency is, as balances that sum to 0: what left an account entered another. */
export interface Balances {
  readonly currency: string;

  /** Below zero by what came into wallets and did not leave them again. */
  readonly outside: bigint;

  /** What is in all wallets, held or not. */
  readonly wallets: bigint;

  /** What calls spent from wallets. */
  readonly spent: bigint;
}

/** The books of all accounts. */
export interface AccountAudit {
  readonly accounts: readonly AuditedAccount[];
  readonly balances: readonly Balances[];

  /** `seq` of entries whose legs do not sum to nothing: money made or lost. Empty in a sound journal. */
  readonly unbalanced: readonly number[];
}

/**
 * Recomputes every wallet and every carve-out from the journal alone, from its first entry on, by double entry. What it
 * answers must equal what the store says; any difference is money made or lost.
 */
export function auditAccounts(entries: readonly Entry[]): AccountAudit {
  const ledger = new Ledger();
  for (const entry of entries) ledger.post(entry);
  return ledger.audit();
}

interface Leg {
  readonly account: string;
  readonly units: string;
}

class Ledger {
  readonly #accounts = new Map<string, AuditedAccount>();
  readonly #balances = new Map<string, Balances>();
  readonly #open = new Map<string, readonly JournalCharge[]>();
  readonly #unbalanced: number[] = [];

  post(entry: Entry): void {
    const { type, callId = '', facts } = entry;
    if (type === 'wallet.credited' || type === 'wallet.debited' || type === 'wallet.transferred')
      this.#move(entry);
    if (type === 'call.reserved') this.#setAside(callId, carvedIn(facts['carved']));
    if (type === 'call.reserved' || type === 'call.extended') this.#hold(callId, chargesOf(facts['charges']));
    if (type === 'call.settled') this.#end(callId, ({ currency }) => countedIn(facts['counted'], currency));
    if (type === 'call.released' || type === 'call.expired') this.#end(callId, () => 0n);
    if (type === 'carve-out.closed') this.#close(carveOutKey(callId));
    // An operator accepted that what was there is gone.
    if (type === 'store.rebuilt' && facts['budgets'] === 'anew')
      for (const books of [this.#accounts, this.#balances, this.#open]) books.clear();
  }

  audit(): AccountAudit {
    return {
      accounts: [...this.#accounts.values()],
      balances: [...this.#balances.values()],
      unbalanced: this.#unbalanced,
    };
  }

  #move({ seq, facts }: Entry): void {
    const currency = text(facts['currency']);
    let sum = 0n;
    for (const { account, units } of legsOf(facts['legs'])) {
      sum += BigInt(units);
      if (account === 'outside') this.#balance(currency, { outside: BigInt(units) });
      else this.#fund({ key: account, kind: 'wallet', currency }, BigInt(units));
    }
    if (sum !== 0n) this.#unbalanced.push(seq);
  }

  #setAside(callId: string, carved: ReturnType<typeof carvedIn>): void {
    if (carved === undefined) return;
    const { currency, units } = carved;
    const account = this.#account({ key: carveOutKey(callId), kind: 'carve-out', currency });
    // An id that is used anew sets aside anew.
    this.#accounts.set(account.key, { ...account, currency, funds: units, spent: 0n, closed: false });
  }

  /** What was held before is held no more: an extension names whole amounts. */
  #hold(callId: string, charges: readonly JournalCharge[]): void {
    this.#end(callId, () => 0n);
    this.#open.set(callId, charges);
    for (const charge of charges) this.#use(charge, { held: charge.amount, spent: 0n });
  }

  #end(callId: string, spentOn: (charge: JournalCharge) => bigint): void {
    for (const charge of this.#open.get(callId) ?? [])
      this.#use(charge, { held: -charge.amount, spent: spentOn(charge) });
    this.#open.delete(callId);
  }

  /** What a call spends leaves its wallet and enters what is spent. */
  #use({ key, account: kind, currency }: JournalCharge, change: { held: bigint; spent: bigint }): void {
    if (kind === undefined) return;
    const before = this.#account({ key, kind, currency });
    const room = MAX_UNITS - before.spent;
    const spent = change.spent > room ? room : change.spent;
    this.#accounts.set(key, { ...before, held: before.held + change.held, spent: before.spent + spent });
    if (kind === 'wallet') this.#balance(currency, { wallets: -spent, spent });
  }

  #close(key: string): void {
    const account = this.#accounts.get(key);
    if (account !== undefined) this.#accounts.set(key, { ...account, closed: true });
  }

  #fund(named: Named, units: bigint): void {
    const account = this.#account(named);
    this.#accounts.set(named.key, { ...account, funds: account.funds + units });
    this.#balance(named.currency, { wallets: units });
  }

  #account(named: Named): AuditedAccount {
    const empty = { ...named, funds: 0n, spent: 0n, held: 0n, closed: false };
    return this.#accounts.get(named.key) ?? empty;
  }

  #balance(currency: string, change: Partial<Omit<Balances, 'currency'>>): void {
    const before = this.#balances.get(currency) ?? { outside: 0n, wallets: 0n, spent: 0n };
    const { outside = 0n, wallets = 0n, spent = 0n } = change;
    this.#balances.set(currency, {
      currency,
      outside: before.outside + outside,
      wallets: before.wallets + wallets,
      spent: before.spent + spent,
    });
  }
}

type Named = Pick<AuditedAccount, 'key' | 'kind' | 'currency'>;

function legsOf(facts: Json | undefined): readonly Leg[] {
  return (facts ?? []) as readonly (Leg & Record<string, Json>)[];
}

function text(fact: Json | undefined): string {
  return typeof fact === 'string' ? fact : '';
}
