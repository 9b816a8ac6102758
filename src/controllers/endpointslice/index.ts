export { newEndpointSliceController } from './controller.ts'
