export { newScheduler, type SchedulerOptions } from './scheduler.ts'
