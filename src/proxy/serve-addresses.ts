// The two plain HTTP ports of kube-proxy: health, and metrics. Source: cmd/kube-proxy/app/server.go (serveHealthz, serveMetrics).
import type { Logger } from '../component-base/logger.ts'
import type { MetricsRegistry } from '../component-base/metrics/registry.ts'
import { type HealthAnswer, type HealthServerOptions, serveHealth } from '../component-base/serving/health-server.ts'
import { zPagePaths } from '../component-base/serving/z-page-paths.ts'
import type { ZPages } from '../component-base/zpages/z-pages.ts'
import type { Clock } from '../util/clock.ts'

interface Address {
  readonly host: string
  readonly port: number
}

export interface ServedAddresses {
  /** Address and port of /healthz and /livez; undefined: not served. */
  readonly health?: Address
  /** Address and port of /metrics, /proxyMode, and with `zPages` /statusz and /flagz; undefined: not served. */
  readonly metrics?: Address & { readonly registry: MetricsRegistry; readonly zPages?: (paths: readonly string[]) => ZPages }
  /** An address that is taken ends the proxy; else it is tried again. Default false. */
  readonly addressesMustBeFree?: boolean
}

interface Serving extends ServedAddresses {
  readonly clock: Clock
  readonly logger: Logger
  readonly healthy: () => HealthAnswer
}

/** Upstream's pause between two attempts to listen. */
const retryMs = 5_000

/** Serves until `signal` aborts. @throws {Error} for an address that is taken, when it must be free */
export async function serveAddresses({ health, metrics, addressesMustBeFree = false, clock, logger, healthy }: Serving, signal: AbortSignal): Promise<void> {
  const servers: HealthServerOptions[] = [
    ...(health ? [{ ...health, paths: { '/healthz': healthy, '/livez': healthy } }] : []),
    ...(metrics ? [metricsServer(metrics)] : []),
  ]
  await Promise.all(servers.map((server) => serve(server)))

  async function serve(server: HealthServerOptions): Promise<void> {
    while (!signal.aborted) {
      try {
        const { closed } = await serveHealth(server, signal)
        return await closed
      } catch (error) {
        if (addressesMustBeFree) throw error
        logger.error('Cannot listen, trying again', error, { host: server.host, port: server.port })
        await clock.sleep(retryMs, signal).catch(() => {})
      }
    }
  }
}

function metricsServer({ host, port, registry, zPages }: NonNullable<ServedAddresses['metrics']>): HealthServerOptions {
  const text = (body: string) => () => ({ status: 200, body })
  const paths = {
    '/healthz': text('ok'),
    '/proxyMode': text('nftables'),
    '/metrics': () => ({ status: 200, contentType: 'text/plain; version=0.0.4; charset=utf-8', body: registry.text() }),
  }
  return { host, port, paths: { ...paths, ...(zPages ? zPagePaths(zPages(Object.keys(paths))) : {}) } }
}
