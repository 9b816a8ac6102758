export { newEndpointsController } from './controller.ts'
