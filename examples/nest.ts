// Guards a handler and a method of a provider in NestJS: what is denied runs neither.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Body, Controller, HttpCode, Inject, Injectable, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createEngine, memoryStore, type Principal, signAgentToken } from '@torii/engine';
import { ToriiDeniedError } from '@torii/engine/doors';
import { CurrentAgent, Guarded, GuardedTool, ToriiModule } from '@torii/nest';

const key = randomBytes(32).toString('hex');
const issuer = { issuer: 'me', audience: 'torii', algorithm: 'HS256', key } as const;
const bot = { agent: 'bot', owner: 'olga@example.com', session: 's1' };
const policy = {
  id: 'bots',
  tools: { allow: ['translate', 'count'] },
  budgets: [{ scope: 'session', window: 'lifetime', limit: '0.30 USD' }],
};
const torii = await createEngine({
  policies: [policy],
  store: memoryStore(),
  identity: { issuers: [issuer] },
});
const token = await signAgentToken({ ...issuer, ...bot, expiresInSeconds: 60 });

@Injectable()
class Words {
  // What it costs is known only afterwards: 0.10 USD is held, and what it answers is what is charged.
  @GuardedTool({
    tool: 'count',
    price: '0.10 USD',
    identify: () => token,
    charged: ({ fee }: { fee: string }) => fee,
  })
  async count(text: string): Promise<{ words: number; fee: string }> {
    return { words: text.split(' ').length, fee: '0.03 USD' };
  }
}

@Controller()
class TranslateController {
  @Post('translate')
  @HttpCode(200)
  @Guarded({ tool: 'translate', price: '0.20 USD' })
  translate(@Body() { text }: { text: string }, @CurrentAgent() agent: Principal): object {
    return { text: text === 'good morning' ? 'god morgen' : text, for: agent.owner };
  }
}

@Injectable()
class Agent {
  constructor(@Inject(Words) readonly words: Words) {}
}

@Module({
  imports: [ToriiModule.forRoot({ torii, closeOnShutdown: true })],
  controllers: [TranslateController],
  providers: [Words, Agent],
})
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(0, '127.0.0.1');
const url = await app.getUrl();
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
const post = () => fetch(`${url}/translate`, { method: 'POST', headers, body: '{"text":"good morning"}' });

const allowed = await post();
assert.equal(allowed.status, 200);
assert.equal(allowed.headers.get('x-cost-usd'), '0.20');
console.log(`ALLOWED  translate for ${allowed.headers.get('x-cost-usd')} USD: ${await allowed.text()}`);

const { words } = app.get(Agent);
const counted = await words.count('how many words are these');
assert.equal(counted.words, 5);
console.log(`ALLOWED  count holds 0.10 USD and is charged ${counted.fee}: ${counted.words} words`);

const denied = await post();
const problem = (await denied.json()) as { code: string; detail: string };
assert.equal(denied.status, 403);
assert.equal(problem.code, 'BUDGET_EXCEEDED');
console.log(`DENIED   translate: ${problem.detail}`);

const refused = await words.count('one more').catch((error: unknown) => error);
assert.ok(ToriiDeniedError.is(refused));
console.log(`DENIED   count: ${refused.message}`);

const status = await torii.agents.status(token);
assert.ok(status.kind === 'status');
assert.deepEqual(
  status.budgets.map(({ spent, held }) => [spent, held]),
  [[230_000n, 0n]],
);
await app.close();
assert.equal((await torii.health()).ok, false);
