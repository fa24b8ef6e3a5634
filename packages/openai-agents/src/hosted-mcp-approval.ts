import type { RunContext, RunToolApprovalItem } from '@openai/agents';
import {
  checkOptions,
  type CommonOptions,
  definitionOf,
  guardedTool,
  optionsOfTool,
  runTool,
  toolSetFields,
  type ToolSetOptions,
} from '@torii/engine/doors';
import { FRAMEWORK, parsed, toolCallOf } from './sdk-call.ts';

/** How the tools of a hosted MCP server are approved: maps are by tool. A tool without a price is denied. */
export type HostedMcpOptions = Omit<CommonOptions, 'approval'> &
  Pick<ToolSetOptions, 'server' | 'price' | 'payee' | 'effect' | 'definition'>;

const { torii, identify, waitMs, mode, onDecision, server, price, payee, effect, definition } = toolSetFields;
const fields = { torii, identify, waitMs, mode, onDecision, server, price, payee, effect, definition };

interface Answer {
  readonly approve: boolean;
  readonly reason?: string;
}

/** What the SDK asks before the provider runs a tool of a hosted MCP server. */
export type HostedMcpApproval = (context: RunContext<unknown>, item: RunToolApprovalItem) => Promise<Answer>;

/**
 * The `onApproval` of a `hostedMcpTool` with `requireApproval: 'always'`: Torii says whether the provider may run a tool
 * of the server. What the tool does and whether it fails nobody here sees, so a call costs its price once it may run.
 * The SDK cannot pause for it: where policy demands a person the callback waits up to `waitMs`, and then the model is
 * told to ask again later. Throws OPTIONS_INVALID for a mistake; the callback itself never throws.
 */
export function hostedMcpApproval(options: HostedMcpOptions): HostedMcpApproval {
  checkOptions(options, fields);
  return async (context, item) => {
    const { callId, name, input } = requestIn(item);
    const own = optionsOfTool({ ...options, approval: 'result' }, name);
    const guarded = guardedTool({
      framework: FRAMEWORK,
      tool: {},
      options: own,
      definition: () => definitionOf({ name: own.tool }),
    });
    const refuse = (reason: string): Answer => ({ approve: false, reason });
    try {
      const approved: Answer = { approve: true };
      return (await runTool(guarded, toolCallOf({ context, callId, input }), {
        execute: () => approved,
        refuse,
      })) as Answer;
    } catch {
      return refuse(`\`${own.tool}\` did not run. STORE_UNAVAILABLE: the engine cannot answer`);
    }
  };
}

interface Request {
  readonly callId: string | undefined;
  readonly name: string;
  readonly input: unknown;
}

/** What the provider asks about. */
function requestIn({ rawItem, name = '' }: RunToolApprovalItem): Request {
  const { providerData = {} } = rawItem as { readonly providerData?: { readonly [key: string]: unknown } };
  const written = providerData['arguments'];
  return { callId: textIn(providerData['id']) ?? textIn(rawItem.id), name, input: parsed(written) };
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
