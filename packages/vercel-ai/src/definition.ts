import { createHash } from 'node:crypto';
import { canonicalJson } from '@torii/engine';
import type { PlainTool } from './tool-types.ts';

/**
 * SHA-256 over name, description and input schema of a tool, so that an approval is of the tool as it was. A schema
 * that cannot be written as JSON is left out, and so is a description that is computed for each call.
 */
export async function definitionOf(name: string, tool: PlainTool): Promise<string> {
  const description = typeof tool.description === 'string' ? tool.description : null;
  try {
    const inputSchema = (await jsonSchemaOf(tool.inputSchema)) ?? null;
    return sha256(canonicalJson({ name, description, inputSchema }));
  } catch {
    return sha256(JSON.stringify([name, description]));
  }
}

interface StandardSchema {
  readonly vendor: string;
  readonly jsonSchema?: { input(options: object): unknown };
}

/** As the SDK finds it: a Standard Schema, the SDK's own, or a function that makes one. */
async function jsonSchemaOf(schema: unknown): Promise<unknown> {
  if (typeof schema !== 'function' && (typeof schema !== 'object' || schema === null)) return undefined;
  if ('~standard' in schema) return standardJsonSchema(schema['~standard'] as StandardSchema);
  if ('jsonSchema' in schema) return schema.jsonSchema;
  return typeof schema === 'function' ? jsonSchemaOf((schema as () => unknown)()) : undefined;
}

function standardJsonSchema({ vendor, jsonSchema }: StandardSchema): unknown {
  // Without this, one date in the arguments would cost zod the whole schema.
  const libraryOptions = vendor === 'zod' ? { libraryOptions: { unrepresentable: 'any' } } : {};
  return jsonSchema?.input({ target: 'draft-07', ...libraryOptions });
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
