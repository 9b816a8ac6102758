export { newCronJobController } from './controller.ts'
