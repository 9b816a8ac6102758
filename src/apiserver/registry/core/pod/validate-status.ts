// What kubelets and others may report. Source: pkg/apis/core/validation/validation.go (ValidatePodStatusUpdate).
import type { Container, ContainerStatus, Pod, PodExtendedResourceClaimStatus, PodResourceClaim, PodResourceClaimStatus } from '../../../../api/core/v1.ts'
import { duplicate, type FieldError, forbidden, internal, invalid, notSupported, required, tooLong } from '../../../../apimachinery/field-errors.ts'
import { validateLegacyIp } from '../../../../apimachinery/validation/ip.ts'
import { byteLength, isQualifiedName, isUserOrGroupId } from '../../../../apimachinery/validation/names.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import { parseIpSloppy, unmapIp } from '../../../../util/ip.ts'
import { invalidAll, label, subdomain } from '../../shared/pod-spec/invalid-values.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'
import { validatePodAnnotationsUpdate } from '../../shared/pod-spec/validate-pod-annotations.ts'
import { optionsOf } from './validate-create.ts'

type Statuses = readonly ContainerStatus[] | undefined

/** Conditions of the kubelet's own are not looked at. */
const systemConditions = ['PodScheduled', 'Ready', 'Initialized']

/** @param restarts whether a container that ended so may run again */
function validateStaysTerminated(field: string, statuses: Statuses, old: Statuses, restarts: (status: ContainerStatus) => boolean): readonly FieldError[] {
  return (old ?? []).flatMap((before, index) => {
    if (!before.state?.terminated || restarts(before)) return []
    const revived = (statuses ?? []).filter(({ name, state }) => name === before.name && !state?.terminated)
    return revived.map(() => forbidden(`${field}[${index}].state`, 'may not be transitioned to non-terminated state'))
  })
}

/** Whether the rules and the policy of a container, or the policy of its pod, let it run again. */
function mayRestart({ spec }: Pod, containers: readonly Container[] | undefined): (status: ContainerStatus) => boolean {
  const restartsAll = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].some(({ restartPolicyRules = [] }) =>
    restartPolicyRules.some(({ action }) => action === 'RestartAllContainers'),
  )
  return ({ name, state }) => {
    if (restartsAll) return true
    const container = (containers ?? []).find((one) => one.name === name)
    if (!container) return false
    const exitCode = state?.terminated?.exitCode ?? 0
    const byRule = (container.restartPolicyRules ?? []).some(({ exitCodes }) => {
      const listed = exitCodes?.values?.includes(exitCode) ?? false
      return exitCodes?.operator === 'In' ? listed : exitCodes?.operator === 'NotIn' && !listed
    })
    const policy = container.restartPolicy ?? spec.restartPolicy
    return byRule || policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0)
  }
}

/** One address of each family at most. */
function validateAddresses(
  field: string,
  list: readonly { readonly ip?: string }[] = [],
  old: readonly { readonly ip?: string }[] = [],
): readonly FieldError[] {
  const stored = old.map(({ ip = '' }) => ip)
  const errors: FieldError[] = list.flatMap(({ ip = '' }, index) => validateLegacyIp(`${field}[${index}]`, ip, stored))
  if (list.length < 2) return errors
  const shown = (ip: string) => ({ IP: ip })
  const families = list.map(({ ip = '' }) => {
    const parsed = parseIpSloppy(ip)
    return parsed && unmapIp(parsed).family
  })
  const bad = families.indexOf(undefined)
  if (bad >= 0) errors.push(internal(field, `failed to check for dual stack with error:invalid IP[${bad}]: ${list[bad]?.ip ?? ''}`))
  const isDualStack = bad < 0 && new Set(families).size === 2
  if (!isDualStack || list.length > 2) {
    errors.push(
      invalid(
        field,
        list.map(({ ip = '' }) => shown(ip)),
        'may specify no more than one IP for each IP family',
      ),
    )
  }
  return errors
}

function validateHostIps({ status }: Pod, old: Pod): readonly FieldError[] {
  const first = status?.hostIPs?.[0]?.ip
  const differs = first !== undefined && first !== (status?.hostIP ?? '')
  return [
    ...(differs ? [invalid('status.hostIPs[0].ip', first, 'must be equal to `hostIP`')] : []),
    ...validateAddresses('status.hostIPs', status?.hostIPs, old.status?.hostIPs),
  ]
}

