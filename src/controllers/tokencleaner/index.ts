export { newTokenCleanerController } from './controller.ts'
