export { newPolicyStatusController } from './controller.ts'