function validateClaimStatuses(
  field: string,
  statuses: readonly PodResourceClaimStatus[] = [],
  claims: readonly PodResourceClaim[] = [],
): readonly FieldError[] {
  const seen = new Set<string>()
  return statuses.flatMap(({ name, resourceClaimName }, index) => {
    const path = `${field}[${index}]`
    const errors: FieldError[] = claims.some((claim) => claim.name === name)
      ? []
      : [invalid(`${path}.name`, name, 'must match the name of an entry in `spec.resourceClaims`')]
    if (seen.has(name)) errors.push(duplicate(`${path}.name`, name))
    seen.add(name)
    return resourceClaimName === undefined ? errors : [...errors, ...subdomain(`${path}.resourceClaimName`, resourceClaimName)]
  })
}

function validateUsers(field: string, statuses: Statuses, os: string): readonly FieldError[] {
  return (statuses ?? []).flatMap(({ user }, index) => {
    const path = `${field}[${index}].user.linux`
    const linux = user?.linux
    if (!linux) return []
    if (os === 'windows') return [forbidden(path, 'cannot be set for a windows pod')]
    return [
      ...invalidAll(`${path}.uid`, linux.uid, isUserOrGroupId(linux.uid)),
      ...invalidAll(`${path}.gid`, linux.gid, isUserOrGroupId(linux.gid)),
      ...(linux.supplementalGroups ?? []).flatMap((id, at) => invalidAll(`${path}.supplementalGroups[${at}]`, id, isUserOrGroupId(id))),
    ]
  })
}

const claimNameForm = "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"

/** As many as upstream's API says (ResourceHealthMessageMaxLength). */
const healthMessageBytesMax = 1024

function validateHealthMessage(field: string, message: string | undefined): readonly FieldError[] {
  if (message === undefined) return []
  if (message === '') return [required(field, 'must be non-empty if specified')]
  return byteLength(message) > healthMessageBytesMax ? [tooLong(field, healthMessageBytesMax)] : []
}

/** Health of devices: of resources that the container asks for. */
function validateDeviceHealth(field: string, statuses: Statuses, containers: readonly Container[] | undefined): readonly FieldError[] {
  return (statuses ?? []).flatMap((status, index) =>
    (status.allocatedResourcesStatus ?? []).flatMap(({ name, resources = [] }, at) => {
      const path = `${field}[${index}].allocatedResourcesStatus[${at}]`
      const container = (containers ?? []).find((one) => one.name === status.name)
      const errors: FieldError[] = []
      if (container && name.startsWith('claim:')) {
        const names = (container.resources?.claims ?? []).map((claim) => `claim:${claim.name}${claim.request ? `/${claim.request}` : ''}`)
        if (!names.includes(name)) errors.push(invalid(`${path}.name`, name, claimNameForm))
      } else if (container && ownValue(container.resources?.requests, name) === undefined) {
        errors.push(invalid(`${path}.name`, name, "must match one of the container's resource requests"))
      }
      const seen = new Set<string>()
      for (const [device, { resourceID, health = '', message }] of resources.entries()) {
        const known = ['Healthy', 'Unhealthy', 'Unknown']
        if (!known.includes(health)) errors.push(notSupported(`${path}.resources[${device}].health`, health, known))
        errors.push(...validateHealthMessage(`${path}.resources[${device}].message`, message))
        if (seen.has(resourceID)) errors.push(duplicate(`${path}.resources[${device}].resourceID`, resourceID))
        seen.add(resourceID)
      }
      return errors
    }),
  )
}

const validateGeneration = (field: string, generation: number | undefined): readonly FieldError[] =>
  generation !== undefined && generation < 0 ? [invalid(`${field}.observedGeneration`, generation, 'must be a non-negative integer')] : []

