import { ApiError } from '../api-error.ts'

/** The answer to a patch that cannot be applied: it does not say why. */
export const rejected = () => new ApiError('Invalid', 'the server rejected our request due to an error in our request', { details: {} })
