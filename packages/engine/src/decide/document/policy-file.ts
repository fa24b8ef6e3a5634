import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { ToriiError } from '../../nouns/errors.ts';
import { parseJson } from '../../nouns/strict-json.ts';
import { shown } from '../../nouns/wording.ts';

/**
 * The documents of a JSON file that holds one document, a list of them, or `{ "policies": [...] }`.
 * They are not validated here: `compilePolicies` does. Throws OPTIONS_INVALID for a file that cannot be read and
 * JSON_INVALID for one that is not strict JSON.
 */
export async function readPolicyFile(path: string): Promise<readonly unknown[]> {
  const content = parsed(await textOf(path), path);
  if (isList(content)) return content;
  if (typeof content !== 'object' || content === null) throw shapeInvalid(path, shown(content));
  if (!Object.hasOwn(content, 'policies')) return [content];
  const { policies, ...rest } = content as { policies: unknown };
  const [stray] = Object.keys(rest);
  if (stray !== undefined) throw shapeInvalid(path, `the key ${shown(stray)} beside \`policies\``);
  if (!isList(policies)) throw shapeInvalid(path, `${shown(policies)} as \`policies\``);
  return policies;
}

async function textOf(path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(path, cause.code ?? 'unknown reason', cause);
  });
  if (!isUtf8(bytes)) throw unreadable(path, 'it is not UTF-8');
  return bytes.toString('utf8');
}

function unreadable(path: string, why: string, cause?: unknown): ToriiError {
  return new ToriiError('OPTIONS_INVALID', `expected a policy file at \`${path}\`: ${why}`, { cause });
}

function parsed(text: string, path: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    if (!ToriiError.is(cause)) throw cause;
    throw new ToriiError(cause.code, `\`${path}\`, ${cause.message}`, { cause });
  }
}

function shapeInvalid(path: string, got: string): ToriiError {
  const expected = 'a policy document, a list of them or `{ "policies": [...] }`';
  return new ToriiError('POLICY_INVALID', `expected \`${path}\` to hold ${expected}, got ${got}`);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
