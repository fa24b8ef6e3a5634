import type { Delivery, Outbox } from '../../nouns/outbox.ts';
import { jsonOf, listOf, wholeOf } from '../replies.ts';
import { type Argument, type Reply, run, type Slot } from '../script.ts';
import { CURSOR, DUE, ENQUEUE, FINISH, NEXT_DUE } from '../scripts/outbox.ts';

/** What is kept of a delivery as JSON: all but what changes with a try. */
type Message = Omit<Delivery, 'attempts' | 'dueAt'>;

/** The webhooks of one slot. The id of a delivery that has ended is known for 30 days. */
export function outboxOf(slot: Slot): Outbox {
  return {
    async cursor(endpoint) {
      const { rest } = await run(slot, CURSOR, [endpoint]);
      return wholeOf(rest[0]);
    },
    async enqueue(endpoint, cursor, deliveries) {
      await run(slot, ENQUEUE, [endpoint, cursor, ...deliveries.flatMap(deliveryArguments)]);
    },
    async due(limit) {
      const { rest } = await run(slot, DUE, [limit]);
      return listOf(rest[0]).map(deliveryOf);
    },
    async nextDue() {
      const { rest } = await run(slot, NEXT_DUE, []);
      const dueAt = wholeOf(rest[0]);
      return dueAt === -1 ? undefined : dueAt;
    },
    async finish(deliveryId, result) {
      await run(slot, FINISH, [deliveryId, result.kind === 'retry' ? result.dueAt : '']);
    },
  };
}

function deliveryArguments({ attempts, dueAt, ...message }: Delivery): readonly Argument[] {
  return [message.id, attempts, dueAt, JSON.stringify(message)];
}

function deliveryOf(reply: Reply): Delivery {
  const [attempts, dueAt, message] = listOf(reply);
  return { ...(jsonOf(message) as Message), attempts: wholeOf(attempts), dueAt: wholeOf(dueAt) };
}
