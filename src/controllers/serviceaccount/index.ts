export { newServiceAccountController } from './controller.ts'
