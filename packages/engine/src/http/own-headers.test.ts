import { stripOwnHeaders } from './own-headers.ts';

test('a request that is only like one of Node, as tests make them up, loses its forged headers too', () => {
  const request = {
    headers: { 'x-agent-id': 'root', 'x-torii-approved': 'true', accept: '*/*' },
    rawHeaders: ['X-Agent-Id', 'root', 'X-Torii-Approved', 'true', 'Accept', '*/*'],
  };

  stripOwnHeaders(request as never);

  expect(request).toEqual({ headers: { accept: '*/*' }, rawHeaders: ['Accept', '*/*'] });
});
