export { newReplicationController } from './controller.ts'
