import { type CompiledPolicies, compilePolicies, decide } from '../decide/index.ts';
import { type AssetRate, type AssetTable, assetTable } from '../nouns/asset.ts';
import type { Clock } from '../nouns/clock.ts';
import type { Allowance } from '../nouns/decision.ts';
import type { Entry } from '../nouns/entry.ts';
import type { Elevation, SessionFacts } from '../nouns/facts.ts';
import { formatMoney, type Money } from '../nouns/money.ts';
import type { Random } from '../nouns/random.ts';
import { type Decided, refusalOf, reserve } from '../reserve/reserve.ts';
import { amountsIn, settlement } from '../settle/permit.ts';
import { promiseOf } from '../nouns/steps.ts';
import { Balance, type Replayed, wouldCost } from './balance.ts';
import { Elevations } from './elevations.ts';
import { recordedCall, type RecordedCall } from './recorded.ts';
import { changeIn, chargedIn, type RecordedChange } from './recorded-changes.ts';
import { replayStore } from './replay-store.ts';
import type { SimulatedChange, Simulation } from './simulate.ts';

/** Most changes that a result lists. */
const LISTED = 1_000;

/** Holds outlive the journal that is replayed: they end as it says. */
const TTL_MS = 100 * 366 * 86_400_000;

/** How often memory is freed of sessions that count no more, in time of the journal. */
const SWEPT_MS = 3_600_000;

/** A replayed call that has not ended. */
interface Open extends Replayed {
  /** Id of its hold, where it has one. */
  readonly held: string | undefined;

  /** What it would have asked people, should the journal say that they agreed. */
  readonly asked: Allowance['approvals'];
  readonly principal: RecordedCall['call']['principal'];
  readonly tool: string;
}

/** What the draft says of one call. */
interface Answered {
  readonly now: Replayed['now'];
  readonly message?: string;
  readonly held?: string;
  readonly asked?: Allowance['approvals'];
}

/** The entries of a journal, one after the other, under another set of policies. */
export class Replay {
  readonly #time = { now: 0 };
  readonly #assets: AssetTable;
  readonly #policies: CompiledPolicies;
  readonly #store = replayStore(this.#time);
  readonly #elevations = new Elevations();
  readonly #balance = new Balance();

  /** By the id that the journal gives the call. */
  readonly #open = new Map<string, Open>();
  readonly #changes: SimulatedChange[] = [];
  readonly #changed: Record<string, number> = {};
  #same = 0;
  #undecidable = 0;
  #sweptAt = 0;

  /** Throws POLICY_INVALID and OPTIONS_INVALID. */
  constructor(documents: readonly unknown[], rates: readonly AssetRate[]) {
    this.#assets = assetTable(rates);
    this.#policies = compilePolicies(documents, this.#assets);
  }

