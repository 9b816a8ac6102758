// Closed-loop load: so many connections, each with one request under way.
import { Http1Client } from './http1-client.ts'

export interface LoadResult {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** @param once one request on one connection; a status of 300 or more fails the measurement */
export async function load(
  port: number,
  connections: number,
  spanMs: number,
  once: (client: Http1Client, index: number) => Promise<{ status: number }>,
): Promise<LoadResult> {
  const clients = await Promise.all(Array.from({ length: connections }, () => Http1Client.connect(port)))
  const times: number[] = []
  let index = 0
  const run = async (untilMs: number, keep: boolean) => {
    await Promise.all(
      clients.map(async (client) => {
        while (performance.now() < untilMs) {
          const from = performance.now()
          const { status } = await once(client, index++)
          if (status >= 300) throw new Error(`answered ${status}`)
          if (keep) times.push(performance.now() - from)
        }
      }),
    )
  }
  // A span of warming up: compilers have seen the code by then, on both sides of a comparison.
  await run(performance.now() + spanMs, false)
  const start = performance.now()
  await run(start + spanMs, true)
  const elapsed = performance.now() - start
  for (const client of clients) client.close()
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]!
  return { perSecond: (times.length / elapsed) * 1000, p50Ms: at(0.5), p99Ms: at(0.99) }
}
