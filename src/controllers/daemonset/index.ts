export { newDaemonSetController } from './controller.ts'
