import type { Call } from '../nouns/call.ts';
import type { Scope } from '../nouns/decision.ts';
import { recipientKey } from '../nouns/payee.ts';

/** Scopes that belong to somebody; `call` belongs to the call alone and is never counted. */
export type CountedScope = Exclude<Scope, 'call'>;

/** For how many holders a template remembers its keys; then it begins anew. */
const REMEMBERED = 100;

/** The part of a key that is known before any call. */
export interface KeyTemplate {
  readonly before: string;
  readonly after: string;

  /** Keys that were made lately, by whose they are: keys are long, looked up often and kept with every call. */
  readonly made: Map<string, string>;
}

/**
 * The key is `JSON.stringify([policy, scope, whose, ...identity])`, here cut open at `whose`. Keys of different
 * policies, clauses or principals never meet, and a changed limit keeps its key.
 */
export function keyTemplate(policy: string, scope: CountedScope, identity: readonly unknown[]): KeyTemplate {
  return {
    before: `${JSON.stringify([policy, scope]).slice(0, -1)},`,
    after: `,${JSON.stringify(identity).slice(1)}`,
    made: new Map(),
  };
}

/** What a key may be made of. Without tool and payee, as on status pages, those scopes have nobody. */
export type Held = Pick<Call, 'principal'> & Partial<Pick<Call, 'tool' | 'payee'>>;

/** Says whose a budget or rate is. Whatever counts together stays within a tenant of an issuer. */
export class Holder {
  readonly #held: Held;
  readonly #known: { [Of in CountedScope]?: string } = {};

  constructor(held: Held) {
    this.#held = held;
  }

  /** The key of a clause for this call; undefined where the call names nobody of that scope. */
  key(scope: CountedScope, template: KeyTemplate): string | undefined {
    const whose = this.#whose(scope);
    if (whose === undefined) return undefined;
    return template.made.get(whose) ?? make(template, whose);
  }

  #whose(scope: CountedScope): string | undefined {
    const known = this.#known[scope];
    if (known !== undefined) return known;
    const name = this.#nameOf(scope);
    if (name === undefined) return undefined;
    const whose = JSON.stringify([this.#held.principal.issuer, ...name]);
    this.#known[scope] = whose;
    return whose;
  }

  #nameOf(scope: CountedScope): readonly string[] | undefined {
    const { principal, tool, payee } = this.#held;
    const { agent, owner, session, tenant } = principal;
    switch (scope) {
      case 'session':
        return [tenant, owner, agent, session];
      case 'agent':
        return [tenant, owner, agent];
      case 'owner':
        return [tenant, owner];
      case 'tenant':
        return [tenant];
      case 'tool':
        return tool === undefined ? undefined : [tenant, tool];
      case 'merchant':
        return payee?.recipient === undefined ? undefined : [tenant, recipientKey(payee.recipient)];
    }
  }
}

function make({ before, after, made }: KeyTemplate, whose: string): string {
  const key = before + whose + after;
  if (made.size >= REMEMBERED) made.clear();
  made.set(whose, key);
  return key;
}
