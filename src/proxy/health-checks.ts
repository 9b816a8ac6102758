// healthCheckNodePort: a load balancer asks each node whether it has local endpoints of a Service.
// Source: pkg/proxy/healthcheck/service_health.go.
import { type HealthAnswer, serveHealth } from '../component-base/serving/health-server.ts'
import type { Logger } from '../component-base/logger.ts'
import type { TrackedPort } from './tracker/tracker.ts'

interface Check {
  readonly namespace: string
  readonly name: string
  localEndpoints: number
  readonly controller: AbortController
}

/** @returns health check port -> Service and how many endpoints of it run here */
export function wantedChecks(ports: Iterable<TrackedPort>): Map<number, { namespace: string; name: string; localEndpoints: number }> {
  const wanted = new Map<number, { namespace: string; name: string; localEndpoints: number }>()
  for (const { port, targets } of ports) {
    if (!port.healthCheckNodePort) continue
    const localEndpoints = targets.local.filter((e) => e.ready).length
    const sofar = wanted.get(port.healthCheckNodePort)
    wanted.set(port.healthCheckNodePort, { namespace: port.namespace, name: port.name, localEndpoints: Math.max(localEndpoints, sofar?.localEndpoints ?? 0) })
  }
  return wanted
}

function answer({ namespace, name, localEndpoints }: Check): HealthAnswer {
  const body = JSON.stringify({ service: { namespace, name }, localEndpoints, serviceProxyHealthy: true })
  return { status: localEndpoints > 0 ? 200 : 503, contentType: 'application/json', body: `${body}\n` }
}

/** Opens and closes one small server per health check port. */
export class HealthChecks {
  readonly #host: string
  readonly #log: Logger
  readonly #checks = new Map<number, Check>()

  constructor(host: string, log: Logger) {
    this.#host = host
    this.#log = log
  }

  async update(ports: Iterable<TrackedPort>, signal: AbortSignal): Promise<void> {
    const wanted = wantedChecks(ports)
    for (const [port, check] of this.#checks) {
      const now = wanted.get(port)
      if (now && now.namespace === check.namespace && now.name === check.name) {
        check.localEndpoints = now.localEndpoints
        continue
      }
      check.controller.abort()
      this.#checks.delete(port)
    }
    for (const [port, service] of wanted) {
      if (this.#checks.has(port)) continue
      const check = { ...service, controller: new AbortController() }
      const path = () => answer(check)
      try {
        await serveHealth({ host: this.#host, port, paths: { '/': path, '/healthz': path } }, AbortSignal.any([signal, check.controller.signal]))
        this.#checks.set(port, check)
      } catch (error) {
        this.#log.error('Cannot serve a health check node port', error, { port, service: `${service.namespace}/${service.name}` })
      }
    }
  }
}
