import { toJsonSchema } from '@langchain/core/utils/json_schema';
import { isZodSchemaV3 } from '@langchain/core/utils/types';
import { definitionOf as definitionOfTool } from '@torii/engine/doors';

/** SHA-256 over name, description and input schema of a tool, so that an approval is of the tool as it was. */
export function definitionOf(tool: object): Promise<string> {
  const { name, description, schema } = tool as { name?: unknown; description?: unknown; schema?: unknown };
  // The old zod has no JSON Schema of its own.
  const described = isZodSchemaV3(schema) ? () => toJsonSchema(schema) : schema;
  return definitionOfTool({ name: String(name), description, schema: described });
}
