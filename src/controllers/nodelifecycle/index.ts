export { newNodeLifecycleController } from './controller.ts'
