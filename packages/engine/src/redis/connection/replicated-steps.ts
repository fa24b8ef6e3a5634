import type { ChainableCommander } from 'ioredis';
import { nextTurn } from '../../stores/turns.ts';
import { tooFewReplicas } from './failures.ts';
import type { Argument } from '../script.ts';

/** One command that writes, as it is sent. */
export interface Step {
  readonly name: 'eval' | 'evalsha';
  readonly script: string;
  readonly keyCount: number;
  readonly args: readonly Argument[];
}

/** How steps are sent, and how many replicas must have them. */
export interface Replication {
  /** Begins a batch on the connection that steps of this slot go through. */
  readonly batch: () => ChainableCommander;
  readonly replicas: number;
  readonly timeoutMs: number;
}

/**
 * Newer servers wait for what this connection has written and for nothing else. Steps that repeat an answer write nothing,
 * and what they tell of may have been written through a connection that was lost: so something is written with every batch.
 * Without data there is nothing to wait for.
 */
const TOUCH = `#!lua flags=allow-oom
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'asked', 1) end`;

interface Waiting {
  readonly step: Step;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sends steps so that each is answered only when as many replicas as demanded have it. Steps that come while a batch is on
 * its way share the next one, and its one wait: a connection that waits does nothing else.
 */
export class ReplicatedSteps {
  readonly #replication: Replication;
  #queue: Waiting[] = [];
  #sending = false;

  constructor(replication: Replication) {
    this.#replication = replication;
  }

  /** Rejects as the command does, or because too few replicas have it in time. */
  send(step: Step): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ step, resolve, reject });
      if (this.#sending) return;
      this.#sending = true;
      nextTurn(() => void this.#sendAll());
    });
  }

  async #sendAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const steps = this.#queue;
      this.#queue = [];
      try {
        await this.#sendTogether(steps);
      } catch (error) {
        for (const { reject } of steps) reject(error);
      }
    }
    this.#sending = false;
  }

  async #sendTogether(steps: readonly Waiting[]): Promise<void> {
    const { batch, replicas, timeoutMs } = this.#replication;
    const commands = batch();
    for (const { step } of steps) commands[step.name](step.script, step.keyCount, ...step.args);
    const [head = ''] = steps[0]?.step.args ?? [];
    const replies = (await commands.eval(TOUCH, 1, head).wait(replicas, timeoutMs).exec()) ?? [];
    const [untouched] = replies[steps.length] ?? [];
    const [unasked, got] = replies[steps.length + 1] ?? [];
    const unheard = untouched ?? unasked ?? null;
    steps.forEach(({ resolve, reject }, index) => {
      const [error, reply] = replies[index] ?? [new Error('no reply')];
      if (error !== null) reject(error);
      else if (unheard !== null) reject(unheard);
      else if (typeof got !== 'number' || got < replicas) reject(tooFewReplicas(Number(got), replicas));
      else resolve(reply);
    });
  }
}
