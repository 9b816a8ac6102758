// What only Windows pods have, and what they cannot have.
import type { PodSpec, WindowsSecurityContextOptions } from '../../../../api/core/v1.ts'
import { type FieldError, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { byteLength, isDns1123Subdomain } from '../../../../apimachinery/validation/names.ts'
import { containersWithPath } from './containers.ts'
import { forbidAll, invalidAll } from './invalid-values.ts'

const credentialSpecKiBMax = 64
const domainBytesMax = 256
const userBytesMax = 104
const netBios = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/
const dnsLabel = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?'
const dnsDomain = new RegExp(`^${dnsLabel}(?:\\.${dnsLabel})*$`)

function validateUserName(field: string, name: string): readonly FieldError[] {
  const refuse = (why: string) => invalid(field, name, why)
  if (name === '') return [refuse('runAsUserName cannot be an empty string')]
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(name)) return [refuse('runAsUserName cannot contain control characters')]
  const parts = name.split('\\')
  if (parts.length > 2) return [refuse('runAsUserName cannot contain more than one backslash')]
  const user = parts.at(-1)!
  const domain = parts.length === 2 ? parts[0]! : undefined
  const errors: FieldError[] = []
  if (domain !== undefined && byteLength(domain) >= domainBytesMax) {
    errors.push(refuse(`runAsUserName's Domain length must be under ${domainBytesMax} characters`))
  }
  if (domain !== undefined && !netBios.test(domain) && !dnsDomain.test(domain)) {
    errors.push(refuse("runAsUserName's Domain doesn't match the NetBios nor the DNS format"))
  }
  if (user === '') errors.push(refuse("runAsUserName's User cannot be empty"))
  else if (byteLength(user) > userBytesMax) errors.push(refuse(`runAsUserName's User length must not be longer than ${userBytesMax} characters`))
  if (/^[. ]+$/.test(user)) errors.push(refuse("runAsUserName's User cannot contain only periods or spaces"))
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) errors.push(refuse(`runAsUserName's User cannot contain the following characters: "/\\:;|=,+*?<>@[]`))
  return errors
}

export function validateWindowsOptions(field: string, options: WindowsSecurityContextOptions | undefined): readonly FieldError[] {
  if (!options) return []
  const { gmsaCredentialSpecName: specName, gmsaCredentialSpec: spec, runAsUserName } = options
  const errors: FieldError[] = specName === undefined ? [] : [...invalidAll(`${field}.gmsaCredentialSpecName`, specName, isDns1123Subdomain(specName))]
  if (spec === '') errors.push(invalid(`${field}.gmsaCredentialSpec`, spec, 'gmsaCredentialSpec cannot be an empty string'))
  else if (spec !== undefined && byteLength(spec) > credentialSpecKiBMax * 1024) {
    errors.push(invalid(`${field}.gmsaCredentialSpec`, spec, `gmsaCredentialSpec size must be under ${credentialSpecKiBMax} KiB`))
  }
  return runAsUserName === undefined ? errors : [...errors, ...validateUserName(`${field}.runAsUserName`, runAsUserName)]
}

/** All containers of a pod run as processes of the host, or none. */
export function validateHostProcess(field: string, spec: PodSpec): readonly FieldError[] {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess
  const containers = containersWithPath(field, spec).map(([path, c]) => [path, c.securityContext?.windowsOptions?.hostProcess] as const)
  const errors: FieldError[] = containers.flatMap(([path, own]) =>
    ofPod !== undefined && own !== undefined && ofPod !== own
      ? [invalid(`${path}.securityContext.windowsOptions.hostProcess`, own, `pod hostProcess value must be identical if both are specified, was ${ofPod}`)]
      : [],
  )
  const count = containers.filter(([, own]) => own ?? ofPod).length
  if (count === 0) return errors
  if (count !== containers.length) {
    errors.push(invalid(field, '', 'If pod contains any hostProcess containers then all containers must be HostProcess containers'))
  }
  if (!spec.hostNetwork) errors.push(invalid(`${field}.hostNetwork`, false, 'hostNetwork must be true if pod contains any hostProcess containers'))
  return errors
}

function validateLinuxPod(field: string, spec: PodSpec): readonly FieldError[] {
  const paths = [
    [field, spec.securityContext?.windowsOptions] as const,
    ...containersWithPath(field, spec).map(([path, c]) => [path, c.securityContext?.windowsOptions] as const),
  ]
  const present = Object.fromEntries(paths.map(([path, options]) => [`${path}.securityContext.windowsOptions`, options]))
  return forbidAll(present, 'windows options cannot be set for a linux pod')
}

function validateWindowsPod(field: string, spec: PodSpec): readonly FieldError[] {
  const pod = spec.securityContext ?? {}
  const under = `${field}.securityContext`
  const detail = 'cannot be set for a windows pod'
  const ofPod = forbidAll(
    {
      [`${under}.appArmorProfile`]: pod.appArmorProfile,
      [`${under}.seLinuxOptions`]: pod.seLinuxOptions,
      [`${field}.hostUsers`]: spec.hostUsers !== undefined,
      [`${field}.hostPID`]: spec.hostPID,
      [`${field}.hostIPC`]: spec.hostIPC,
      [`${under}.seccompProfile`]: pod.seccompProfile,
      [`${under}.fsGroup`]: pod.fsGroup,
      [`${under}.fsGroupChangePolicy`]: pod.fsGroupChangePolicy,
      [`${under}.sysctls`]: Boolean(pod.sysctls?.length),
      [`${field}.shareProcessNamespace`]: spec.shareProcessNamespace !== undefined,
      [`${under}.runAsUser`]: pod.runAsUser,
      [`${under}.runAsGroup`]: pod.runAsGroup,
      [`${under}.supplementalGroups`]: pod.supplementalGroups,
      [`${under}.supplementalGroupsPolicy`]: pod.supplementalGroupsPolicy,
      [`${under}.seLinuxChangePolicy`]: pod.seLinuxChangePolicy,
    },
    detail,
  )
  const ofContainers = containersWithPath(field, spec).flatMap(([path, { securityContext = {} }]) => {
    const own = securityContext
    const at = `${path}.securityContext`
    return forbidAll(
      {
        [`${at}.appArmorProfile`]: own.appArmorProfile,
        [`${at}.seLinuxOptions`]: own.seLinuxOptions,
        [`${at}.seccompProfile`]: own.seccompProfile,
        [`${at}.capabilities`]: own.capabilities,
        [`${at}.readOnlyRootFilesystem`]: own.readOnlyRootFilesystem !== undefined,
        [`${at}.privileged`]: own.privileged !== undefined,
        [`${at}.allowPrivilegeEscalation`]: own.allowPrivilegeEscalation !== undefined,
        [`${at}.procMount`]: own.procMount,
        [`${at}.runAsUser`]: own.runAsUser,
        [`${at}.runAsGroup`]: own.runAsGroup,
      },
      detail,
    )
  })
  return [...ofPod, ...ofContainers]
}

/** What the pod's declared operating system forbids. */
export function validateOs(field: string, spec: PodSpec): readonly FieldError[] {
  if (!spec.os) return []
  const { name } = spec.os
  if (!name) return [required(`${field}.os.name`)]
  if (name === 'linux') return validateLinuxPod(field, spec)
  if (name === 'windows') return validateWindowsPod(field, spec)
  return [notSupported(`${field}.os`, name, ['linux', 'windows'])]
}
