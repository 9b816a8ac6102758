// Objects as upstream's internal Go structs print in messages: every field by its Go name, absent ones as zero values.
// Internal types have the fields of the v1 types; where they differ, it says so here. Source: pkg/apis/core/types.go.
import { schema } from '../../../../api/schema.ts'
import { canonicalQuantity } from '../../../../apimachinery/quantity/quantity.ts'
import type { SchemaField } from '../../../../apimachinery/schema.ts'
import { getOrMake } from '../../../../util/get-or-make.ts'
import { unifiedDiff } from './line-diff.ts'

type Json = { [key: string]: unknown }

const prefix = 'io.k8s.api.core.v1.'

/** Fields of the pod spec that are part of its security context internally. */
const movedToSecurityContext = ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace', 'hostUsers']

/** Fields that come right behind another one internally, where the order is else that of v1. */
const moved: ReadonlyMap<string, readonly [name: string, behind: string]> = new Map([['VolumeSource', ['quobyte', 'rbd']]])

/** Internal order where it is quite another than that of v1. */
const orders: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'PodSpec',
    [
      'volumes',
      'initContainers',
      'containers',
      'ephemeralContainers',
      'restartPolicy',
      'terminationGracePeriodSeconds',
      'activeDeadlineSeconds',
      'dnsPolicy',
      'nodeSelector',
      'serviceAccountName',
      'automountServiceAccountToken',
      'nodeName',
      'securityContext',
      'imagePullSecrets',
      'hostname',
      'subdomain',
      'setHostnameAsFQDN',
      'affinity',
      'schedulerName',
      'tolerations',
      'hostAliases',
      'priorityClassName',
      'priority',
      'preemptionPolicy',
      'dnsConfig',
      'readinessGates',
      'runtimeClassName',
      'overhead',
      'enableServiceLinks',
      'topologySpreadConstraints',
      'os',
      'schedulingGates',
      'resourceClaims',
      'resources',
      'hostnameOverride',
      'schedulingGroup',
    ],
  ],
])

/** JSON names whose Go name is more than a capital letter. */
const goNames: ReadonlyMap<string, string> = new Map([
  ['tty', 'TTY'],
  ['os', 'OS'],
  ['ip', 'IP'],
  ['ips', 'IPs'],
  ['httpGet', 'HTTPGet'],
  ['httpHeaders', 'HTTPHeaders'],
  ['tcpSocket', 'TCPSocket'],
  ['grpc', 'GRPC'],
  ['dnsPolicy', 'DNSPolicy'],
  ['dnsConfig', 'DNSConfig'],
  ['apiGroups', 'APIGroups'],
  ['apiVersion', 'APIVersion'],
  ['apiGroup', 'APIGroup'],
  ['seLinuxOptions', 'SELinuxOptions'],
  ['seLinuxChangePolicy', 'SELinuxChangePolicy'],
  ['fsGroup', 'FSGroup'],
  ['fsGroupChangePolicy', 'FSGroupChangePolicy'],
  ['fsType', 'FSType'],
  ['gmsaCredentialSpecName', 'GMSACredentialSpecName'],
  ['gmsaCredentialSpec', 'GMSACredentialSpec'],
  ['nfs', 'NFS'],
  ['iscsi', 'ISCSI'],
  ['rbd', 'RBD'],
  ['csi', 'CSI'],
  ['fc', 'FC'],
  ['gcePersistentDisk', 'GCEPersistentDisk'],
  ['awsElasticBlockStore', 'AWSElasticBlockStore'],
  ['cephfs', 'CephFS'],
  ['storageos', 'StorageOS'],
  ['downwardAPI', 'DownwardAPI'],
  ['uid', 'UID'],
  ['pdName', 'PDName'],
  ['iqn', 'IQN'],
  ['iscsiInterface', 'ISCSIInterface'],
  ['chapAuthDiscovery', 'DiscoveryCHAPAuth'],
  ['chapAuthSession', 'SessionCHAPAuth'],
  ['wwids', 'WWIDs'],
  ['diskURI', 'DataDiskURI'],
  ['sslEnabled', 'SSLEnabled'],
  ['cel', 'CEL'],
])

const rbdNames = new Map([
  ['monitors', 'CephMonitors'],
  ['image', 'RBDImage'],
  ['pool', 'RBDPool'],
  ['user', 'RadosUser'],
])
const glusterfsNames = new Map([['endpoints', 'EndpointsName']])

/** Names that only one type has. */
const ownGoNames: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  [`${prefix}RBDVolumeSource`, rbdNames],
  [`${prefix}RBDPersistentVolumeSource`, rbdNames],
  [`${prefix}GlusterfsVolumeSource`, glusterfsNames],
  [`${prefix}GlusterfsPersistentVolumeSource`, glusterfsNames],
])

const goName = (type: string, { name }: SchemaField) => ownGoNames.get(type)?.get(name) ?? goNames.get(name) ?? name[0]!.toUpperCase() + name.slice(1)

const scalarZeros: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['string', ''],
  ['bool', false],
  ['int32', 0],
  ['int64', 0],
  ['double', 0],
])

function zero(field: SchemaField): unknown {
  if (field.card !== 'one' || field.ptr) return null
  if (scalarZeros.has(field.type)) return scalarZeros.get(field.type)
  if (field.type.endsWith('.Quantity')) return '0'
  if (field.type.endsWith('.IntOrString')) return 0
  if (field.type.endsWith('.Time')) return null
  return struct(field.type, {})
}

