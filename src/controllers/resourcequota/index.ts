export { newResourceQuotaController } from './controller.ts'
