import * as z from 'zod';
import { descriptions } from './descriptions.ts';
import { policySchema } from './schema.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * What editors and other programs may know of policies: a JSON Schema (2020-12) of a policy file, which holds one
 * document, a list of them or `{ "policies": [...] }`. It accepts whatever the engine accepts. It does not know what
 * takes more than one value to see, such as a class that is not there: the engine refuses that.
 */
export function policyJsonSchema(): JsonObject {
  const { $schema, ...written } = z.toJSONSchema(policySchema, { io: 'input' });
  const policy = keywordsOf(written, '');
  const documents = { type: 'array', items: { $ref: '#/$defs/policy' } } as const;
  return {
    ...($schema === undefined ? {} : { $schema }),
    $id: 'urn:torii:policy',
    title: 'Torii policies',
    description: 'What agents may call, spend and do, and who has to be asked',
    anyOf: [
      { $ref: '#/$defs/policy' },
      { ...documents, description: 'Several policies' },
      {
        type: 'object',
        description: 'Several policies under their name',
        properties: {
          $schema: { type: 'string', description: 'Where an editor finds this schema' },
          policies: { ...documents, description: 'Every policy that matches a call applies' },
        },
        required: ['policies'],
        additionalProperties: false,
      },
    ],
    $defs: {
      policy: {
        title: 'Torii policy',
        description: 'One policy. Of all that apply, the strictest word counts',
        ...policy,
      },
    },
  };
}

/** The schema of a place, with what each key in it means. Shared parts are written out, for they mean different things. */
function described(schema: unknown, place: string): unknown {
  return isObject(schema) ? keywordsOf(schema, place) : schema;
}

function keywordsOf(schema: JsonObject, place: string): JsonObject {
  const entries = Object.entries(schema).map(([keyword, value]): readonly [string, unknown] => {
    if (keyword === 'properties' && isObject(value)) return [keyword, keysOf(value, place)];
    if (keyword === 'items') return [keyword, described(value, `${place}[]`)];
    if (keyword === 'additionalProperties') return [keyword, meant(value, `${place}{}`)];
    if ((keyword === 'anyOf' || keyword === 'oneOf') && Array.isArray(value))
      return [keyword, value.map((each) => described(each, place))];
    return [keyword, value];
  });
  return Object.fromEntries(entries);
}

function keysOf(properties: JsonObject, place: string): JsonObject {
  const keys = Object.entries(properties).map(([key, value]) => {
    return [key, meant(value, place === '' ? key : `${place}.${key}`)] as const;
  });
  return Object.fromEntries(keys);
}

/** Puts what a key means before the form of its value. */
function meant(schema: unknown, place: string): unknown {
  const inner = described(schema, place);
  const meaning = descriptions[place];
  if (!isObject(inner) || meaning === undefined) return inner;
  const { description: form, ...rest } = inner;
  return { description: typeof form === 'string' ? `${meaning} (${form})` : meaning, ...rest };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
