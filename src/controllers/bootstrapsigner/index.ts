export { newBootstrapSignerController } from './controller.ts'
