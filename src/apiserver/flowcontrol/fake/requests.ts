// Requests and flows for tests.
import { user } from '../../authn/well-known-users.ts'
import type { RequestInfo } from '../../http/api-request.ts'
import { parseRequestInfo } from '../../http/request-info.ts'
import { type Flow, FlowRequest } from '../fair-queue.ts'
import { FlowStatistics } from '../flow-statistics.ts'
import { oneSeat, type WorkEstimate } from '../work-estimate.ts'

/** @param line `GET /api/v1/pods?limit=5` */
export function infoOf(line: string): { readonly info: RequestInfo; readonly query: URLSearchParams } {
  const [method = '', target = ''] = line.split(' ')
  const url = new URL(target, 'https://server')
  return { info: parseRequestInfo(method, url.pathname, url.searchParams), query: url.searchParams }
}

export const flowNamed = (distinguisher: string, hand: readonly number[]): Flow => ({
  flowSchema: 'schema',
  distinguisher,
  hand,
  statistics: new FlowStatistics('schema', 'level'),
})

export function flowRequest(flow: Flow, nowMs: number, { waitMsMax = 15_000, ...estimate }: Partial<WorkEstimate> & { readonly waitMsMax?: number } = {}) {
  return new FlowRequest(flow, infoOf('GET /api/v1/pods').info, user(flow.distinguisher, []), { ...oneSeat, ...estimate }, nowMs, waitMsMax)
}
