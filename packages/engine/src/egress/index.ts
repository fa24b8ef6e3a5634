export {
  createEgress,
  type Egress,
  type EgressAnswer,
  type EgressContext,
  type EgressOptions,
  type EgressRequest,
} from './egress.ts';
