import type { Scope } from '../nouns/decision.ts';
import type { Principal } from '../nouns/principal.ts';

/** Scopes that belong to somebody; `call` belongs to the call alone and is never counted. */
export type CountedScope = Exclude<Scope, 'call'>;

/** The part of a key that is known before any call. */
export interface KeyTemplate {
  readonly before: string;
  readonly after: string;
}

/**
 * The key is `JSON.stringify([policy, scope, whose, ...identity])`, here cut open at `whose`. Keys of different
 * policies, clauses or principals never meet, and a changed limit keeps its key.
 */
export function keyTemplate(policy: string, scope: CountedScope, identity: readonly unknown[]): KeyTemplate {
  return {
    before: `${JSON.stringify([policy, scope]).slice(0, -1)},`,
    after: `,${JSON.stringify(identity).slice(1)}`,
  };
}

/** Says whose a budget or rate is. */
export class Holder {
  readonly #principal: Principal;
  #session: string | undefined;
  #agent: string | undefined;
  #owner: string | undefined;

  constructor(principal: Principal) {
    this.#principal = principal;
  }

  /** The key of a clause for this principal. */
  key(scope: CountedScope, { before, after }: KeyTemplate): string {
    return before + this.#whose(scope) + after;
  }

  #whose(scope: CountedScope): string {
    const { issuer, agent, owner, session } = this.#principal;
    switch (scope) {
      case 'session':
        return (this.#session ??= JSON.stringify([issuer, agent, session]));
      case 'agent':
        return (this.#agent ??= JSON.stringify([issuer, agent]));
      case 'owner':
        return (this.#owner ??= JSON.stringify([issuer, owner]));
    }
  }
}
