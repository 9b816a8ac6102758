export { newServiceCidrController } from './controller.ts'
