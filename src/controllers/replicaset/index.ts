export { newReplicaSetController } from './controller.ts'
