import type { Person } from './principal.ts';

/**
 * A person whom the host itself has authenticated. Only the engine makes one, so neither JSON nor a copy ever is one. It
 * does not expire: make it anew for every request, from the session as it is then.
 */
export class VouchedPerson {
  readonly #person: Person;

  private constructor(person: Person) {
    this.#person = person;
    Object.freeze(this);
  }

  /** Vouches for a person whose parts were checked. */
  static of(person: Person): VouchedPerson {
    return new VouchedPerson(person);
  }

  /** Whom a credential vouches for; undefined for everything that `of` did not make. */
  static read(credential: unknown): Person | undefined {
    const isObject = typeof credential === 'object' && credential !== null;
    return isObject && #person in credential ? credential.#person : undefined;
  }
}

/** How a person proves who they are: an approver token or a signed link as text, or the word of the host. */
export type PersonCredential = string | VouchedPerson | undefined;
