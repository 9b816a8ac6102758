import { ApiError } from '../../../apimachinery/api-error.ts'
import type { ApiResponse } from '../api-request.ts'
import { statusResponse } from '../status-response.ts'

/** Seconds -> the answer, made once: refusing must cost next to nothing. */
const answers = new Map<number, ApiResponse>()

/** 429 with Retry-After, as JSON whatever the client accepts (upstream: as text). */
export function tooManyRequests(retryAfterSeconds: number): ApiResponse {
  const known = answers.get(retryAfterSeconds)
  if (known) return known
  const error = new ApiError('TooManyRequests', 'Too many requests, please try again later.', { details: { retryAfterSeconds } })
  const answer = statusResponse(error.toStatus(), undefined)
  answers.set(retryAfterSeconds, answer)
  return answer
}
