export { guard, type GuardOptions } from './guard.ts';
export { toriiMiddleware } from './middleware.ts';
export type { ToriiOptions, Verdict } from './options.ts';
export { type Problem, problemOf, type ProblemBody, type ProblemContext } from './problem.ts';
export { type Reply, send } from './reply.ts';
export { type RouterOptions, toriiRouter } from './router/router.ts';
export { type ToriiCall, toriiOf } from './settlement.ts';
