export { newCsrCleanerController } from './controller.ts'