/** The claim that was made for devices that containers ask for as extended resources. */
function validateExtendedClaim(field: string, claim: PodExtendedResourceClaimStatus | undefined, spec: Pod['spec']): readonly FieldError[] {
  if (!claim) return []
  const containers = new Map([...(spec.initContainers ?? []), ...(spec.containers ?? [])].map((container) => [container.name, container]))
  const mappings = claim.requestMappings ?? []
  const errors: FieldError[] = mappings.length > 0 ? [] : [required(`${field}.requestMappings`, 'at least one request mapping is required')]
  const seen = new Set<string>()
  const lists = (what: string) => `must match the ${what} of an entry in spec.initContainers`
  for (const [index, { containerName, resourceName, requestName }] of mappings.entries()) {
    const path = `${field}.requestMappings[${index}]`
    const container = containers.get(containerName)
    if (!container) errors.push(invalid(`${path}.containerName`, containerName, `${lists('name')}.name or spec.containers.name`))
    else if (ownValue(container.resources?.requests, resourceName) === undefined) {
      const detail = `${lists('extended resource name')}.resources.requests or spec.containers.resources.requests`
      errors.push(invalid(`${path}.resourceName`, resourceName, detail))
    }
    errors.push(...label(`${field}.requestName`, requestName))
    const key = JSON.stringify([containerName, resourceName, requestName])
    if (seen.has(key)) {
      errors.push(
        duplicate(`${path}.containerName`, containerName),
        duplicate(`${path}.resourceName`, resourceName),
        duplicate(`${path}.requestName`, requestName),
      )
    }
    seen.add(key)
  }
  const name = claim.resourceClaimName
  return [...errors, ...(name ? subdomain(`${field}.resourceClaimName`, name) : [required(`${field}.resourceClaimName`)])]
}

export function validateStatusUpdate(pod: Pod, old: Pod): readonly FieldError[] {
  const { spec } = pod
  const status = pod.status ?? {}
  const before = old.status ?? {}
  const os = spec.os?.name ?? 'linux'
  const nominated = status.nominatedNodeName
  return [
    ...validatePodAnnotationsUpdate(pod, old, optionsOf(pod, old)),
    ...(status.conditions ?? []).flatMap(({ type, observedGeneration }, index) => [
      ...validateGeneration(`status.conditions[${index}]`, observedGeneration),
      ...(systemConditions.includes(type) ? [] : invalidAll(`status.conditions[${index}].Type`, type, isQualifiedName(type))),
    ]),
    ...(nominated && nominated !== before.nominatedNodeName ? subdomain('status.nominatedNodeName', nominated) : []),
    ...(nominated && nominated !== before.nominatedNodeName && old.spec.nodeName
      ? [forbidden('status.nominatedNodeName', 'may not be set on pods that are already bound to a node')]
      : []),
    ...validateGeneration('status', status.observedGeneration),
    ...validateImmutable('status.qosClass', status.qosClass, before.qosClass),
    ...validateStaysTerminated('status.containerStatuses', status.containerStatuses, before.containerStatuses, mayRestart(old, old.spec.containers)),
    ...validateStaysTerminated(
      'status.initContainerStatuses',
      status.initContainerStatuses,
      before.initContainerStatuses,
      mayRestart(old, old.spec.initContainers),
    ),
    ...validateStaysTerminated('status.ephemeralContainerStatuses', status.ephemeralContainerStatuses, before.ephemeralContainerStatuses, () => false),
    ...validateClaimStatuses('status.resourceClaimStatuses', status.resourceClaimStatuses, spec.resourceClaims),
    ...validateExtendedClaim('status.extendedResourceClaimStatus', status.extendedResourceClaimStatus, spec),
    ...validateAddresses('status.podIPs', status.podIPs, before.podIPs),
    ...validateHostIps(pod, old),
    ...validateUsers('status.containerStatuses', status.containerStatuses, os),
    ...validateUsers('status.initContainerStatuses', status.initContainerStatuses, os),
    ...validateUsers('status.ephemeralContainerStatuses', status.ephemeralContainerStatuses, os),
    ...validateDeviceHealth('status.containerStatuses', status.containerStatuses, spec.containers),
    ...validateDeviceHealth('status.initContainerStatuses', status.initContainerStatuses, spec.initContainers),
    ...(status.ephemeralContainerStatuses ?? []).flatMap(({ allocatedResourcesStatus }, index) =>
      allocatedResourcesStatus?.length
        ? [forbidden(`status.ephemeralContainerStatuses[${index}].allocatedResourcesStatus`, 'must not be specified in container status')]
        : [],
    ),
  ]
}
