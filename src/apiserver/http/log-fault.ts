// The one place that says of a request that it failed by a fault, and not because its client asked for something impossible.
import type { Logger } from '../../component-base/logger.ts'
import { stackText } from '../../component-base/logs/error-text.ts'
import type { ApiRequest } from './api-request.ts'

/** @param fault what lies behind the answer. What fails because its client went away is no fault, and not logged */
export function logFault(logger: Logger, request: Pick<ApiRequest, 'method' | 'rawPath' | 'auditId' | 'signal'>, fault: unknown): void {
  if (request.signal.aborted) return
  logger.error('Request failed', fault, {
    method: request.method,
    path: request.rawPath,
    auditId: request.auditId,
    // At every level: it is all there is to find a fault by that nobody foresaw.
    stack: stackText(fault),
  })
}
