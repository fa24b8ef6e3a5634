import * as z from 'zod';
import type { PersonRole } from '../nouns/principal.ts';
import { VouchedPerson } from '../nouns/vouched-person.ts';
import { identifierSchema, readOptions } from './options.ts';
import { DEFAULT_ROLES, rolesSchema } from './roles.ts';

/** A person whom the host has authenticated, by a session of its own or on a chat platform. */
export interface VouchedPersonOptions {
  /** As policies name them: 1 to 256 visible ASCII characters. */
  readonly id: string;

  /** What they may do. @default `approver` and `owner` */
  readonly roles?: readonly PersonRole[] | undefined;

  /** How the host knows them. */
  readonly via: 'session' | 'chat';

  /** The only tenant whose approvals they may see and decide. @default all of them */
  readonly tenant?: string | undefined;
}

/** Whose word vouched people have. */
const HOST = 'host';

const vouchedSchema = z.strictObject({
  id: identifierSchema,
  roles: rolesSchema.optional(),
  via: z.enum(['session', 'chat'], { error: 'expected `session` or `chat`' }),
  tenant: identifierSchema.optional(),
});

/**
 * Vouches for a person as the host of the engine. Torii believes it without proof, so nothing that a client says may
 * become an `id`, a role or a tenant. Throws OPTIONS_INVALID for parts that are none.
 */
export function vouchedPerson(options: VouchedPersonOptions): VouchedPerson {
  const { id, roles = DEFAULT_ROLES, via, tenant } = readOptions(vouchedSchema, options, 'person');
  const person = { id, issuer: HOST, roles: Object.freeze([...roles]), via };
  return VouchedPerson.of(Object.freeze(tenant === undefined ? person : { ...person, tenant }));
}
