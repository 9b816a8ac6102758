// Loaded into the server that is measured (`--import`): tells its parent, over the IPC channel, how long its event loop was
// held, what it keeps in memory and how much processor time it has used. Asking starts a new interval.
import { monitorEventLoopDelay } from 'node:perf_hooks'

export interface ProbeReading {
  /** The longest time between two turns of the event loop. */
  readonly stallMs: number
  readonly rss: number
  /** The highest seen since the last reading. */
  readonly rssMax: number
  readonly cpuMs: number
}

const resolutionMs = 2
const delays = monitorEventLoopDelay({ resolution: resolutionMs })
delays.enable()
let rssMax = 0
setInterval(() => (rssMax = Math.max(rssMax, process.memoryUsage.rss())), 10).unref()

process.on('message', (message) => {
  if (message !== 'read') return
  const rss = process.memoryUsage.rss()
  const { user, system } = process.cpuUsage()
  const reading: ProbeReading = { stallMs: Math.max(0, delays.max / 1e6 - resolutionMs), rss, rssMax: Math.max(rss, rssMax), cpuMs: (user + system) / 1000 }
  process.send!(reading)
  delays.reset()
  rssMax = 0
})
process.channel?.unref()
