export { newLegacyTokenCleaner } from './controller.ts'
