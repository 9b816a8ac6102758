import type { JsonObject } from '../../../apimachinery/json-value.ts'
import type { KindCells } from '../cell.ts'
import { images, labels, loadBalancerAddresses, modes, more, names } from '../helpers.ts'
import { at, condition, entry, flag, items, members, number, show, strings, text } from '../view.ts'
import { eventCells } from './event.ts'

const count = (object: JsonObject, ...paths: string[]) => paths.reduce((sum, path) => sum + Object.keys(members(object, path)).length, 0)

const phaseOrTerminating = (object: JsonObject) => (at(object, 'metadata.deletionTimestamp') ? 'Terminating' : text(object, 'status.phase'))

const storageClass = (object: JsonObject) =>
  entry(object, 'metadata.annotations', 'volume.beta.kubernetes.io/storage-class') ?? text(object, 'spec.storageClassName')

/** An empty name is no class, and shown as it is. */
const attributesClass = (object: JsonObject) =>
  at(object, 'spec.volumeAttributesClassName') === undefined ? '<unset>' : text(object, 'spec.volumeAttributesClassName')

const healthy = (object: JsonObject) => items(object, 'conditions').find((each) => each['type'] === 'Healthy')

function endpoints(object: JsonObject): string {
  const subsets = items(object, 'subsets')
  if (subsets.length === 0) return '<none>'
  const list = subsets.flatMap((subset) => {
    const addresses = items(subset, 'addresses').map((each) => text(each, 'ip'))
    const ports = items(subset, 'ports')
    if (ports.length === 0) return addresses
    return ports.flatMap((port) => addresses.map((ip) => `${ip.includes(':') ? `[${ip}]` : ip}:${number(port, 'port')}`))
  })
  return list.length === 0 ? '' : more(list, 3)
}

function nodeStatus(object: JsonObject): string {
  const ready = condition(object, 'Ready')
  const status = ready ? (ready['status'] === 'True' ? 'Ready' : 'NotReady') : 'Unknown'
  return flag(object, 'spec.unschedulable') ? `${status},SchedulingDisabled` : status
}

function nodeRoles(object: JsonObject): string {
  const roles = Object.entries(members(object, 'metadata.labels')).flatMap(([key, value]) => {
    if (key.startsWith('node-role.kubernetes.io/')) return [key.slice('node-role.kubernetes.io/'.length)].filter((role) => role !== '')
    return key === 'kubernetes.io/role' && value ? [show(value)] : []
  })
  return [...new Set(roles)].sort().join(',') || '<none>'
}

const nodeAddress = (type: string) => (object: JsonObject) =>
  text(
    items(object, 'status.addresses').find((each) => each['type'] === type),
    'address',
    '<none>',
  )

function kernel(object: JsonObject): string {
  const version = text(object, 'status.nodeInfo.kernelVersion', '<unknown>')
  const architecture = text(object, 'status.nodeInfo.architecture')
  return architecture ? `${version} (${architecture})` : version
}

const quota = (limits: boolean) => (object: JsonObject) => {
  const hard = members(object, 'status.hard')
  const used = members(object, 'status.used')
  return Object.keys(hard)
    .filter((key) => key.startsWith('limits.') === limits)
    .sort()
    .map((key) => `${key}: ${show(used[key] ?? 0)}/${show(hard[key])}`)
    .join(', ')
}

function externalIp(object: JsonObject): string {
  const externalIps = strings(object, 'spec.externalIPs')
  switch (text(object, 'spec.type')) {
    case 'ClusterIP':
    case 'NodePort':
      return externalIps.join(',') || '<none>'
    case 'LoadBalancer':
      return [...loadBalancerAddresses(object), ...externalIps].join(',') || '<pending>'
    case 'ExternalName':
      return text(object, 'spec.externalName')
    default:
      return '<unknown>'
  }
}

function servicePorts(object: JsonObject): string {
  const ports = items(object, 'spec.ports').map((port) => {
    const nodePort = number(port, 'nodePort')
    return `${number(port, 'port')}${nodePort > 0 ? `:${nodePort}` : ''}/${text(port, 'protocol')}`
  })
  return ports.join(',') || '<none>'
}

function claim(object: JsonObject): string {
  const name = text(object, 'spec.claimRef.name')
  return at(object, 'spec.claimRef') ? `${text(object, 'spec.claimRef.namespace')}/${name}` : ''
}

