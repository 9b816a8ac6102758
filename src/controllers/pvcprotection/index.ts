export { newPvcProtectionController } from './controller.ts'
