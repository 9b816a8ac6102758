export { newRootCaCertPublisher } from './controller.ts'
