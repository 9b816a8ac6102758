import { ApiError } from '../api-error.ts'

/** The answer to a patch that cannot be applied: it does not say why. */
export const rejection = ['Invalid', 'the server rejected our request due to an error in our request', { details: {} }] as const
export const rejected = () => new ApiError(...rejection)
