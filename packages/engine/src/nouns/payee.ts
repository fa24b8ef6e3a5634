import { isPlain } from './plain.ts';
import { quoted } from './wording.ts';

/** Who receives the money of a call, as far as the tool's door knows. No part of it comes from a model's word alone. */
export interface Payee {
  /**
   * An address, a host without scheme, port or path, or a name: 1 to 256 visible ASCII characters. Compared without
   * regard to case, and to the full stop that a host may end in.
   */
  readonly recipient?: string;

  /** CAIP-2 identifier of the chain that carries the money: `eip155:8453`. */
  readonly network?: string;

  /** What the money is for: `api_usage`. 1 to 64 visible ASCII characters, compared without regard to case. */
  readonly category?: string;

  /** How it is paid, where a payment rail carries it: `exact`, `upto`. */
  readonly scheme?: string;
}

const RECIPIENT = /^[\x21-\x7e]{1,256}$/;
/** Chains of the EIP-155 family have one spelling: decimal, without leading zeros. */
const NETWORK = /^(?:eip155:(?:0|[1-9][0-9]{0,31})|(?!eip155:)[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32})$/;
const WORD = /^[\x21-\x7e]{1,64}$/;

const FIELDS: Readonly<Record<keyof Payee, { readonly form: RegExp; readonly words: string }>> = {
  recipient: { form: RECIPIENT, words: '1 to 256 visible ASCII characters' },
  network: { form: NETWORK, words: 'a CAIP-2 network such as `eip155:8453`' },
  category: { form: WORD, words: '1 to 64 visible ASCII characters' },
  scheme: { form: WORD, words: '1 to 64 visible ASCII characters' },
};

const NOBODY: Payee = Object.freeze({});

/** The payee of a request with nothing but its known fields, or what is wrong with it. Nothing is a payee of nothing. */
export function readPayee(value: unknown): Payee | { readonly problem: string } {
  if (value === undefined) return NOBODY;
  if (typeof value !== 'object' || value === null) return { problem: 'expected `payee` as an object' };
  if (!isPlain(value)) return { problem: 'expected `payee` as a plain object' };
  const fields = Object.keys(value);
  if (fields.length === 0) return NOBODY;
  const payee: { -readonly [Field in keyof Payee]: Payee[Field] } = {};
  for (const field of fields) {
    if (!isField(field)) return { problem: `expected no ${quoted(field)} in \`payee\`` };
    const part = (value as Readonly<Record<keyof Payee, unknown>>)[field];
    if (part === undefined) continue;
    const { form, words } = FIELDS[field];
    if (typeof part !== 'string' || !form.test(part))
      return { problem: `expected \`payee.${field}\` as ${words}` };
    payee[field] = part;
  }
  return payee;
}

function isField(field: string): field is keyof Payee {
  return Object.hasOwn(FIELDS, field);
}

/** Whether text is a CAIP-2 network. */
export function isNetwork(text: string): boolean {
  return NETWORK.test(text);
}

/**
 * A recipient, or a pattern of one, as it is compared and counted: in lower case, without the full stop that a host may
 * end in. After a star the full stop stays: a pattern must not grow.
 */
export function recipientKey(recipient: string): string {
  return recipient.toLowerCase().replace(/(?<=[^*.])\.$/, '');
}

/** A category, or a pattern of one, as it is compared. */
export function categoryKey(category: string): string {
  return category.toLowerCase();
}
