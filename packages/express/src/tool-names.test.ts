import type { RequestHandler } from 'express';
import { guard } from './guard.ts';
import { toriiMiddleware } from './middleware.ts';
import type { ToriiOptions } from './options.ts';
import { bearer, bodyOf, versions, world, type World } from './world.test-support.ts';

/** Denies by name and allows the rest: whoever gets a name past this runs the tool. */
const policy = { id: 'p', tools: { deny: ['trade'] } };

let at: World;
beforeEach(async () => {
  at = await world({ policies: [policy] });
});
afterEach(() => at.close());

/** Ways to write the path of the tool, and whether Express takes them for it. */
const spellings: readonly (readonly [string, 'routed' | 'unknown'])[] = [
  ['/tools/trade', 'routed'],
  ['/tools/Trade', 'routed'],
  ['/TOOLS/TRADE', 'routed'],
  ['/tools/trade/', 'routed'],
  ['/tools/./trade', 'routed'],
  ['/tools/trade?x=1', 'routed'],
  ['/tools/%74rade', 'unknown'],
  ['/tools/trade%2f', 'unknown'],
  ['/tools//trade', 'unknown'],
  ['/tools/trade;x=1', 'unknown'],
  ['/tools/__proto__', 'unknown'],
  ['/tools/constructor', 'unknown'],
];

const tools: ReadonlyMap<string, string> = new Map([
  ['/trade', 'trade'],
  ['/search', 'search'],
]);

const listed: ToriiOptions = { tool: (request) => tools.get(request.path), price: '0 USD' };

describe.each(versions)('the name of a tool in Express $version', ({ express: make }) => {
  let ran: string[] = [];
  const handler: RequestHandler = (request, response) => {
    ran.push(request.path);
    response.json({});
  };
  beforeEach(() => {
    ran = [];
  });

  test.each(spellings)('is the same for %s where the route has its own guard: %s', async (path, known) => {
    const app = make();
    app.get('/tools/trade', guard(handler, { torii: at.torii, tool: 'trade', price: '0 USD' }));
    const url = await at.serve(app);

    const response = await fetch(url + path, { headers: bearer(await at.agentToken()) });

    expect([ran, response.status]).toEqual([[], known === 'routed' ? 403 : 404]);
  });

  test.each(spellings)('is looked up, so %s does not reach a denied tool', async (path) => {
    const app = make();
    app.use('/tools', toriiMiddleware(at.torii, listed));
    app.get('/tools/trade', handler);
    app.get('/tools/:any', handler);
    const url = await at.serve(app);

    const response = await fetch(url + path, { headers: bearer(await at.agentToken()) });

    expect([ran, [400, 403].includes(response.status)]).toEqual([[], true]);
  });

  test('is looked up, so a tool that may run does', async () => {
    const app = make();
    app.use('/tools', toriiMiddleware(at.torii, listed)).get('/tools/search', handler);
    const url = await at.serve(app);

    const response = await fetch(`${url}/tools/search`, { headers: bearer(await at.agentToken()) });

    expect([response.status, response.headers.get('x-tool')]).toEqual([200, 'search']);
  });

  test.each([[undefined], [null], [''], [['trade']], [new String('search')]])(
    'that a function gives as %j is none, and the call is denied',
    async (tool) => {
      const app = make();
      const options = { torii: at.torii, tool: () => tool as string | undefined, price: '0 USD' };
      app.get('/tool', guard(handler, options));
      const url = await at.serve(app);

      const response = await fetch(`${url}/tool`, { headers: bearer(await at.agentToken()) });

      expect([ran, await bodyOf(response)]).toEqual([
        [],
        expect.objectContaining({ status: 400, code: 'TOOL_NAME_INVALID' }),
      ]);
    },
  );
});
