import { assetTable } from '../../nouns/asset.ts';
import { type MoneyInput, money } from '../../nouns/money.ts';
import { compileExpression, type RuleAnswer, type RuleExpression } from './expression.ts';
import type { RuleFacts } from './facts.ts';

/** A token that counts as dollars, with as many decimals. */
export const TOKEN = 'eip155:8453/erc20:0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913';

const assets = assetTable([{ asset: TOKEN, currency: 'USD', decimals: 6 }]);

interface Given extends Partial<Omit<RuleFacts, 'arguments' | 'price' | 'counts'>> {
  readonly arguments?: unknown;
  readonly price?: MoneyInput;
}

/** Facts of an ordinary call, except for what a test gives. */
export function facts(given: Given = {}): RuleFacts {
  const price = money(given.price ?? '0.50 USD');
  return {
    tool: 'pay',
    effect: 'mutating',
    framework: 'express',
    payee: { recipient: '0xAbC', network: 'eip155:8453' },
    principal: { agent: 'bot', owner: 'ann', tenant: 'acme', session: 's1', issuer: 'https://id.example' },
    session: { calls: 3, denials: 1, writes: 2 },
    // A Tuesday, half past noon in Berlin.
    nowMs: Date.UTC(2026, 0, 13, 11, 30),
    ...given,
    arguments: () => given.arguments ?? {},
    price,
    counts: (currency) => assets.count(price.units, price.asset, currency),
  };
}

/** A text that has to compile. */
export function compiled(text: string): RuleExpression {
  const expression = compileExpression(text);
  if (expression.kind === 'problem') throw new Error(`${text}: ${expression.message}`);
  return expression;
}

/** Why a text does not compile; `none` when it does. */
export function problemOf(text: string): string {
  const expression = compileExpression(text);
  return expression.kind === 'problem' ? expression.message : 'none';
}

/** What an expression answers, with `failed` for every failure. */
export function answer(text: string, given: Given = {}): 'holds' | 'silent' | 'failed' {
  const result = compiled(text).evaluate(facts(given));
  return typeof result === 'string' ? result : 'failed';
}

/** The message of a failure; the answer itself when there is none. */
export function failureOf(result: RuleAnswer): string {
  return typeof result === 'string' ? result : result.failed;
}
