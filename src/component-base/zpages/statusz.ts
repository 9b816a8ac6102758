// /statusz: which release a component is, since when it runs, and where else to look.
// Source: k8s.io/apiserver pkg/server/statusz (statusz.go, textserializer.go, api/v1beta1/types.go).
import type { Clock } from '../../util/clock.ts'
import type { Rand } from '../../util/rand.ts'
import { delimiter, newZPage, type YamlWriter, type ZPage } from './z-page.ts'

export interface StatuszOptions {
  /** `kube-apiserver` */
  readonly component: string
  /** `v1.36.2` */
  readonly version: string
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number
  /** Everything that is served; what is listed are first segments, those for finding faults. */
  readonly paths: () => readonly string[]
  readonly clock: Clock
  readonly rand: Rand
  readonly yaml: YamlWriter
}

export const statuszPath = '/statusz'

/** First segments that are the API itself, or about it. */
const notForDebugging = new Set(['api', 'apis', 'openid', 'openapi', '.well-known'])

export function newStatusz({ component, version, startedAtMs, paths, clock, rand, yaml }: StatuszOptions): ZPage {
  const binaryVersion = version.replace(/^v/, '')
  const status = () => ({
    startTime: `${new Date(startedAtMs).toISOString().slice(0, 19)}Z`,
    uptimeSeconds: Math.max(0, Math.floor((clock.now() - Math.floor(startedAtMs / 1000) * 1000) / 1000)),
    goVersion: `node ${process.version}`,
    binaryVersion,
    emulationVersion: binaryVersion.split('.').slice(0, 2).join('.'),
    paths: debuggingPaths(paths()),
  })
  return newZPage({ component, kind: 'Statusz', yaml, content: status, text: () => lines(status(), startedAtMs, delimiter(rand)) })
}

/** Sorted, each once. */
export function debuggingPaths(served: readonly string[]): string[] {
  const segments = new Set(served.map((path) => path.split('/')[1] ?? ''))
  return [...segments]
    .filter((segment) => segment !== '' && !notForDebugging.has(segment))
    .map((segment) => `/${segment}`)
    .toSorted()
}

interface Status {
  readonly uptimeSeconds: number
  readonly goVersion: string
  readonly binaryVersion: string
  readonly emulationVersion: string
  readonly paths: readonly string[]
}

function lines({ uptimeSeconds, goVersion, binaryVersion, emulationVersion, paths }: Status, startedAtMs: number, delim: string): string {
  const rows = [
    ['Started', unixDate(new Date(startedAtMs))],
    ['Up', uptime(uptimeSeconds)],
    ['Go version', goVersion],
    ['Binary version', binaryVersion],
    ['Emulation version', emulationVersion],
  ]
  const listed = paths.length > 0 ? `Paths${delim} ${paths.join(' ')}` : ''
  return `\n${rows.map(([name, value]) => `${name}${delim} ${value}\n`).join('')}${listed}\n`
}

/** `0 hr 00 min 16 sec` */
function uptime(seconds: number): string {
  const twoDigits = (value: number) => String(value).padStart(2, '0')
  return `${Math.floor(seconds / 3600)} hr ${twoDigits(Math.floor(seconds / 60) % 60)} min ${twoDigits(seconds % 60)} sec`
}

/** Go's time.UnixDate: `Wed Oct  6 21:03:43 UTC 2024`. */
function unixDate(date: Date): string {
  const [weekday, day, month, year, time] = date.toUTCString().replace(',', '').split(' ') as [string, string, string, string, string]
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} UTC ${year}`
}
