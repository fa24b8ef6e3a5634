import { isStored, type PolicySource, type StoredPolicies } from '../nouns/policy-source.ts';
import { fileSource } from './file-source.ts';

/** How an application says where its policies are. */
export type PolicyOption = string | readonly unknown[] | PolicySource | StoredPolicies;

/** Whether a value says where policies are. What is there is looked at later. */
export function isPolicyOption(value: unknown): value is PolicyOption {
  if (typeof value === 'string') return value !== '';
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value) || isStored(value)) return true;
  const { name, load, watch } = value as Partial<PolicySource>;
  const follows = watch === undefined || typeof watch === 'function';
  return typeof name === 'string' && name !== '' && typeof load === 'function' && follows;
}

/** The source that an option means. */
export function sourceOf(option: PolicyOption): PolicySource | StoredPolicies {
  if (typeof option === 'string') return fileSource(option);
  return isList(option) ? { name: 'options', load: async () => option } : option;
}

function isList(option: PolicyOption): option is readonly unknown[] {
  return Array.isArray(option);
}
