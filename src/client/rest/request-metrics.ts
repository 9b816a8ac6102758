// What a client tells of its requests. Source: k8s.io/component-base metrics/prometheus/restclient.
import type { MetricsRegistry } from '../../component-base/metrics/registry.ts'
import type { Clock } from '../../util/clock.ts'
import type { Transport } from '../transport/transport.ts'

const durationBuckets = [0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0]
const sizeBuckets = [64, 256, 512, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216]

/** The same transport, counted. @param host that it leads to */
export function countedTransport(transport: Transport, host: string, registry: MetricsRegistry, clock: Pick<Clock, 'monotonic'>): Transport {
  const durations = registry.histogram('rest_client_request_duration_seconds', 'Time from a request to its response headers, in seconds.', durationBuckets, [
    'host',
    'verb',
  ])
  const sizes = registry.histogram('rest_client_request_size_bytes', 'Sizes of request bodies.', sizeBuckets, ['host', 'verb'])
  const total = registry.counter('rest_client_requests_total', 'Requests by method and response code.', ['code', 'host', 'method'])
  return {
    close: () => transport.close(),
    async request(request) {
      const startedMs = clock.monotonic()
      const { method, body } = request
      if (body !== undefined) sizes.of(host, method).observe(typeof body === 'string' ? Buffer.byteLength(body) : body.length)
      try {
        const response = await transport.request(request)
        total.of(String(response.status), host, method).inc()
        return response
      } catch (error) {
        total.of('<error>', host, method).inc()
        throw error
      } finally {
        durations.of(host, method).observe((clock.monotonic() - startedMs) / 1000)
      }
    },
  }
}
