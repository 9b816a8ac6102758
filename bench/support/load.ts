// Closed-loop load: so many connections, each with one request under way.
import { Http1Client } from './http1-client.ts'

export interface LoadResult {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Work that goes on for a while whenever it is told to. */
export interface Load {
  /** @returns milliseconds that each request took which began in the next `ms` */
  run(ms: number): Promise<readonly number[]>
  close(): void
}

/** @param once one request on one connection; a status of 300 or more fails the measurement */
export async function openLoad(port: number, connections: number, once: (client: Http1Client, index: number) => Promise<{ status: number }>): Promise<Load> {
  const clients = await Promise.all(Array.from({ length: connections }, () => Http1Client.connect(port)))
  let index = 0
  return {
    async run(ms) {
      const times: number[] = []
      const untilMs = performance.now() + ms
      const repeat = async (client: Http1Client) => {
        for (let from = performance.now(); from < untilMs; from = performance.now()) {
          const { status } = await once(client, index++)
          if (status >= 300) throw new Error(`answered ${status}`)
          times.push(performance.now() - from)
        }
      }
      await Promise.all(clients.map(repeat))
      return times
    },
    close: () => clients.forEach((client) => client.close()),
  }
}

/** One server by itself, after a span of warming up: compilers have seen the code by then. */
export async function load(
  port: number,
  connections: number,
  spanMs: number,
  once: (client: Http1Client, index: number) => Promise<{ status: number }>,
): Promise<LoadResult> {
  const measured = await openLoad(port, connections, once)
  await measured.run(spanMs)
  const start = performance.now()
  const times = await measured.run(spanMs)
  const elapsed = performance.now() - start
  measured.close()
  return { perSecond: (times.length / elapsed) * 1000, p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99) }
}

/** @param share 0.5: the median */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!
}