function convert(type: string, value: unknown): unknown {
  if (type.endsWith('.Quantity')) return canonicalQuantity(String(value))
  return schema.get(type)?.fields.length && typeof value === 'object' && value !== null ? struct(type, value as Json) : value
}

/** Empty lists and maps are as good as none. */
function member({ field, absent }: Pick<Member, 'field' | 'absent'>, value: unknown): unknown {
  if (value === undefined || value === null) return absent
  if (field.card === 'list') return (value as unknown[]).length > 0 ? (value as unknown[]).map((item) => convert(field.type, item)) : null
  if (field.card === 'one') return convert(field.type, value)
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return entries.length > 0 ? Object.fromEntries(entries.map(([key, one]) => [key, convert(field.type, one)])) : null
}

function inOrder(type: string, fields: readonly SchemaField[]): readonly SchemaField[] {
  const move = moved.get(type.slice(prefix.length))
  if (move) {
    const [name, behind] = move
    return fields.flatMap((field) => (field.name === behind ? [field, ...fields.filter((one) => one.name === name)] : field.name === name ? [] : field))
  }
  const order = orders.get(type.slice(prefix.length))
  return order ? order.flatMap((name) => fields.find((field) => field.name === name) ?? []) : fields
}

interface Member {
  readonly field: SchemaField
  readonly goName: string
  /** What is printed where it is absent. */
  readonly absent: unknown
}

const membersOf = new Map<string, readonly Member[]>()

/** In internal order. */
const members = (type: string): readonly Member[] =>
  getOrMake(membersOf, type, () =>
    inOrder(type, schema.get(type)?.fields ?? []).map((field) => ({ field, goName: goName(type, field), absent: field.inline ? undefined : zero(field) })),
  )

const metaPrefix = 'io.k8s.apimachinery.pkg.apis.meta.v1.'
const metaType = `${metaPrefix}ObjectMeta`
const podSpecType = `${prefix}PodSpec`

const isEmpty = (value: unknown) => value === undefined || value === null || value === '' || value === 0 || value === false
const isHollow = (value: unknown) => isEmpty(value) || (typeof value === 'object' && Object.keys(value!).length === 0)

/** Types that have no internal form print as they travel: by their JSON names, without what is empty. */
function asJson(type: string, value: Json): Json {
  const shown = (schema.get(type)?.fields ?? []).map((field) => [field, value[field.name]] as const)
  const present = shown.filter(([field, one]) => !field.omit || !(field.ptr ? one === undefined || one === null : isHollow(one)))
  return Object.fromEntries(present.map(([field, one]) => [field.name, jsonMember(field, one)]))
}

function jsonMember(field: SchemaField, value: unknown): unknown {
  if (value === undefined || value === null) return zero(field)
  if (field.card === 'list') return (value as unknown[]).map((item) => convert(field.type, item))
  return field.card === 'one' ? convert(field.type, value) : member({ field, absent: null }, value)
}

function struct(type: string, value: Json): Json {
  if (type.startsWith(metaPrefix)) return asJson(type, value)
  const out: Json = {}
  const all = members(type)
  for (const each of all) {
    const { field } = each
    // Metadata are embedded.
    if (field.type === metaType) Object.assign(out, asJson(field.type, (value[field.name] ?? {}) as Json))
    else if (field.inline) Object.assign(out, struct(field.type, value))
    else if (type === podSpecType && field.name === 'securityContext') out['SecurityContext'] = podSecurityContext(field, value)
    else out[each.goName] = member(each, value[field.name])
  }
  return out
}

const othersOfSecurityContext = (schema.get(podSpecType)?.fields ?? []).filter(({ name }) => movedToSecurityContext.includes(name))

function podSecurityContext(field: SchemaField, spec: Json): Json | null {
  const others = othersOfSecurityContext
  if (spec['securityContext'] === undefined && others.every(({ name }) => spec[name] === undefined)) return null
  const own = others.map((one) => [goName(field.type, one), member({ field: one, absent: zero(one) }, spec[one.name])] as const)
  return { ...Object.fromEntries(own), ...struct(field.type, (spec['securityContext'] ?? {}) as Json) }
}

/** @param type of the schema table: `io.k8s.api.apps.v1.DeploymentStrategy` */
export const internalFormOf = (type: string, value: object): unknown => struct(type, value as Json)

/** @param type of core/v1: `SecurityContext` */
export const internalForm = (type: string, value: object): unknown => internalFormOf(`${prefix}${type}`, value)

/** Whether two values mean the same: absent and empty are equal, and so are `1` and `1000m`. */
export const sameMeaning = (type: string, a: object | undefined, b: object | undefined): boolean =>
  a && b ? sameForm(internalForm(type, a), internalForm(type, b)) : a === b

/** {@link sameMeaning} of values that are in internal form already. */
export const sameForm = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** Characters of either text that are compared. */
const comparedMax = 128 * 1024

/** What has changed, as upstream shows it. Source: k8s.io/apimachinery pkg/util/diff. */
export const difference = (type: string, old: object, changed: object): string => formDifference(internalForm(type, old), internalForm(type, changed))

/** {@link difference} of values that are in internal form already. */
export function formDifference(old: unknown, changed: unknown): string {
  const lines = (form: unknown) => escapeHtml(JSON.stringify(form, undefined, 1).slice(0, comparedMax)).split('\n')
  return unifiedDiff(lines(old), lines(changed))
}

/** As Go's encoder does. */
const escapeHtml = (json: string) => json.replaceAll(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
