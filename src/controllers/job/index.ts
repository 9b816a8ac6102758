export { newJobController } from './controller.ts'
