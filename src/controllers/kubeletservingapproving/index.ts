export { newKubeletServingApprovingController } from './controller.ts'
