export { newServiceAccountTokenController } from './controller.ts'
