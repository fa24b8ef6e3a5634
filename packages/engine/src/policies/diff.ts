import { isDeepStrictEqual } from 'node:util';
import type { PolicyChange } from '../nouns/policies.ts';
import { pathText } from '../nouns/wording.ts';

/** What changes from one set to another, policy by policy, in the order of their ids. The order of policies is no change. */
export function diffPolicies(before: readonly unknown[], after: readonly unknown[]): readonly PolicyChange[] {
  const [old, young] = [byId(before), byId(after)];
  const ids = [...new Set([...old.keys(), ...young.keys()])].sort();
  return ids.flatMap((policy) => {
    const [one, other] = [old.get(policy), young.get(policy)];
    if (one === undefined || other === undefined) return [{ policy, path: '', before: one, after: other }];
    return differences(one, other, []).map((change) => ({ ...change, policy }));
  });
}

function byId(documents: readonly unknown[]): Map<string, unknown> {
  return new Map(documents.map((document, index) => [idOf(document) ?? `[${index}]`, document]));
}

function idOf(document: unknown): string | undefined {
  if (!isObject(document) || !Object.hasOwn(document, 'id')) return undefined;
  return typeof document['id'] === 'string' ? document['id'] : undefined;
}

function differences(
  before: unknown,
  after: unknown,
  path: readonly PropertyKey[],
): readonly Omit<PolicyChange, 'policy'>[] {
  if (isDeepStrictEqual(before, after)) return [];
  const keys = keysOf(before, after);
  if (keys === undefined) return [{ path: pathText(path), before, after }];
  return keys.flatMap((key) => differences(memberOf(before, key), memberOf(after, key), [...path, key]));
}

/** The places inside two values of one kind; undefined where they have to be compared as a whole. */
function keysOf(before: unknown, after: unknown): readonly PropertyKey[] | undefined {
  if (Array.isArray(before) && Array.isArray(after))
    return [...Array(Math.max(before.length, after.length)).keys()];
  if (isObject(before) && isObject(after))
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return undefined;
}

function memberOf(value: unknown, key: PropertyKey): unknown {
  if (Array.isArray(value)) return value[Number(key)];
  return isObject(value) && Object.hasOwn(value, key) ? value[String(key)] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
