export { newTtlAfterFinishedController } from './controller.ts'
