import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';
import { CANONICAL_LIMITS } from '../nouns/canonical.ts';
import { ToriiError } from '../nouns/errors.ts';
import { parseJson } from '../nouns/strict-json.ts';
import { shown } from '../nouns/wording.ts';

/**
 * The documents of a JSON file that holds one document, a list of them, or `{ "policies": [...] }`.
 * They are not validated here: `compilePolicies` does. Throws OPTIONS_INVALID for a file that cannot be read and
 * JSON_INVALID for one that is not strict JSON.
 */
export async function readPolicyFile(path: string): Promise<readonly unknown[]> {
  const content = await readJsonFile(path, 'policy file');
  if (isList(content)) return content;
  if (typeof content !== 'object' || content === null) throw shapeInvalid(path, shown(content));
  if (!Object.hasOwn(content, 'policies')) return [content];
  const { policies, ...rest } = content as { policies: unknown };
  // Editors look for `$schema` at the root.
  const stray = Object.keys(rest).find((key) => key !== '$schema');
  if (stray !== undefined) throw shapeInvalid(path, `the key ${shown(stray)} beside \`policies\``);
  if (!isList(policies)) throw shapeInvalid(path, `${shown(policies)} as \`policies\``);
  return policies;
}

/** What a strict JSON file holds. Throws OPTIONS_INVALID for one that cannot be read and JSON_INVALID for any other. */
export async function readJsonFile(path: string, what: 'policy file' | 'policy test file'): Promise<unknown> {
  const unreadable = (why: string, cause?: unknown): ToriiError =>
    new ToriiError('OPTIONS_INVALID', `expected a ${what} at \`${path}\`: ${why}`, { cause });
  const bytes = await startOf(path).catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(cause.code ?? 'unknown reason', cause);
  });
  if (bytes.length > MAX_BYTES)
    throw new ToriiError('JSON_INVALID', `\`${path}\`, expected at most ${MAX_BYTES} bytes of JSON`);
  if (!isUtf8(bytes)) throw unreadable('it is not UTF-8');
  return parsed(bytes.toString('utf8'), path);
}

/** Longest text that the reader of JSON takes. */
const MAX_BYTES = CANONICAL_LIMITS.characters;

/** The bytes of a file, or one more than there may be: no file, however large or endless, is read beyond that. */
async function startOf(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const bytes = Buffer.alloc(MAX_BYTES + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length);
      if (bytesRead === 0) return bytes.subarray(0, length);
      length += bytesRead;
    }
  } finally {
    await file.close();
  }
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
