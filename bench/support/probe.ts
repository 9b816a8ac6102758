// Loaded into the server that is measured (`--import`): tells its parent, over the IPC channel, how long its event loop was
// held, what it keeps in memory and how much processor time it has used. Asking starts a new interval.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { threadCpuUsage } from 'node:process'

export interface ProbeReading {
  /** The longest time between two turns of the event loop. */
  readonly stallMs: number
  /**
   * The most processor time that the main thread has used between two turns: what a stall is without the time in which the machine had
   * given the processor to others.
   */
  readonly stallCpuMs: number
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

const threadMs = () => {
  const { user, system } = threadCpuUsage()
  return (user + system) / 1000
}
let lastMs = threadMs()
let stallCpuMs = 0
/** When the loop is free it comes every two milliseconds: what was used between two of them was used in one go. */
function tick(): void {
  const ms = threadMs()
  stallCpuMs = Math.max(stallCpuMs, ms - lastMs)
  lastMs = ms
}
setInterval(tick, resolutionMs).unref()

process.on('message', (message) => {
  if (message !== 'read') return
  const rss = process.memoryUsage.rss()
  const { user, system } = process.cpuUsage()
  tick()
  const stallMs = Math.max(0, delays.max / 1e6 - resolutionMs)
  // Between two ticks there may have been several turns: none of them was longer than the longest.
  const reading: ProbeReading = { stallMs, stallCpuMs: Math.min(stallCpuMs, stallMs), rss, rssMax: Math.max(rss, rssMax), cpuMs: (user + system) / 1000 }
  process.send!(reading)
  delays.reset()
  rssMax = 0
  stallCpuMs = 0
})
process.channel?.unref()
