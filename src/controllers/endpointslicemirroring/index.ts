export { newEndpointSliceMirroringController } from './controller.ts'