  async take(entry: Entry): Promise<void> {
    this.#time.now = Math.max(this.#time.now, entry.at);
    await this.#sweep();
    let asksForArguments = false;
    const recorded = recordedCall(entry, () => {
      asksForArguments = true;
      return '';
    });
    if (recorded === undefined) return this.#follow(entry);
    if (recorded === 'unreadable') return void (this.#undecidable += 1);
    const decided = await this.#decide(recorded);
    // The failure of a rule that lacks the arguments says nothing; any other answer stands without them.
    const { decision } = decided;
    const fails = decision.kind === 'deny' && decision.denial.code === 'RULE_FAILED';
    if (asksForArguments && fails) return void (this.#undecidable += 1);
    await this.#keep(entry, recorded, await this.#answer(decided, recorded));
  }

  result(): Simulation {
    const balance = this.#balance;
    // Calls that are still open are neither paid nor failed, except that the draft would not have let some wait.
    const open = [...this.#open.values()];
    for (const each of open) balance.take(each, undefined);
    const changed = Object.values(this.#changed).reduce((sum, count) => sum + count, 0);
    return {
      calls: this.#same + changed + this.#undecidable,
      same: this.#same,
      changed: { ...this.#changed },
      changes: [...this.#changes],
      undecidable: this.#undecidable,
      money: balance.texts,
    };
  }

  async #sweep(): Promise<void> {
    if (!this.#policies.readsSessions || this.#time.now < this.#sweptAt + SWEPT_MS) return;
    this.#sweptAt = this.#time.now;
    await this.#store.expire(0);
  }

  async #decide({ call }: RecordedCall): Promise<Decided> {
    const { hash, readsSessions } = this.#policies;
    const nowMs = this.#time.now;
    const counted = await this.#store.session(call.principal);
    const elevations: readonly Elevation[] = this.#elevations.of(call.principal, nowMs);
    const session: SessionFacts = { ...counted, elevations };
    const decision = decide(call, this.#policies, { nowMs, session });
    return { call, decision, set: { hash, readsSessions }, shadow: undefined };
  }

  async #answer(decided: Decided, { was }: RecordedCall): Promise<Answered> {
    const { decision } = decided;
    if (decision.kind === 'deny') {
      await this.#store.refuse(refusalOf({ ...decided, decision }, ATTEMPT));
      return denied(decision.denial);
    }
    const { kind, approvals } = decision;
    const asking = { random: NO_RANDOM, attempt: ATTEMPT, holdTtlMs: TTL_MS };
    const context = { store: this.#store, clock: clockAt(this.#time), ...asking };
    const allowed: Allowance = { ...decision, kind: 'allow', approvals: [] };
    const answer = await promiseOf(reserve(context, { ...decided, decision: allowed }));
    if (answer.kind === 'refused') return denied(answer.denial);
    if (answer.kind !== 'reserved')
      throw new TypeError(`expected a hold or a denial, got \`${answer.kind}\``);
    const held = answer.call.id;
    if (kind === 'allow' || was.kind === 'approve') return { now: { kind }, held, asked: approvals };
    // Nobody can say whether people would have agreed to what they were never asked: it takes no money.
    await this.#store.release(held, {});
    return { now: { kind } };
  }

  async #keep(
    entry: Entry,
    { call, was }: RecordedCall,
    { now, message, held, asked = [] }: Answered,
  ): Promise<void> {
    this.#compare(entry, call, { was, now: message === undefined ? now : { ...now, message } });
    const { price, principal, tool } = call;
    const started = was.kind === 'allow' || entry.facts['state'] === 'started';
    const replayed: Open = { price, was, now, started, most: undefined, held, asked, principal, tool };
    if (was.kind === 'deny') return this.#finish(replayed, undefined);
    this.#open.set(entry.callId ?? '', replayed);
  }

  #compare(
    { callId = '', seq, at }: Entry,
    { price, principal, tool }: RecordedCall['call'],
    { was, now }: Pick<SimulatedChange, 'was' | 'now'>,
  ): void {
    if (was.kind === now.kind && was.code === now.code) {
      this.#same += 1;
      return;
    }
    const kind = `${was.kind} → ${now.kind}`;
    this.#changed[kind] = (this.#changed[kind] ?? 0) + 1;
    if (this.#changes.length >= LISTED) return;
    const { agent, owner } = principal;
    this.#changes.push({ callId, seq, at, agent, owner, tool, price: formatMoney(price), was, now });
  }

  /** What became of a call, of a budget or wallet, or of somebody. */
  async #follow(entry: Entry): Promise<void> {
    const { type, callId = '' } = entry;
    const open = this.#open.get(callId);
    const change = changeIn(entry);
    if (change !== undefined) return this.#change(change, open);
    if (open === undefined) return;
    if (type === 'call.started') open.started = true;
    if (type === 'approval.approved') this.#elevations.add(open, this.#time.now);
    if (type !== 'call.settled' && type !== 'call.released' && type !== 'call.expired') return;
    this.#open.delete(callId);
    await this.#finish(open, chargedIn(entry));
  }

  /** Does what people did, and what calls asked for while they ran. */
  async #change(change: RecordedChange, open: Open | undefined): Promise<void> {
    switch (change.kind) {
      case 'unfrozen':
        return void (await this.#store.unfreeze(change.budget, {}));
      case 'moved':
        return this.#store.fund(change.legs);
      case 'revoked':
        return void (await this.#store.revoke(change.subject, change.reason, {}));
      case 'restored':
        return void (await this.#store.restore(change.subject, {}));
      case 'extended':
        return open && this.#extend(open, change.price);
    }
  }

  /** What the draft has no room for is not granted, so that the call costs no more than it may. */
  async #extend(open: Open, price: Money): Promise<void> {
    const call = open.held === undefined ? undefined : await this.#store.call(open.held);
    if (call === undefined) return;
    const amounts = amountsIn(this.#assets, call, price);
    // A price that the draft's budgets cannot count holds no more of them.
    if (amounts === undefined) return;
    const extension = { callId: call.id, price, amounts, ttlMs: TTL_MS, policies: undefined, facts: {} };
    const answer = await this.#store.extend(extension);
    open.most = answer.kind === 'refused' ? answer.call.price : undefined;
  }

  async #finish(open: Open, charged: Money | undefined): Promise<void> {
    this.#balance.take(open, charged);
    if (open.held === undefined) return;
    const cost = wouldCost(open, charged);
    const record = cost && (await this.#store.call(open.held));
    const settles =
      cost &&
      record &&
      settlement({ store: this.#store, assets: this.#assets }, record, { charged: cost, facts: {} });
    // A cost that the draft's budgets cannot count keeps its hold, as in the engine.
    if (settles !== undefined) await settles();
    else if (cost === undefined) await this.#store.release(open.held, {});
  }
}

/** No answer is lost here, so no asking has to be told from another. */
const ATTEMPT = 'replay';

/** What is not random here: every hold has its id, and no approval is opened. */
const NO_RANDOM: Random = { id: (prefix) => prefix, below: () => 0 };

function denied({ code, message }: { readonly code: string; readonly message: string }): Answered {
  return { now: { kind: 'deny', code }, message };
}

function clockAt(time: { readonly now: number }): Clock {
  return { now: () => time.now, after: () => () => undefined };
}
