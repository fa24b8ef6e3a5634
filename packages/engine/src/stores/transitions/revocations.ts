import type { JsonObject } from '../../nouns/canonical.ts';
import { deny, type TimedReason } from '../../nouns/denial.ts';
import type { SessionKey } from '../../nouns/hold.ts';
import { type Revocation, type Subject, subjectKey, subjectsOf } from '../../nouns/revocation.ts';
import { record, type Standing, type Step } from './rows.ts';

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

/** Why the caller may not spend, by the widest subject that is revoked; nothing where none is. */
export function revoked({ tables }: Pick<Standing, 'tables'>, caller: SessionKey): readonly TimedReason[] {
  if (!tables.anyRevoked()) return [];
  for (const subject of subjectsOf(caller)) {
    const known = tables.revocation(subjectKey(subject));
    if (known !== undefined) return [revokedReason(known)];
  }
  return [];
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
