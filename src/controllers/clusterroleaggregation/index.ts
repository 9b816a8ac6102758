export { newClusterRoleAggregationController } from './controller.ts'
