import { readFileSync } from 'node:fs';
import { guard } from './guard.ts';
import { bearer, bodyOf, versions, world } from './world.test-support.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** The answer that the README shows, without its wrapping. */
function shown(): { readonly status: string; readonly headers: readonly string[]; readonly body: unknown } {
  const [, block = ''] = /```http\n(HTTP[^`]*)```/.exec(readme) ?? [];
  const [head = '', body = ''] = block.split('\n\n');
  const [status = '', ...headers] = head.split('\n');
  return { status, headers, body: JSON.parse(body) };
}

test.each(versions)(
  'the denial in the README is what Express $version answers',
  async ({ express: make }) => {
    const policies = [{ id: 'demo', budgets: [{ scope: 'agent', window: 'day', limit: '5.00 USD' }] }];
    const at = await world({ policies });
    const app = make();
    app.get(
      '/weather/:city',
      guard((_request, response) => void response.json({}), {
        torii: at.torii,
        tool: 'weather',
        price: '0.12 USD',
      }),
    );
    const url = await at.serve(app);
    const headers = bearer(await at.agentToken());
    for (let call = 1; call <= 41; call++) await fetch(`${url}/weather/oslo`, { headers });
    await at.watch.ended(41);

    const response = await fetch(`${url}/weather/oslo`, { headers });
    const told = await bodyOf(response);
    await at.close();

    const { status, headers: fields, body } = shown();
    expect(`HTTP/1.1 ${response.status} ${response.statusText}`).toBe(status);
    expect(fields).toEqual([
      `Content-Type: ${response.headers.get('content-type')}`,
      `Retry-After: ${response.headers.get('retry-after')}`,
    ]);
    // The id of a call is drawn anew each time; everything else is told to the letter.
    expect({ ...told, callId: 'call_5f0c' }).toEqual(body);
  },
);
