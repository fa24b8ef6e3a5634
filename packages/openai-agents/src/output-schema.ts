import { mistake } from '@torii/engine/doors';

/** What says whether a call that does not run can be answered at all. */
interface Structured {
  readonly outputSchema?: unknown;
  readonly errorFunction?: unknown;
}

/**
 * Throws OPTIONS_INVALID for a tool whose output has to match a schema while nobody makes such an output for a call
 * that may not run: the SDK would end the whole run instead.
 */
export function checkAnswerable(
  { outputSchema, errorFunction }: Structured,
  { tool, onDenied }: { readonly tool: string; readonly onDenied?: unknown },
): void {
  if (outputSchema === undefined || typeof errorFunction === 'function' || onDenied !== undefined) return;
  throw mistake(
    `\`${tool}\` has an \`outputSchema\`, and a refusal would not match it; expected \`onDenied\`, or an ` +
      '`errorFunction` of the tool, that answers in this schema',
  );
}
