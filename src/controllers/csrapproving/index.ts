export { newCsrApprovingController } from './controller.ts'
