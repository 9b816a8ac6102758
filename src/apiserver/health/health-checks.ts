// /healthz, /livez, /readyz: named checks, one path each. Source: k8s.io/apiserver pkg/server/healthz/healthz.go.
import type { Logger } from '../../component-base/logger.ts'
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import type { HealthObserver } from '../metrics/health-metrics.ts'
import { plainText } from '../http/object-encoder.ts'

export interface HealthCheck {
  readonly name: string
  /** @throws {Error} when unhealthy; the message is logged and never sent */
  check(): void | Promise<void>
}

export const ping: HealthCheck = { name: 'ping', check: () => {} }
/** Upstream's asks whether its log is still written out by a background task; here every line is written at once. */
export const log: HealthCheck = { name: 'log', check: () => {} }

/** Which checks an endpoint runs. */
export type HealthEndpoints = ReadonlyMap<'healthz' | 'livez' | 'readyz', readonly HealthCheck[]>

export interface HealthResponseOptions {
  readonly logger: Logger
  /** Told of each check that ran. */
  readonly observe: HealthObserver
}

/** @param path `/readyz`, `/readyz/ping`; @returns undefined when it is no path of a health endpoint */
export async function healthResponse(endpoints: HealthEndpoints, request: ApiRequest, options: HealthResponseOptions): Promise<ApiResponse | undefined> {
  const match = /^\/([a-z]+)(?:\/(.+))?$/.exec(request.info.path)
  const endpoint = match?.[1] as 'healthz' | undefined
  const checks = endpoint && endpoints.get(endpoint)
  if (!checks) return undefined
  const wanted = match?.[2] ?? ''
  if (wanted === '') return all(endpoint, checks, request, options)
  const one = checks.find((check) => check.name === wanted)
  if (!one) return undefined
  const failure = await failureOf(one)
  options.observe(endpoint, one.name, failure === undefined)
  return failure ? plainText(500, `internal server error: ${failure.message}\n`) : plainText(200, 'ok')
}

async function all(endpoint: string, checks: readonly HealthCheck[], { query }: ApiRequest, { logger, observe }: HealthResponseOptions): Promise<ApiResponse> {
  const excluded = new Set(query.getAll('exclude'))
  const lines: string[] = []
  const failed: string[] = []
  for (const check of checks) {
    if (excluded.delete(check.name)) {
      lines.push(`[+]${check.name} excluded: ok`)
      continue
    }
    const failure = await failureOf(check)
    observe(endpoint, check.name, failure === undefined)
    if (failure) failed.push(`${check.name} (${failure.message})`)
    lines.push(failure ? `[-]${check.name} failed: reason withheld` : `[+]${check.name} ok`)
  }
  if (excluded.size > 0) lines.push(`warn: some health checks cannot be excluded: no matches for ${[...excluded].map((n) => JSON.stringify(n)).join(', ')}`)
  if (failed.length > 0) {
    logger.warn('Health check failed', { endpoint, checks: failed })
    return plainText(500, `${lines.join('\n')}\n${endpoint} check failed\n`)
  }
  return query.has('verbose') ? plainText(200, `${lines.join('\n')}\n${endpoint} check passed\n`) : plainText(200, 'ok')
}

async function failureOf(check: HealthCheck): Promise<Error | undefined> {
  try {
    await check.check()
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
