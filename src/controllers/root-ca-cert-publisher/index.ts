export { newRootCaCertPublisher, type RootCa } from './controller.ts'
