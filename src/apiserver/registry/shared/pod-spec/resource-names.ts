// Names of resources that containers ask for. Source: pkg/apis/core/helper/helpers.go.
import { parseQuantity, type Quantity } from '../../../../apimachinery/quantity/quantity.ts'
import { isQualifiedName } from '../../../../apimachinery/validation/names.ts'

export const hugePagePrefix = 'hugepages-'

export const isHugePage = (name: string) => name.startsWith(hugePagePrefix)
const isQuotaHugePage = (name: string) => name.startsWith(`requests.${hugePagePrefix}`)

const standard: ReadonlySet<string> = new Set([
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'storage',
  'requests.storage',
  'services.nodeports',
  'services.loadbalancers',
])

/** Countable ones: a fraction of a pod is no pod. */
const integer: ReadonlySet<string> = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
])

const standardOfContainers: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage'])

export const isStandardResource = (name: string) => standard.has(name) || isHugePage(name) || isQuotaHugePage(name)
export const isStandardContainerResource = (name: string) => standardOfContainers.has(name) || isHugePage(name)
/** Kubernetes' own: no prefix, or one under kubernetes.io. */
export const isNativeResource = (name: string) => !name.includes('/') || name.includes('kubernetes.io/')

/** Something a device plugin or an administrator announces: `example.com/gpu`. */
export const isExtendedResource = (name: string) => !isNativeResource(name) && !name.startsWith('requests.') && isQualifiedName(`requests.${name}`).length === 0

export const isIntegerResource = (name: string) => integer.has(name) || isExtendedResource(name)
/** Whether requests may be below limits. */
export const mayOvercommit = (name: string) => isNativeResource(name) && !isHugePage(name)

/** Whether an amount is a whole number of pages of the size in the resource's name. */
export function isDivisibleHugePage(name: string, quantity: Quantity): boolean {
  const size = pageSize(name)
  return size !== undefined && quantity.value() % size === 0n
}

function pageSize(name: string): bigint | undefined {
  try {
    const size = parseQuantity(name.slice(hugePagePrefix.length))
    return size.sign > 0 && size.milliValue() % 1000n === 0n ? size.value() : undefined
  } catch {
    return undefined
  }
}
