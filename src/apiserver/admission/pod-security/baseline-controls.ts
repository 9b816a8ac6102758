// The controls of the baseline level. Source: k8s.io/pod-security-admission policy/check_*.go.
import type { Container, SELinuxOptions } from '../../../api/core/v1.ts'
import {
  type Check,
  type CheckedPod,
  containersNamed,
  containersOf,
  type Control,
  distinct,
  exceptUserNamespaces,
  plural,
  quoted,
  setters,
  violating,
} from './control.ts'
import { seccompSetters } from './seccomp.ts'

const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/'
const appArmorTypes: readonly string[] = ['RuntimeDefault', 'Localhost']
const isAllowedAnnotation = (value: string) => value === '' || value === 'runtime/default' || value.startsWith('localhost/')

const appArmor: Check = (pod) => {
  const isBad = (type: string | undefined) => type !== undefined && !appArmorTypes.includes(type)
  const podType = pod.spec.securityContext?.appArmorProfile?.type
  const containers = violating(pod, ({ appArmorProfile }) => isBad(appArmorProfile?.type))
  const types = [podType, ...containersOf(pod).map((c) => c.securityContext?.appArmorProfile?.type)].filter((type): type is NonNullable<typeof type> =>
    isBad(type),
  )
  const annotations = Object.entries(pod.annotations)
    .filter(([key, value]) => key.startsWith(appArmorPrefix) && !isAllowedAnnotation(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .toSorted()
  const values = [...distinct(types), ...annotations]
  if (values.length === 0) return undefined
  const who = setters(isBad(podType), containers, ...(annotations.length ? [plural('annotation', 'annotations', annotations)] : []))
  return {
    reason: plural('forbidden AppArmor profile', 'forbidden AppArmor profiles', values),
    detail: `${who} must not set AppArmor profile type to ${quoted(values)}`,
  }
}

const defaultCapabilities: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
])

const capabilities: Check = (pod) => {
  const extra = (container: Container) => (container.securityContext?.capabilities?.add ?? []).filter((name) => !defaultCapabilities.has(name))
  const bad = violating(pod, (_, container) => extra(container).length > 0)
  if (bad.length === 0) return undefined
  const names = distinct(containersOf(pod).flatMap(extra))
  return { reason: 'non-default capabilities', detail: `${containersNamed(bad)} must not include ${quoted(names)} in securityContext.capabilities.add` }
}

const hostNamespaces: Check = ({ spec }) => {
  const used = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => spec[name])
  return used.length ? { reason: 'host namespaces', detail: used.map((name) => `${name}=true`).join(', ') } : undefined
}

const hostPathVolumes: Check = ({ spec }) => {
  const names = (spec.volumes ?? []).filter((volume) => volume.hostPath).map(({ name }) => name)
  return names.length ? { reason: 'hostPath volumes', detail: `${plural('volume', 'volumes', names)} ${quoted(names)}` } : undefined
}

const hostPorts: Check = (pod) => {
  const portsOf = ({ ports = [] }: Container) => ports.flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : []))
  const bad = violating(pod, (_, container) => portsOf(container).length > 0)
  if (bad.length === 0) return undefined
  const ports = distinct(containersOf(pod).flatMap(portsOf))
  return { reason: 'hostPort', detail: `${containersNamed(bad)} ${plural('uses', 'use', bad)} ${plural('hostPort', 'hostPorts', ports)} ${ports.join(', ')}` }
}

function probedHosts({ livenessProbe, readinessProbe, startupProbe, lifecycle }: Container): string[] {
  const handlers = [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop]
  return handlers.flatMap((handler) => [handler?.httpGet?.host, handler?.tcpSocket?.host].filter((host): host is string => Boolean(host)))
}

const probeHosts: Check = (pod) => {
  const bad = violating(pod, (_, container) => probedHosts(container).length > 0)
  if (bad.length === 0) return undefined
  const hosts = distinct(containersOf(pod).flatMap(probedHosts))
  const uses = `${plural('uses', 'use', bad)} probe or lifecycle ${plural('host', 'hosts', hosts)}`
  return { reason: 'probe or lifecycle host', detail: `${containersNamed(bad)} ${uses} ${quoted(hosts)}` }
}

const privileged: Check = (pod) => {
  const bad = violating(pod, (context) => context.privileged === true)
  return bad.length ? { reason: 'privileged', detail: `${containersNamed(bad)} must not set securityContext.privileged=true` } : undefined
}

export const procMount: Check = (pod) => {
  const mountOf = ({ securityContext }: Container) => {
    const mount = securityContext?.procMount ?? 'Default'
    return mount === 'Default' ? [] : [mount]
  }
  const bad = violating(pod, (_, container) => mountOf(container).length > 0)
  if (bad.length === 0) return undefined
  const values = distinct(containersOf(pod).flatMap(mountOf))
  return { reason: 'procMount', detail: `${containersNamed(bad)} must not set securityContext.procMount to ${quoted(values)}` }
}

