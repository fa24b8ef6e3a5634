export { redisStore } from './redis-store.ts';
export type { RedisStoreOptions } from './options.ts';
export { sqliteLedger } from '../stores/sqlite/sqlite-ledger.ts';
export type { Ledger, OpenLedger } from '../nouns/ledger.ts';
