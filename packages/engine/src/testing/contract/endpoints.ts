import assert from 'node:assert/strict';
import type { Event } from '../../nouns/entry.ts';
import type { EndpointRecord } from '../../nouns/outbox.ts';
import { allEntries, type ContractCase, promise, together } from './contract-case.ts';

function endpoint(id: string, change: Partial<EndpointRecord> = {}): EndpointRecord {
  return { id, state: 'active', revision: 1, ...change };
}

const settings = {
  url: 'https://hook.test/é?a=b',
  events: ['approval.created', 'approval.*'],
  secrets: [{ value: 'whsec_bmV3' }, { value: 'old', untilMs: 1_767_614_400_000 }],
};

function saved(by: string): Event {
  return { type: 'webhook.endpoint_saved', facts: { endpoint: 'e1', by } };
}

/** What it promises about the receivers of webhooks. */
export const endpoints: readonly ContractCase[] = [
  promise('keeps endpoints as they are, in the order of their ids, removed ones too', async ({ store }) => {
    const kept = [
      endpoint('a'),
      endpoint('b', { settings }),
      endpoint('b\uffee', { state: 'disabled', reason: 'it answered "410"\n', failingSince: 5 }),
      endpoint('b\ud83d\ude00', { state: 'removed', settings: { ...settings, events: [] } }),
      endpoint('ndpoints'),
    ];
    assert.deepEqual(await store.endpoints(), []);

    for (const one of kept.toReversed()) assert.equal(await store.putEndpoint(one, []), true);

    assert.deepEqual(await store.endpoints(), kept);
    assert.deepEqual(await allEntries(store), []);
  }),

  promise('changes an endpoint only for who knows how it stands', async ({ store }) => {
    const told: boolean[] = [];
    for (const revision of [0, 2, 1, 1, 3, 2, 2, 3])
      told.push(await store.putEndpoint(endpoint('e1', { revision, reason: `${told.length}` }), []));

    assert.deepEqual(told, [false, false, true, false, false, true, false, true]);
    assert.deepEqual(await store.endpoints(), [endpoint('e1', { revision: 3, reason: '7' })]);
    assert.equal(await store.putEndpoint(endpoint('e2', { revision: 4 }), []), false);
  }),

  promise('writes the events of a change with it, and none without', async ({ store }) => {
    const disabled: Event = { type: 'webhook.endpoint_disabled', callId: 'c1', facts: { endpoint: 'e1' } };

    await store.putEndpoint(endpoint('e1'), [saved('ada'), disabled]);
    await store.putEndpoint(endpoint('e1'), [saved('bob')]);
    await store.putEndpoint(endpoint('e1', { revision: 2 }), [saved('eve')]);

    assert.deepEqual(
      (await allEntries(store)).map(({ type, callId, facts }) => [type, callId, facts]),
      [
        ['webhook.endpoint_saved', undefined, saved('ada').facts],
        ['webhook.endpoint_disabled', 'c1', disabled.facts],
        ['webhook.endpoint_saved', undefined, saved('eve').facts],
      ],
    );
  }),

  promise('changes nothing for an event that cannot be written', async ({ store }) => {
    const change = store.putEndpoint(endpoint('e1'), [saved('ada'), saved('\ud800')]);

    await assert.rejects(change, { code: 'NOT_CANONICAL' });
    assert.deepEqual([await store.endpoints(), await allEntries(store)], [[], []]);
  }),

  promise('lets one of 32 make a change that all of them want', async ({ store }) => {
    await store.putEndpoint(endpoint('e1'), []);

    const answers = await together(32, (index) =>
      store.putEndpoint(endpoint('e1', { revision: 2, reason: `${index}` }), [saved(`${index}`)]),
    );

    const winner = `${answers.indexOf(true)}`;
    assert.equal(answers.filter((kept) => kept).length, 1);
    assert.deepEqual(await store.endpoints(), [endpoint('e1', { revision: 2, reason: winner })]);
    assert.deepEqual(
      (await allEntries(store)).map(({ facts }) => facts['by']),
      [winner],
    );
  }),
];