export const coreCells: Readonly<Record<string, KindCells>> = {
  ComponentStatus: {
    Status: (object) => (healthy(object) ? (healthy(object)!['status'] === 'True' ? 'Healthy' : 'Unhealthy') : 'Unknown'),
    Message: (object) => text(healthy(object), 'message'),
    Error: (object) => text(healthy(object), 'error'),
  },
  ConfigMap: { Data: (object) => count(object, 'data', 'binaryData') },
  Endpoints: { Endpoints: endpoints },
  Event: eventCells({
    object: 'involvedObject',
    component: ['source.component', 'reportingComponent'],
    host: 'source.host',
    message: 'message',
    first: 'firstTimestamp',
    last: 'lastTimestamp',
    count: 'count',
  }),
  Namespace: { Status: (object) => text(object, 'status.phase') },
  Node: {
    Status: nodeStatus,
    Roles: nodeRoles,
    Version: (object) => text(object, 'status.nodeInfo.kubeletVersion'),
    'Internal-IP': nodeAddress('InternalIP'),
    'External-IP': nodeAddress('ExternalIP'),
    'OS-Image': (object) => text(object, 'status.nodeInfo.osImage', '<unknown>'),
    'Kernel-Version': kernel,
    'Container-Runtime': (object) => text(object, 'status.nodeInfo.containerRuntimeVersion', '<unknown>'),
  },
  PersistentVolume: {
    Capacity: (object) => text(object, 'spec.capacity.storage', '0'),
    'Access Modes': (object) => modes(object, 'spec.accessModes'),
    'Reclaim Policy': (object) => text(object, 'spec.persistentVolumeReclaimPolicy'),
    Status: phaseOrTerminating,
    Claim: claim,
    StorageClass: storageClass,
    VolumeAttributesClass: attributesClass,
    Reason: (object) => text(object, 'status.reason'),
    VolumeMode: (object) => text(object, 'spec.volumeMode', '<unset>'),
  },
  PersistentVolumeClaim: {
    Status: phaseOrTerminating,
    Volume: (object) => text(object, 'spec.volumeName'),
    Capacity: (object) => (text(object, 'spec.volumeName') ? text(object, 'status.capacity.storage', '0') : ''),
    'Access Modes': (object) => (text(object, 'spec.volumeName') ? modes(object, 'status.accessModes') : ''),
    StorageClass: storageClass,
    VolumeAttributesClass: attributesClass,
    VolumeMode: (object) => text(object, 'spec.volumeMode', '<unset>'),
  },
  PodTemplate: {
    Containers: (object) => names(object, 'template.spec.containers'),
    Images: (object) => images(object, 'template.spec.containers'),
    'Pod Labels': (object) => labels(object, 'template.metadata.labels'),
  },
  ReplicationController: {
    Desired: (object) => number(object, 'spec.replicas'),
    Current: (object) => number(object, 'status.replicas'),
    Ready: (object) => number(object, 'status.readyReplicas'),
    Containers: (object) => names(object, 'spec.template.spec.containers'),
    Images: (object) => images(object, 'spec.template.spec.containers'),
    Selector: (object) => labels(object, 'spec.selector'),
  },
  ResourceQuota: { Request: quota(false), Limit: quota(true) },
  Secret: { Type: (object) => text(object, 'type'), Data: (object) => count(object, 'data') },
  Service: {
    Type: (object) => text(object, 'spec.type'),
    'Cluster-IP': (object) => strings(object, 'spec.clusterIPs')[0] || '<none>',
    'External-IP': externalIp,
    'Port(s)': servicePorts,
    Selector: (object) => labels(object, 'spec.selector'),
  },
  Status: {
    Status: (object) => text(object, 'status'),
    Reason: (object) => text(object, 'reason'),
    Message: (object) => text(object, 'message'),
  },
  'coordination.k8s.io/Lease': { Holder: (object) => text(object, 'spec.holderIdentity') },
  'coordination.k8s.io/LeaseCandidate': {
    LeaseName: (object) => text(object, 'spec.leaseName'),
    BinaryVersion: (object) => text(object, 'spec.binaryVersion'),
    EmulationVersion: (object) => text(object, 'spec.emulationVersion'),
  },
  'events.k8s.io/Event': eventCells({
    object: 'regarding',
    component: ['deprecatedSource.component', 'reportingController'],
    host: 'deprecatedSource.host',
    message: 'note',
    first: 'deprecatedFirstTimestamp',
    last: 'deprecatedLastTimestamp',
    count: 'deprecatedCount',
  }),
  'node.k8s.io/RuntimeClass': { Handler: (object) => text(object, 'handler') },
}
