export { newPodGcController } from './controller.ts'
