import { canonicalJson } from '../nouns/canonical.ts';
import { sha256 } from '../nouns/digest.ts';

/** What a framework shows a model of a tool. */
export interface ToolDefinition {
  readonly name: string;

  /** One that is computed for each call is left out. */
  readonly description?: unknown;

  /** JSON Schema, a Standard Schema, an object with `jsonSchema`, or a function that makes one of these. */
  readonly schema?: unknown;
}

/**
 * SHA-256 over name, description and input schema of a tool, so that an approval is of the tool as it was. A schema
 * that cannot be written as JSON is left out. Never rejects.
 */
export async function definitionOf({ name, description, schema }: ToolDefinition): Promise<string> {
  const text = typeof description === 'string' ? description : null;
  try {
    const inputSchema = (await jsonSchemaOf(schema)) ?? null;
    return sha256(canonicalJson({ name, description: text, inputSchema }));
  } catch {
    return sha256(JSON.stringify([name, text]));
  }
}

interface StandardSchema {
  readonly vendor: string;
  readonly jsonSchema?: { input(options: object): unknown };
}

async function jsonSchemaOf(schema: unknown): Promise<unknown> {
  if (typeof schema !== 'function' && (typeof schema !== 'object' || schema === null)) return undefined;
  if ('~standard' in schema) return standardJsonSchema(schema['~standard'] as StandardSchema);
  if ('jsonSchema' in schema) return schema.jsonSchema;
  return typeof schema === 'function' ? jsonSchemaOf((schema as () => unknown)()) : schema;
}

function standardJsonSchema({ vendor, jsonSchema }: StandardSchema): unknown {
  // Without this, one date in the arguments would cost zod the whole schema.
  const libraryOptions = vendor === 'zod' ? { libraryOptions: { unrepresentable: 'any' } } : {};
  return jsonSchema?.input({ target: 'draft-07', ...libraryOptions });
}
