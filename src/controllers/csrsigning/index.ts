export { newCsrSigningController, type SigningOptions } from './controller.ts'
