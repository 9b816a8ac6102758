export { detachedSignature } from './decide.ts'
export { newBootstrapSignerController } from './controller.ts'
