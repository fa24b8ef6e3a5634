import type { Outbox } from '../nouns/outbox.ts';
import type { MaybePromise } from '../nouns/steps.ts';
import type { ApprovalStore, Journal, Store } from '../nouns/store.ts';
import * as transitions from './transitions/index.ts';
import type { Step } from './transitions/index.ts';

/** Runs one transition in one atomic step and answers once it is durable: at once, where it is so at once. */
export type Run = <T>(transition: (step: Step) => T) => T | Promise<T>;

type Promising = <T>(transition: (step: Step) => T) => Promise<T>;

/** The store that `run` makes of the transitions: the same logic wherever the rows live. */
export function tableStore(run: Run, close: () => Promise<void>): Store {
  const promising: Promising = async (transition) => run(transition);
  const store: Store = {
    ...holds(run, promising),
    ...wallets(promising),
    ...revocations(promising),
    ...approvals(promising),
    ...revisions(promising),
    ...journal(run, promising),
    ...outbox(promising),
    tenant: undefined,
    of: () => store,
    all: () => Promise.resolve([store]),
    close,
  };
  return store;
}

function holds(
  run: Run,
  promising: Promising,
): Pick<
  Store,
  | 'reserve'
  | 'refuse'
  | 'start'
  | 'extend'
  | 'closeCarveOut'
  | 'settle'
  | 'release'
  | 'withdraw'
  | 'suspend'
  | 'expire'
  | 'nextDeadline'
  | 'session'
  | 'call'
  | 'unresolved'
  | 'status'
  | 'unfreeze'
> {
  const versioned = versionedBy(run);
  return {
    reserve: (reservation) => versioned((step) => transitions.reserve(step, reservation)),
    refuse: (refusal) => versioned((step) => transitions.refuse(step, refusal)),
    start: (request) => versioned((step) => transitions.start(step, request)),
    extend: (extension) => versioned((step) => transitions.extend(step, extension)),
    closeCarveOut: (callId, facts) => promising((step) => transitions.closeCarveOut(step, callId, facts)),
    settle: (settlement) => versioned((step) => transitions.settle(step, settlement)),
    release: (callId, facts) => versioned((step) => transitions.release(step, callId, facts)),
    withdraw: async (call, facts) => versioned((step) => transitions.withdraw(step, call, facts)),
    suspend: (callId, facts) => versioned((step) => transitions.suspend(step, callId, facts)),
    expire: (limit) => promising((step) => transitions.sweep(step, limit)),
    nextDeadline: () => promising(({ tables }) => earlier(tables.nextDeadline(), tables.nextNotice())),
    session: (key) => run((step) => transitions.sessionFacts(step, key)),
    call: (callId) => run(({ tables }) => tables.call(callId)),
    unresolved: (limit) => promising(({ tables }) => tables.unresolvedCalls(limit)),
    status: (budgets, rates) =>
      promising((step) => ({
        budgets: transitions.budgetStatuses(step, budgets),
        rates: rates.map((charge) => transitions.rateStatus(step, charge)),
      })),
    unfreeze: (key, facts) => promising((step) => transitions.unfreeze(step, key, facts)),
  };
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}

/** As `run`, with the version: it is read in the same step, after what the step wrote. */
function versionedBy(
  run: Run,
): <T extends object>(transition: (step: Step) => T) => MaybePromise<T & { readonly version: number }> {
  // An answer is made for whoever asked; copying it to add to it costs a tenth of the whole call.
  return (transition) => run((step) => Object.assign(transition(step), { version: step.tables.head().seq }));
}

function wallets(run: Promising): Pick<Store, 'move' | 'history'> {
  const versioned = versionedBy(run);
  return {
    move: async (movement) => versioned((step) => transitions.move(step, movement)),
    history: (walletKey, page) => run((step) => transitions.history(step, walletKey, page)),
  };
}

function revocations(run: Promising): Pick<Store, 'revoke' | 'restore' | 'revocations'> {
  return {
    revoke: (subject, reason, facts) => run((step) => transitions.revoke(step, { subject, reason, facts })),
    restore: (subject, facts) => run((step) => transitions.restore(step, subject, facts)),
    revocations: (limit) => run(({ tables }) => tables.revocations(limit)),
  };
}

function approvals(run: Promising): ApprovalStore {
  return {
    vote: (request) => run((step) => transitions.vote(step, request)),
    cancel: (cancellation) => run((step) => transitions.cancelApproval(step, cancellation)),
    announce: (limit) => run((step) => transitions.announce(step, limit)),
    approval: (approvalId) => run((step) => transitions.asOfNow(step, approvalId)),
    approvals: (query) => run(({ tables, now }) => tables.approvals(query, now)),
  };
}

function revisions(
  run: Promising,
): Pick<Store, 'saveRevision' | 'activateRevision' | 'activeRevision' | 'revision' | 'revisions'> {
  return {
    saveRevision: (set) => run((step) => transitions.saveRevision(step, set)),
    activateRevision: (change) => run((step) => transitions.activateRevision(step, change)),
    activeRevision: () => run((step) => transitions.activeRevision(step)),
    revision: (number) => run(({ tables }) => tables.revision(number)),
    revisions: (limit) => run(({ tables }) => tables.revisions(limit)),
  };
}

function journal(run: Run, promising: Promising): Journal {
  return {
    append: (events) => run((step) => events.forEach((event) => transitions.record(step, event))),
    entries: (query) => promising(({ tables }) => tables.entries(query)),
    drain: () => promising(() => undefined),
    denials: (agent, limit) => promising(({ tables }) => tables.denials(agent, limit)),
  };
}

function outbox(run: Promising): Outbox {
  return {
    cursor: (endpoint) => run(({ tables }) => tables.cursor(endpoint)),
    enqueue: (endpoint, cursor, deliveries) =>
      run((step) => transitions.enqueue(step, endpoint, { cursor, deliveries })),
    due: (limit) => run(({ tables, now }) => tables.dueDeliveries(now, limit)),
    nextDue: () => run(({ tables }) => tables.nextDueDelivery()),
    finish: (deliveryId, result) => run((step) => transitions.finish(step, deliveryId, result)),
    delivery: (deliveryId) => run(({ tables }) => tables.delivery(deliveryId)),
    deliveries: (query) => run(({ tables }) => tables.deliveries(query)),
    requeue: (deliveryIds, dueAt) => run((step) => transitions.requeue(step, deliveryIds, dueAt)),
    endpoints: () => run(({ tables }) => tables.endpoints()),
    putEndpoint: (endpoint, events) => run((step) => transitions.putEndpoint(step, endpoint, events)),
  };
}
