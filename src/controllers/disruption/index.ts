export { newDisruptionController } from './controller.ts'
