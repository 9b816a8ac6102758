export { newGarbageCollector } from './controller.ts'
