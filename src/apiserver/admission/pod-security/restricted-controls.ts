// What the restricted level asks beyond baseline. Source: k8s.io/pod-security-admission policy/check_*.go.
import { procMount } from './baseline-controls.ts'
import {
  type Check,
  containersNamed,
  containersOf,
  type Control,
  distinct,
  exceptUserNamespaces,
  exceptWindows,
  plural,
  quoted,
  setters,
  violating,
} from './control.ts'
import { seccompRequired } from './seccomp.ts'

const allowPrivilegeEscalation: Check = (pod) => {
  const bad = violating(pod, (context) => context.allowPrivilegeEscalation !== false)
  if (bad.length === 0) return undefined
  return { reason: 'allowPrivilegeEscalation != false', detail: `${containersNamed(bad)} must set securityContext.allowPrivilegeEscalation=false` }
}

const capabilities: Check = (pod) => {
  const keeping = violating(pod, (context) => !context.capabilities?.drop?.includes('ALL'))
  const extra = (add: readonly string[] | undefined) => (add ?? []).filter((name) => name !== 'NET_BIND_SERVICE')
  const adding = violating(pod, (context) => extra(context.capabilities?.add).length > 0)
  const added = distinct(containersOf(pod).flatMap((c) => extra(c.securityContext?.capabilities?.add)))
  const details = [
    ...(keeping.length ? [`${containersNamed(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adding.length ? [`${containersNamed(adding)} must not include ${quoted(added)} in securityContext.capabilities.add`] : []),
  ]
  return details.length ? { reason: 'unrestricted capabilities', detail: details.join('; ') } : undefined
}

const allowedVolumes: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
])

const volumes: Check = ({ spec }) => {
  const typeOf = (volume: object) => Object.keys(volume).find((key) => key !== 'name') ?? 'unknown'
  const bad = (spec.volumes ?? []).filter((volume) => !allowedVolumes.has(typeOf(volume)))
  if (bad.length === 0) return undefined
  const types = distinct(bad.map(typeOf))
  const uses = `${plural('uses', 'use', bad)} restricted volume ${plural('type', 'types', types)} ${quoted(types)}`
  return { reason: 'restricted volume types', detail: `${plural('volume', 'volumes', bad)} ${quoted(bad.map(({ name }) => name))} ${uses}` }
}

const runAsNonRoot: Check = (pod) => {
  const podSays = pod.spec.securityContext?.runAsNonRoot
  const reason = 'runAsNonRoot != true'
  const who = setters(
    podSays === false,
    violating(pod, (context) => context.runAsNonRoot === false),
  )
  if (who) return { reason, detail: `${who} must not set securityContext.runAsNonRoot=false` }
  const silent = podSays ? [] : violating(pod, (context) => context.runAsNonRoot === undefined)
  return silent.length ? { reason, detail: `pod or ${containersNamed(silent)} must set securityContext.runAsNonRoot=true` } : undefined
}

const runAsUser: Check = (pod) => {
  const containers = violating(pod, (context) => context.runAsUser === 0)
  const who = setters(pod.spec.securityContext?.runAsUser === 0, containers)
  return who ? { reason: 'runAsUser=0', detail: `${who} must not set runAsUser=0` } : undefined
}

/** In the order of their names. `overrides` are the baseline controls that these say more strictly. */
export const restrictedControls: readonly Control[] = [
  {
    id: 'allowPrivilegeEscalation',
    versions: [
      { since: 8, check: allowPrivilegeEscalation },
      { since: 25, check: exceptWindows(allowPrivilegeEscalation) },
    ],
  },
  {
    id: 'capabilities_restricted',
    versions: [
      { since: 22, check: capabilities, overrides: ['capabilities_baseline'] },
      { since: 25, check: exceptWindows(capabilities), overrides: ['capabilities_baseline'] },
    ],
  },
  { id: 'procMount_restricted', versions: [{ since: 35, check: procMount, overrides: ['procMount'] }] },
  { id: 'restrictedVolumes', versions: [{ since: 0, check: volumes, overrides: ['hostPathVolumes'] }] },
  {
    id: 'runAsNonRoot',
    versions: [
      { since: 0, check: runAsNonRoot },
      { since: 35, check: exceptUserNamespaces(runAsNonRoot) },
    ],
  },
  {
    id: 'runAsUser',
    versions: [
      { since: 23, check: runAsUser },
      { since: 35, check: exceptUserNamespaces(runAsUser) },
    ],
  },
  {
    id: 'seccompProfile_restricted',
    versions: [
      { since: 19, check: seccompRequired, overrides: ['seccompProfile_baseline'] },
      { since: 25, check: exceptWindows(seccompRequired), overrides: ['seccompProfile_baseline'] },
    ],
  },
]
