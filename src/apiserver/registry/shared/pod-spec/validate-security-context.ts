// Security contexts of pods and of containers.
import type { PodSpec, SecurityContext } from '../../../../api/core/v1.ts'
import { type FieldError, forbidden, invalid } from '../../../../apimachinery/field-errors.ts'
import { isUserOrGroupId } from '../../../../apimachinery/validation/names.ts'
import { containersWithPath } from './containers.ts'
import { internalForm } from './internal-form.ts'
import { invalidAll, oneOf } from './invalid-values.ts'
import type { PodValidationOptions } from './options.ts'
import { validateAppArmorProfile, validateSeccompProfile } from './validate-profiles.ts'
import { validateSysctls } from './validate-sysctls.ts'
import { validateWindowsOptions } from './validate-windows.ts'

const userId = (field: string, id: number | undefined) => (id === undefined ? [] : invalidAll(field, id, isUserOrGroupId(id)))
const groupId = (field: string, id: number | undefined) => (id === undefined ? [] : invalidAll(field, id, isUserOrGroupId(id)))

/** @param field of the spec */
export function validatePodSecurityContext(field: string, spec: PodSpec, options: PodValidationOptions): readonly FieldError[] {
  const at = `${field}.securityContext`
  const context = spec.securityContext ?? {}
  return [
    ...groupId(`${at}.fsGroup`, context.fsGroup),
    ...userId(`${at}.runAsUser`, context.runAsUser),
    ...groupId(`${at}.runAsGroup`, context.runAsGroup),
    ...(context.supplementalGroups ?? []).flatMap((id, index) => groupId(`${at}.supplementalGroups[${index}]`, id)),
    ...(spec.shareProcessNamespace && spec.hostPID
      ? [invalid(`${at}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled')]
      : []),
    ...validateSysctls(`${at}.sysctls`, spec, options),
    ...oneOf(`${at}.fsGroupChangePolicy`, context.fsGroupChangePolicy, ['Always', 'OnRootMismatch']),
    ...validateSeccompProfile(`${at}.seccompProfile`, context.seccompProfile),
    ...validateWindowsOptions(`${at}.windowsOptions`, context.windowsOptions),
    ...validateAppArmorProfile(`${at}.appArmorProfile`, context.appArmorProfile),
    ...oneOf(`${at}.supplementalGroupsPolicy`, context.supplementalGroupsPolicy, ['Merge', 'Strict']),
    ...oneOf(`${at}.seLinuxChangePolicy`, context.seLinuxChangePolicy, ['MountOption', 'Recursive']),
  ]
}

/** @param hostUsers whether the pod's users are the node's */
export function validateContainerSecurityContext(field: string, context: SecurityContext | undefined, hostUsers: boolean): readonly FieldError[] {
  if (!context) return []
  const { allowPrivilegeEscalation, privileged, capabilities, procMount } = context
  const errors: FieldError[] = [
    ...userId(`${field}.runAsUser`, context.runAsUser),
    ...groupId(`${field}.runAsGroup`, context.runAsGroup),
    ...oneOf(`${field}.procMount`, procMount, ['Default', 'Unmasked']),
  ]
  if (hostUsers && procMount === 'Unmasked') errors.push(invalid(`${field}.procMount`, procMount, '`hostUsers` must be false to use `Unmasked`'))
  errors.push(...validateSeccompProfile(`${field}.seccompProfile`, context.seccompProfile))
  if (allowPrivilegeEscalation === false) {
    const refuse = (other: string) => invalid(field, internalForm('SecurityContext', context), `cannot set \`allowPrivilegeEscalation\` to false and ${other}`)
    if (privileged) errors.push(refuse('`privileged` to true'))
    for (const capability of capabilities?.add ?? []) if (capability === 'CAP_SYS_ADMIN') errors.push(refuse('`capabilities.Add` CAP_SYS_ADMIN'))
  }
  return [
    ...errors,
    ...validateWindowsOptions(`${field}.windowsOptions`, context.windowsOptions),
    ...validateAppArmorProfile(`${field}.appArmorProfile`, context.appArmorProfile),
  ]
}

/** A pod with users of its own cannot share what they would own. */
export function validateHostUsers(field: string, spec: PodSpec, options: PodValidationOptions): readonly FieldError[] {
  if (spec.hostUsers !== false) return []
  const detail = 'when `hostUsers` is false'
  const devices = options.allowUserNamespacesWithVolumeDevices
    ? []
    : containersWithPath(field, spec).flatMap(([path, { volumeDevices }]) => (volumeDevices?.length ? [forbidden(`${path}.volumeDevices`, detail)] : []))
  return [
    ...(spec.hostNetwork ? [forbidden(`${field}.hostNetwork`, detail)] : []),
    ...(spec.hostPID ? [forbidden(`${field}.HostPID`, detail)] : []),
    ...(spec.hostIPC ? [forbidden(`${field}.HostIPC`, detail)] : []),
    ...devices,
  ]
}
