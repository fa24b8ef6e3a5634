import { TextDecoder } from 'node:util';
import type { Request } from 'express';
import { rawBodyOf } from '@torii/engine/http';
import { membersOf } from './body.ts';

/** More than a comment of 1,000 characters needs, each of them escaped. */
const MAX_BYTES = 16_384;

/** The fields of a form, of exactly these names and each at most once; undefined for anything else. */
export async function formFields<Name extends string>(
  request: Request,
  names: readonly Name[],
): Promise<Readonly<Partial<Record<Name, string>>> | undefined> {
  const raw = await rawBodyOf(request, MAX_BYTES);
  if (raw.kind === 'too-large') return undefined;
  const parsed = raw.kind === 'parsed' ? raw.value : fieldsIn(raw.bytes);
  const members = membersOf(parsed, names);
  if (members === undefined) return undefined;
  const fields: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = members[name];
    if (typeof value === 'string') fields[name] = value;
    else if (value !== undefined) return undefined;
  }
  return fields;
}

/** The fields of a form as text; undefined where one is there twice or the bytes are no UTF-8. */
function fieldsIn(bytes: Uint8Array): Readonly<Record<string, string>> | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const entries = [...new URLSearchParams(text)];
    const fields = new Map(entries);
    return fields.size === entries.length ? Object.fromEntries(fields) : undefined;
  } catch {
    return undefined;
  }
}
