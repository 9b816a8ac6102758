// events.k8s.io/v1 and core/v1 Events are views of one object, stored as core/v1.
// Source: kubernetes pkg/apis/events/v1/conversion.go (the JSON members that have another name or place).
import type { KubeObject, Mutable } from '../../../api/object.ts'
import type { VersionConversion } from './conversions.ts'

/** events.k8s.io/v1 -> core/v1. */
const renamed: readonly (readonly [string, string])[] = [
  ['note', 'message'],
  ['regarding', 'involvedObject'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
  ['reportingController', 'reportingComponent'],
]

/** Members that core/v1 always writes. */
const always = {
  involvedObject: () => ({}),
  source: () => ({}),
  firstTimestamp: () => null,
  lastTimestamp: () => null,
  reportingComponent: () => '',
  reportingInstance: () => '',
  eventTime: () => null,
}

type Members = Record<string, unknown>

export const eventConversion: VersionConversion = {
  toStored(object) {
    const stored = rename(object as unknown as Members, renamed)
    for (const [name, value] of Object.entries(always)) stored[name] ??= value()
    return { ...stored, kind: 'Event', apiVersion: 'v1' } as unknown as Mutable<KubeObject>
  },
  fromStored(object) {
    const event = rename(
      object as unknown as Members,
      renamed.map(([ours, core]) => [core, ours] as const),
    )
    return { ...event, kind: 'Event', apiVersion: 'events.k8s.io/v1' } as unknown as KubeObject
  },
}

function rename(members: Members, names: readonly (readonly [string, string])[]): Members {
  const map = new Map(names)
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [map.get(name) ?? name, value]))
}
