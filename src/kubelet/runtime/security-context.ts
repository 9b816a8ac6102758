// Security contexts as the runtime wants them. Source: Kubernetes 1.36 pkg/kubelet/kuberuntime/security_context.go.

import type { Container, Pod, SeccompProfile } from '../../api/core/v1.ts'
import type { Image, LinuxContainerSecurityContext, LinuxSandboxSecurityContext, NamespaceOption } from '../../cri/generated/types.ts'
import { ConfigError } from './start-errors.ts'

export interface SecurityInput {
  readonly pod: Pod
  readonly container: Container
  /** For its default user; undefined when unknown. */
  readonly image: Image | undefined
  /** Directory of Localhost seccomp profiles. */
  readonly seccompRoot: string
  /** Whether containers that say nothing get the runtime's profile. */
  readonly seccompDefault: boolean
  /** The container whose processes an ephemeral container shall see. */
  readonly targetId?: string | undefined
}

/** /proc and /sys files that a container must not read, or not write: upstream's lists. */
const maskedPaths = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
]
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

export function namespaceOptions({ spec }: Pod, targetId?: string): NamespaceOption {
  return {
    network: spec.hostNetwork ? 'NODE' : 'POD',
    ipc: spec.hostIPC ? 'NODE' : 'POD',
    pid: targetId ? 'TARGET' : spec.hostPID ? 'NODE' : spec.shareProcessNamespace ? 'POD' : 'CONTAINER',
    ...(targetId ? { targetId } : {}),
  }
}

export function sandboxSecurity(pod: Pod): LinuxSandboxSecurityContext {
  const { runAsUser, runAsGroup, fsGroup, supplementalGroups, supplementalGroupsPolicy } = pod.spec.securityContext ?? {}
  return {
    privileged: isPrivileged(pod),
    namespaceOptions: namespaceOptions(pod),
    // Always: the pause process needs nothing, and a stricter profile of the pod might not even let it start.
    seccomp: { profileType: 'RuntimeDefault' },
    ...(runAsUser === undefined ? {} : { runAsUser: { value: runAsUser } }),
    ...(runAsGroup === undefined || runAsUser === undefined ? {} : { runAsGroup: { value: runAsGroup } }),
    supplementalGroups: groups(fsGroup, supplementalGroups),
    ...(supplementalGroupsPolicy ? { supplementalGroupsPolicy } : {}),
  }
}

/** A privileged container needs a privileged sandbox. */
function isPrivileged({ spec }: Pod): boolean {
  return [...spec.containers, ...(spec.initContainers ?? [])].some((c) => c.securityContext?.privileged)
}

/** @throws {ConfigError} the container would run as root although it must not */
export function containerSecurity({ pod, container, image, seccompRoot, seccompDefault, targetId }: SecurityInput): LinuxContainerSecurityContext {
  const podContext = pod.spec.securityContext ?? {}
  const own = container.securityContext ?? {}
  const runAsUser = own.runAsUser ?? podContext.runAsUser
  const runAsGroup = own.runAsGroup ?? podContext.runAsGroup
  if (own.runAsNonRoot ?? podContext.runAsNonRoot) verifyNonRoot(pod, container, runAsUser, image)
  const privileged = own.privileged ?? false
  const unmasked = privileged || own.procMount === 'Unmasked'
  return {
    privileged,
    namespaceOptions: namespaceOptions(pod, targetId),
    readonlyRootfs: own.readOnlyRootFilesystem ?? false,
    noNewPrivs: own.allowPrivilegeEscalation === false,
    maskedPaths: unmasked ? [] : maskedPaths,
    readonlyPaths: unmasked ? [] : readonlyPaths,
    capabilities: { addCapabilities: own.capabilities?.add ?? [], dropCapabilities: own.capabilities?.drop ?? [], addAmbientCapabilities: [] },
    supplementalGroups: groups(podContext.fsGroup, podContext.supplementalGroups),
    ...(podContext.supplementalGroupsPolicy ? { supplementalGroupsPolicy: podContext.supplementalGroupsPolicy } : {}),
    ...userOf(runAsUser, image),
    ...(runAsGroup === undefined ? {} : { runAsGroup: { value: runAsGroup } }),
    ...(privileged
      ? { seccomp: { profileType: 'Unconfined' } as const }
      : seccompOf(own.seccompProfile ?? podContext.seccompProfile, { root: seccompRoot, byDefault: seccompDefault })),
    ...apparmorOf(own.appArmorProfile ?? podContext.appArmorProfile),
  }
}

function userOf(runAsUser: number | undefined, image: Image | undefined): Pick<LinuxContainerSecurityContext, 'runAsUser' | 'runAsUsername'> {
  if (runAsUser !== undefined) return { runAsUser: { value: runAsUser } }
  if (image?.uid) return { runAsUser: { value: image.uid.value ?? 0 } }
  return image?.username ? { runAsUsername: image.username } : {}
}

function verifyNonRoot(pod: Pod, { name }: Container, runAsUser: number | undefined, image: Image | undefined): void {
  const where = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${name})`
  if (runAsUser !== undefined) {
    if (runAsUser === 0) throw new ConfigError(`container's runAsUser breaks non-root policy ${where}`)
    return
  }
  if (image?.uid) {
    if ((image.uid.value ?? 0) === 0) throw new ConfigError(`container has runAsNonRoot and image will run as root ${where}`)
    return
  }
  if (image?.username)
    throw new ConfigError(`container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`)
  throw new ConfigError(`container has runAsNonRoot and image will run as root ${where}`)
}

/** @throws {ConfigError} for a profile of this node without a name: the container would run without any (CVE-2023-2431) */
function seccompOf(
  profile: SeccompProfile | undefined,
  { root, byDefault }: { readonly root: string; readonly byDefault: boolean },
): Pick<LinuxContainerSecurityContext, 'seccomp'> {
  const profileType = profile?.type ?? (byDefault ? 'RuntimeDefault' : 'Unconfined')
  if (profileType !== 'Localhost') return { seccomp: { profileType } }
  if (!profile?.localhostProfile) throw new ConfigError('localhostProfile must be set if seccompProfile type is Localhost.')
  return { seccomp: { profileType, localhostRef: `${root}/${profile.localhostProfile}` } }
}

type AppArmor = NonNullable<Container['securityContext']>['appArmorProfile']

/** Old runtimes read the text, newer ones the profile. */
function apparmorOf(profile: AppArmor): Pick<LinuxContainerSecurityContext, 'apparmor' | 'apparmorProfile'> {
  if (!profile) return {}
  const localhostRef = profile.localhostProfile ?? ''
  const texts = { Unconfined: 'unconfined', RuntimeDefault: 'runtime/default', Localhost: `localhost/${localhostRef}` }
  const profileType = profile.type as keyof typeof texts
  return { apparmor: { profileType, ...(profileType === 'Localhost' ? { localhostRef } : {}) }, apparmorProfile: texts[profileType] }
}

const groups = (fsGroup: number | undefined, supplemental: readonly number[] = []) => [
  ...new Set([...(fsGroup === undefined ? [] : [fsGroup]), ...supplemental]),
]
