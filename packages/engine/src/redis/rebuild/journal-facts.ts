import { z } from 'zod';

const units = z
  .string()
  .regex(/^-?\d+$/)
  .transform(BigInt);

const charge = z.object({
  budget: z.string(),
  startMs: z.number(),
  endMs: z.number().optional(),
  rollingMs: z.number().optional(),
  account: z.enum(['wallet', 'carve-out']).optional(),
  currency: z.string(),
  amount: units,
});

/** A charge as an entry of the journal has it. */
export type WrittenCharge = z.output<typeof charge>;

const caller = {
  issuer: z.string(),
  tenant: z.string(),
  owner: z.string(),
  agent: z.string(),
  session: z.string(),
};

/** What entries say, as far as it is rebuilt from: other facts are left out. Throws for what no store wrote. */
export const entryFacts = {
  reserved: z.object({
    ...caller,
    tool: z.string(),
    price: z.string(),
    charges: z.array(charge),
    carved: z.object({ currency: z.string(), units }).optional(),
  }),
  denied: z.object({ ...caller, tool: z.string(), price: z.string(), extension: z.boolean().optional() }),
  refused: z.object({ ...caller }),
  extended: z.object({ price: z.string(), charges: z.array(charge) }),
  settled: z.object({ counted: z.record(z.string(), units) }),
  budget: z.object({ budget: z.string() }),
  moved: z.object({
    movement: z.string(),
    currency: z.string(),
    legs: z.tuple([z.object({ account: z.string(), units }), z.object({ account: z.string(), units })]),
  }),
  subject: z.object({
    subject: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('tenant'), tenant: z.string() }),
      z.object({ kind: z.literal('owner'), issuer: z.string(), tenant: z.string(), owner: z.string() }),
      z.object({
        kind: z.literal('agent'),
        issuer: z.string(),
        tenant: z.string(),
        owner: z.string(),
        agent: z.string(),
      }),
      z.object({ kind: z.literal('session'), ...caller }),
    ]),
    reason: z.string(),
  }),
};
