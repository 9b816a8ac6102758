export { newPvProtectionController } from './controller.ts'
