export { newScheduler } from './scheduler.ts'
