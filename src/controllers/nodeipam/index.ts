export { newNodeIpamController } from './controller.ts'
export type { ClusterRange } from './allocate.ts'
