import { interopSafeParseAsync, isInteropZodSchema } from '@langchain/core/utils/types';

/**
 * The arguments as the tool will get them, with defaults filled in, so that Torii judges what runs. Those that do not fit
 * stay as the model wrote them: LangChain refuses them itself, once Torii let it try.
 */
export async function validated(tool: object | undefined, args: unknown): Promise<unknown> {
  const schema = tool !== undefined && 'schema' in tool ? tool.schema : undefined;
  if (!isInteropZodSchema(schema)) return args;
  try {
    const parsed = await interopSafeParseAsync(schema, args);
    return parsed.success ? parsed.data : args;
  } catch {
    return args;
  }
}
