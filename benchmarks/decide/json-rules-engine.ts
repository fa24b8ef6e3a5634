import { Engine } from 'json-rules-engine';
import type { Contestant } from './contestant.ts';

/**
 * One rule for each rule, its cheapest condition first. Answers asynchronously and evaluates every rule. Stopping at
 * the first match is no choice: what it stops is the engine, with all questions that it is answering.
 */
export const jsonRulesEngine: Contestant = {
  name: 'json-rules-engine',
  role: 'peer',
  remark: 'answers asynchronously; one question at a time was waited for',
  async load(rules) {
    const engine = new Engine(
      rules.map(({ agent, tool, limit }) => ({
        conditions: {
          all: [
            { fact: 'agent', operator: 'equal', value: agent, priority: 3 },
            { fact: 'tool', operator: 'equal', value: tool, priority: 2 },
            { fact: 'price', operator: 'lessThanInclusive', value: Number(limit), priority: 1 },
          ],
        },
        event: { type: 'allow' },
      })),
    );
    return ({ agent, tool, units }) => {
      const facts = { agent, tool, price: Number(units) };
      return async () => (await engine.run(facts)).events.length > 0;
    };
  },
};
