export { newStatefulSetController } from './controller.ts'
