export { newVacProtectionController } from './controller.ts'
