// The helper functions of the fact table's cell formulas. Source: k8s.io/apimachinery pkg/util/duration, kubernetes pkg/printers/internalversion.
import type { JsonObject } from '../../apimachinery/json-value.ts'
import { formatLabelSelector, type LabelSelectorObject } from '../../apimachinery/labels/from-object.ts'
import { at, items, members, show, strings, text } from './view.ts'

/** A duration for people. */
export function human(ms: number): string {
  const seconds = Math.trunc(ms / 1000)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.trunc(ms / 60_000)
  if (minutes < 10) return join(minutes, 'm', seconds % 60, 's')
  const hours = Math.trunc(ms / 3_600_000)
  if (hours < 3) return `${minutes}m`
  if (hours < 8) return join(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  const days = Math.trunc(hours / 24)
  if (hours < 192) return join(days, 'd', hours % 24, 'h')
  if (hours < 17_520) return `${days}d`
  const years = Math.trunc(days / 365)
  if (hours < 70_080) return join(years, 'y', days % 365, 'd')
  return `${years}y`
}

const join = (major: number, unit: string, minor: number, minorUnit: string) => (minor === 0 ? `${major}${unit}` : `${major}${unit}${minor}${minorUnit}`)

/** Age of a time in text form; '' is unknown. */
export const ageOf = (time: string, now: number) => (time === '' ? '<unknown>' : human(now - Date.parse(time)))

/** `a=1,b=2`, sorted by key. */
export function labels(object: JsonObject, path: string): string {
  const pairs = Object.entries(members(object, path))
    .map(([key, value]) => `${key}=${show(value)}`)
    .sort()
  return pairs.join(',') || '<none>'
}

export const selector = (object: JsonObject, path: string) => formatLabelSelector(at(object, path) as LabelSelectorObject | undefined)

export const names = (object: JsonObject, path: string) =>
  items(object, path)
    .map((each) => text(each, 'name'))
    .join(',')

export const images = (object: JsonObject, path: string) =>
  items(object, path)
    .map((each) => text(each, 'image'))
    .join(',')

/** The first few of a list, and how many more there are. */
export function more(list: readonly string[], max: number, separator = ','): string {
  const shown = list.slice(0, max).join(separator)
  return list.length > max ? `${shown} + ${list.length - max} more...` : shown || '<unset>'
}

const modeNames: readonly (readonly [string, string])[] = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
]

/** Access modes, abbreviated. */
export function modes(object: JsonObject, path: string): string {
  const given = strings(object, path)
  return modeNames
    .filter(([mode]) => given.includes(mode))
    .map(([, short]) => short)
    .join(',')
}

/** Address of each ingress point of a load balancer: IP, else host name; sorted, each once. */
export function loadBalancerAddresses(object: JsonObject): readonly string[] {
  const addresses = items(object, 'status.loadBalancer.ingress').map((each) => text(each, 'ip', text(each, 'hostname')))
  return [...new Set(addresses.filter((each) => each !== ''))].sort()
}