const seLinux =
  (...allowed: readonly string[]): Check =>
  (pod) => {
    const badType = ({ type }: SELinuxOptions) => (type && !allowed.includes(type) ? [type] : [])
    const isBad = (options: SELinuxOptions | undefined) => options !== undefined && Boolean(badType(options).length || options.user || options.role)
    const podOptions = pod.spec.securityContext?.seLinuxOptions
    const who = setters(
      isBad(podOptions),
      violating(pod, ({ seLinuxOptions }) => isBad(seLinuxOptions)),
    )
    if (!who) return undefined
    const all = [podOptions, ...containersOf(pod).map((c) => c.securityContext?.seLinuxOptions)].filter((options) => options !== undefined)
    const types = distinct(all.flatMap(badType))
    const what = [
      ...(types.length ? [`${plural('type', 'types', types)} ${quoted(types)}`] : []),
      ...(all.some(({ user }) => user) ? ['user may not be set'] : []),
      ...(all.some(({ role }) => role) ? ['role may not be set'] : []),
    ]
    return { reason: 'seLinuxOptions', detail: `${who} set forbidden securityContext.seLinuxOptions: ${what.join('; ')}` }
  }

const seccompAnnotation = 'seccomp.security.alpha.kubernetes.io/pod'
const seccompContainerPrefix = 'container.seccomp.security.alpha.kubernetes.io/'
const isAllowedSeccomp = (value: string) => value === 'runtime/default' || value === 'docker/default' || value.startsWith('localhost/')

const seccompAnnotations: Check = (pod: CheckedPod) => {
  const keys = [seccompAnnotation, ...containersOf(pod).map(({ name }) => seccompContainerPrefix + name)]
  const bad = keys.flatMap((key) => {
    const value = pod.annotations[key]
    return value === undefined || isAllowedSeccomp(value) ? [] : [`${key}=${JSON.stringify(value)}`]
  })
  if (bad.length === 0) return undefined
  const list = distinct(bad)
  return { reason: 'seccompProfile', detail: `forbidden ${plural('annotation', 'annotations', list)} ${list.join(', ')}` }
}

const safeSysctls = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
]
const safeSince27 = [...safeSysctls, 'net.ipv4.ip_local_reserved_ports']
const safeSince29 = [...safeSince27, 'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes']
const safeSince32 = [...safeSince29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem']

const sysctls =
  (safe: readonly string[]): Check =>
  ({ spec }) => {
    const bad = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => !safe.includes(name))
    return bad.length ? { reason: 'forbidden sysctls', detail: bad.join(', ') } : undefined
  }

const hostProcess: Check = (pod) => {
  const containers = violating(pod, ({ windowsOptions }) => windowsOptions?.hostProcess === true)
  const who = setters(pod.spec.securityContext?.windowsOptions?.hostProcess === true, containers)
  return who ? { reason: 'hostProcess', detail: `${who} must not set securityContext.windowsOptions.hostProcess=true` } : undefined
}

/** In the order of their names, which is that of messages. */
export const baselineControls: readonly Control[] = [
  { id: 'appArmorProfile', versions: [{ since: 0, check: appArmor }] },
  { id: 'capabilities_baseline', versions: [{ since: 0, check: capabilities }] },
  { id: 'hostNamespaces', versions: [{ since: 0, check: hostNamespaces }] },
  { id: 'hostPathVolumes', versions: [{ since: 0, check: hostPathVolumes }] },
  { id: 'hostPorts', versions: [{ since: 0, check: hostPorts }] },
  { id: 'hostProbesAndHostLifecycle', versions: [{ since: 34, check: probeHosts }] },
  { id: 'privileged', versions: [{ since: 0, check: privileged }] },
  {
    id: 'procMount',
    versions: [
      { since: 0, check: procMount },
      { since: 35, check: exceptUserNamespaces(procMount) },
    ],
  },
  {
    id: 'seLinuxOptions',
    versions: [
      { since: 0, check: seLinux('container_t', 'container_init_t', 'container_kvm_t') },
      { since: 31, check: seLinux('container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t') },
    ],
  },
  {
    id: 'seccompProfile_baseline',
    versions: [
      { since: 0, check: seccompAnnotations },
      { since: 19, check: seccompSetters },
    ],
  },
  {
    id: 'sysctls',
    versions: [
      { since: 0, check: sysctls(safeSysctls) },
      { since: 27, check: sysctls(safeSince27) },
      { since: 29, check: sysctls(safeSince29) },
      { since: 32, check: sysctls(safeSince32) },
    ],
  },
  { id: 'windowsHostProcess', versions: [{ since: 0, check: hostProcess }] },
]
