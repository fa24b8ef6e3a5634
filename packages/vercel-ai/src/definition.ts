import { definitionOf as definitionOfTool } from '@torii/engine/doors';
import type { PlainTool } from './tool-types.ts';

/** SHA-256 over name, description and input schema of a tool, so that an approval is of the tool as it was. */
export function definitionOf(name: string, { description, inputSchema }: PlainTool): Promise<string> {
  return definitionOfTool({ name, description, schema: inputSchema });
}
