export { newDeploymentController } from './controller.ts'
