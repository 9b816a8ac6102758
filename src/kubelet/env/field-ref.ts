// The downward API: a pod's own fields and resources as text.
// Source: Kubernetes 1.36 pkg/fieldpath/fieldpath.go, pkg/api/v1/resource/helpers.go.

import type { Container, Pod, ResourceFieldSelector } from '../../api/core/v1.ts'
import type { Quantity } from '../../api/runtime.ts'
import { milliValue, value } from '../runtime/quantities.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'

/** Addresses that are known only once the sandbox runs. */
export interface PodAddresses {
  readonly podIPs: readonly string[]
  readonly hostIPs: readonly string[]
}

const subscript = /^(metadata\.(?:labels|annotations))\['(.*)'\]$/

/** @throws {Error} for a path that is not supported */
export function fieldValue(pod: Pod, path: string, { podIPs, hostIPs }: PodAddresses): string {
  const { metadata, spec } = pod
  const match = subscript.exec(path)
  if (match) {
    const map = (match[1] === 'metadata.labels' ? metadata.labels : metadata.annotations) ?? {}
    return Object.hasOwn(map, match[2]!) ? map[match[2]!]! : ''
  }
  switch (path) {
    case 'metadata.name':
      return metadata.name
    case 'metadata.namespace':
      return metadata.namespace
    case 'metadata.uid':
      return metadata.uid
    case 'metadata.labels':
      return formatMap(metadata.labels ?? {})
    case 'metadata.annotations':
      return formatMap(metadata.annotations ?? {})
    case 'spec.nodeName':
      return spec.nodeName ?? ''
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? ''
    case 'status.hostIP':
      return hostIPs[0] ?? ''
    case 'status.hostIPs':
      return hostIPs.join(',')
    case 'status.podIP':
      return podIPs[0] ?? ''
    case 'status.podIPs':
      return podIPs.join(',')
    default:
      throw new Error(`unsupported fieldPath: ${path}`)
  }
}

/** `key="value"` lines, sorted. */
function formatMap(map: Readonly<Record<string, string>>): string {
  return Object.entries(map)
    .map(([key, value]) => `${key}=${goQuote(value)}`)
    .toSorted()
    .join('\n')
}

/**
 * A container's request or limit in units of the divisor, rounded up. Limits that are not set are the node's allocatable.
 * @throws {Error} for a resource that is not supported
 */
export function resourceValue({ resource, divisor }: ResourceFieldSelector, container: Container, allocatable: Readonly<Record<string, Quantity>>): string {
  const [kind, name] = splitResource(resource)
  const { limits, requests } = container.resources ?? {}
  const quantity = kind === 'limits' ? (positive(limits?.[name]) ?? allocatable[name]) : requests?.[name]
  return inUnitsOf(name, quantity ?? '0', divisor)
}

function splitResource(resource: string): ['limits' | 'requests', string] {
  const match = /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)$/.exec(resource)
  if (!match) throw new Error(`unsupported container resource : ${resource}`)
  return [match[1] as 'limits' | 'requests', match[2]!]
}

const positive = (quantity: Quantity | undefined) => (quantity !== undefined && milliValue(quantity) > 0 ? quantity : undefined)

function inUnitsOf(name: string, quantity: Quantity, divisor: Quantity | undefined): string {
  const unit = divisor === undefined || milliValue(divisor) === 0 ? '1' : divisor
  return String(name === 'cpu' ? Math.ceil(milliValue(quantity) / milliValue(unit)) : Math.ceil(value(quantity) / value(unit)))
}
