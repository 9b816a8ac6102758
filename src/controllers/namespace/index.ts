export { newNamespaceController } from './controller.ts'
