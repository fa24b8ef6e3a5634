import { Holder, keyTemplate } from './keys.ts';

const principal = { issuer: 'https://issuer.example', tenant: 'acme', owner: 'o@e.com', session: 's1' };

test('every agent has a key of its own, which is the same each time, however many others had one in between', () => {
  const template = keyTemplate('p', 'agent', ['day', 'USD']);
  const agents = Array.from({ length: 250 }, (_, index) => `agent "${index}"`);
  const keyOf = (agent: string) => new Holder({ principal: { ...principal, agent } }).key('agent', template);

  const keys = [...agents, ...agents].map(keyOf);

  expect(keys).toEqual(
    [...agents, ...agents].map((agent) =>
      JSON.stringify(['p', 'agent', [principal.issuer, 'acme', 'o@e.com', agent], 'day', 'USD']),
    ),
  );
  expect(template.made.size).toBeLessThanOrEqual(100);
});

test('two clauses of one scope have keys of their own', () => {
  const holder = new Holder({ principal: { ...principal, agent: 'bot' } });

  const [day, hour] = ['day', 'hour'].map((window) =>
    holder.key('agent', keyTemplate('p', 'agent', [window])),
  );

  expect(day).not.toBe(hour);
});

test('a call that names no payee has no key of a merchant', () => {
  const holder = new Holder({ principal: { ...principal, agent: 'bot' }, payee: {} });

  expect(holder.key('merchant', keyTemplate('p', 'merchant', []))).toBeUndefined();
});
