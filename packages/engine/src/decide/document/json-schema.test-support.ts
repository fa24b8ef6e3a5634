type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const silent = new Set(['$schema', '$id', '$defs', 'title', 'description', 'examples']);

/**
 * Whether a value passes a JSON Schema, for the keywords that the published schema has. Throws for any other keyword, so
 * that none of them can come in and be ignored.
 */
export function passes(schema: unknown, value: unknown, root: unknown = schema): boolean {
  if (typeof schema === 'boolean') return schema;
  if (!isObject(schema)) throw new TypeError('expected a schema');
  return Object.entries(schema).every(([keyword, wanted]) => {
    if (silent.has(keyword)) return true;
    const check = keywords[keyword];
    if (check === undefined) throw new TypeError(`expected a known keyword, got \`${keyword}\``);
    return check(wanted, value, { schema, root });
  });
}

interface Around {
  readonly schema: Json;
  readonly root: unknown;
}

type Check = (wanted: unknown, value: unknown, around: Around) => boolean;

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const count = (schema: unknown, value: unknown, root: unknown): number =>
  list(schema).filter((each) => passes(each, value, root)).length;
const holds = (value: unknown, key: unknown): boolean => isObject(value) && Object.hasOwn(value, String(key));

const keywords: Readonly<Record<string, Check>> = {
  type: (wanted, value) => {
    if (wanted === 'object') return isObject(value);
    if (wanted === 'array') return Array.isArray(value);
    if (wanted === 'integer') return Number.isInteger(value);
    return typeof value === wanted;
  },
  enum: (wanted, value) => list(wanted).includes(value),
  const: (wanted, value) => wanted === value,
  pattern: (wanted, value) => typeof value !== 'string' || new RegExp(String(wanted), 'u').test(value),
  minLength: (wanted, value) => typeof value !== 'string' || Array.from(value).length >= Number(wanted),
  maxLength: (wanted, value) => typeof value !== 'string' || Array.from(value).length <= Number(wanted),
  minItems: (wanted, value) => !Array.isArray(value) || value.length >= Number(wanted),
  maxItems: (wanted, value) => !Array.isArray(value) || value.length <= Number(wanted),
  minimum: (wanted, value) => typeof value !== 'number' || value >= Number(wanted),
  maximum: (wanted, value) => typeof value !== 'number' || value <= Number(wanted),
  required: (wanted, value) => !isObject(value) || list(wanted).every((key) => holds(value, key)),
  items: (wanted, value, { root }) => list(value).every((each) => passes(wanted, each, root)),
  anyOf: (wanted, value, { root }) => count(wanted, value, root) > 0,
  oneOf: (wanted, value, { root }) => count(wanted, value, root) === 1,
  properties: (wanted, value, { root }) =>
    !isObject(value) ||
    Object.entries(value).every(
      ([key, each]) => !holds(wanted, key) || passes((wanted as Json)[key], each, root),
    ),
  additionalProperties: (wanted, value, { schema, root }) =>
    !isObject(value) ||
    Object.entries(value).every(
      ([key, each]) => holds(schema['properties'], key) || passes(wanted, each, root),
    ),
  propertyNames: (wanted, value, { root }) =>
    !isObject(value) || Object.keys(value).every((key) => passes(wanted, key, root)),
  $ref: (wanted, value, { root }) => {
    const name = /^#\/\$defs\/(\w+)$/.exec(String(wanted))?.[1] ?? '';
    const definitions = isObject(root) ? root['$defs'] : undefined;
    if (!isObject(definitions) || !Object.hasOwn(definitions, name))
      throw new TypeError(`expected \`${name}\` in \`$defs\``);
    return passes(definitions[name], value, root);
  },
};
