export { newTaintEvictionController } from './controller.ts'
