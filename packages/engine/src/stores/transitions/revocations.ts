import type { JsonObject } from '../../nouns/canonical.ts';
import type { BudgetCharge } from '../../nouns/charge.ts';
import { deny, type TimedReason } from '../../nouns/denial.ts';
import type { CallRecord, SessionKey } from '../../nouns/hold.ts';
import { type Revocation, type Subject, subjectKey, subjectsOf } from '../../nouns/revocation.ts';
import type { Tables } from '../tables.ts';
import { carveOutCall } from './carve-outs.ts';
import { record, type Step } from './rows.ts';

/** Stops a subject from the next reservation, start or extension on. Answers whether it was free until now. */
export function revoke(
  step: Step,
  { subject, reason, facts }: Omit<Revocation, 'revokedAt'> & { readonly facts: JsonObject },
): boolean {
  const key = subjectKey(subject);
  if (step.tables.revocation(key) !== undefined) return false;
  step.tables.putRevocation(key, { subject, reason, revokedAt: step.now });
  record(step, { type: 'access.revoked', facts: { ...facts, subject: { ...subject }, reason } });
  return true;
}

/** Lets a subject spend again. Answers whether it was revoked. */
export function restore(step: Step, subject: Subject, facts: JsonObject): boolean {
  const key = subjectKey(subject);
  const known = step.tables.revocation(key);
  if (known === undefined) return false;
  step.tables.dropRevocation(key);
  record(step, {
    type: 'access.restored',
    facts: { ...facts, subject: { ...subject }, reason: known.reason },
  });
  return true;
}

/**
 * Why the charges of a caller may not be spent, by the widest subject of the caller that is revoked, else of whoever set
 * aside what is charged; nothing where none is.
 */
export function revoked(
  { tables }: Step,
  caller: SessionKey,
  charges: readonly BudgetCharge[],
): readonly TimedReason[] {
  if (!tables.anyRevoked()) return [];
  for (const spender of [caller, ...funders(tables, charges)]) {
    for (const subject of subjectsOf(spender)) {
      const known = tables.revocation(subjectKey(subject));
      if (known !== undefined) return [revokedReason(known)];
    }
  }
  return [];
}

/** The calls that set aside what is charged, and those that set that aside: the nearest first, each once. */
function funders(tables: Tables, charges: readonly BudgetCharge[]): readonly CallRecord[] {
  const found: CallRecord[] = [];
  // A set goes through what is added meanwhile, and through nothing twice, so that a circle ends.
  const ids = new Set(carveOutsOf(charges));
  for (const id of ids) {
    const call = tables.call(id);
    if (call?.carved === undefined) continue;
    found.push(call);
    for (const outer of carveOutsOf(call.budgets)) ids.add(outer);
  }
  return found;
}

function carveOutsOf(charges: readonly BudgetCharge[]): readonly string[] {
  return charges.filter(({ account }) => account === 'carve-out').map(({ key }) => carveOutCall(key));
}

/** The reason that a revocation gives. */
export function revokedReason({ subject, reason }: Pick<Revocation, 'subject' | 'reason'>): TimedReason {
  const { kind } = subject;
  const [told] = deny('REVOKED', `the ${kind} \`${nameOf(subject)}\` is revoked: ${reason}`).reasons;
  if (told === undefined) throw new RangeError('expected a denial to have its reason');
  return told;
}

function nameOf(subject: Subject): string {
  switch (subject.kind) {
    case 'tenant':
      return subject.tenant;
    case 'owner':
      return subject.owner;
    case 'agent':
      return subject.agent;
    case 'session':
      return subject.session;
  }
}
