export { NoRedis } from './find-server.ts';
export { type RedisOptions, type RedisServer, startRedis } from './start-redis.ts';
export { type ReplicatedRedis, startReplicated } from './replicated.ts';
export { type RedisCluster, startCluster } from './cluster.ts';
export { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
export { type TestRedis, testRedis } from './test-redis.ts';
export { RespError, type RespReply } from './resp.ts';
