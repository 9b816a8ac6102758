// Seccomp and AppArmor: fields, and the annotations that were there before them.
import type { AppArmorProfile, PodSpec, SeccompProfile } from '../../../../api/core/v1.ts'
import { type FieldError, forbidden, invalid, notSupported, required, tooLong } from '../../../../apimachinery/field-errors.ts'
import { goQuote } from '../../../../apimachinery/go-quote.ts'
import { byteLength } from '../../../../apimachinery/validation/names.ts'
import { containersWithPath } from './containers.ts'
import { internalForm } from './internal-form.ts'
import { sortedEntries } from './invalid-values.ts'
import { ownValue } from './own-value.ts'
import { validateDescendingPath } from './validate-paths.ts'

type Annotations = { readonly [key: string]: string } | undefined

const types = ['Localhost', 'RuntimeDefault', 'Unconfined']
/** PATH_MAX less the terminating zero. */
const profilePathBytesMax = 4095
export const seccompPodKey = 'seccomp.security.alpha.kubernetes.io/pod'
export const seccompContainerPrefix = 'container.seccomp.security.alpha.kubernetes.io/'
export const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/'

export function validateSeccompProfile(field: string, profile: SeccompProfile | undefined): readonly FieldError[] {
  if (!profile) return []
  const { type, localhostProfile } = profile
  const errors: FieldError[] = []
  if (!type) errors.push(required(`${field}.type`, 'type is required when seccompProfile is set'))
  else if (!types.includes(type)) errors.push(notSupported(`${field}.type`, type, types))
  if (type === 'Localhost') {
    if (localhostProfile === undefined) errors.push(required(`${field}.localhostProfile`, 'must be set when seccomp type is Localhost'))
    else errors.push(...validateDescendingPath(`${field}.localhostProfile`, localhostProfile))
  } else if (localhostProfile !== undefined) {
    errors.push(invalid(`${field}.localhostProfile`, internalForm('SeccompProfile', profile), 'can only be set when seccomp type is Localhost'))
  }
  return errors
}

function validateAppArmorLocalhost(field: string, profile: string | undefined): readonly FieldError[] {
  const missing = required(field, 'must be set when AppArmor type is Localhost')
  if (profile === undefined) return [missing]
  const errors: FieldError[] = []
  if (profile.trim() !== profile) errors.push(invalid(field, profile, 'must not be padded with whitespace'))
  else if (profile === '') errors.push(missing)
  if (byteLength(profile) > profilePathBytesMax) errors.push(tooLong(field, profilePathBytesMax))
  return errors
}

export function validateAppArmorProfile(field: string, profile: AppArmorProfile | undefined): readonly FieldError[] {
  if (!profile) return []
  const { type, localhostProfile } = profile
  if (!type) return [required(`${field}.type`, 'type is required when appArmorProfile is set')]
  if (!types.includes(type)) return [notSupported(`${field}.type`, type, types)]
  if (type === 'Localhost') return validateAppArmorLocalhost(`${field}.localhostProfile`, localhostProfile)
  return localhostProfile === undefined ? [] : [invalid(`${field}.localhostProfile`, localhostProfile, 'can only be set when AppArmor type is Localhost')]
}

function validateSeccompText(field: string, text: string): readonly FieldError[] {
  if (text === 'runtime/default' || text === 'docker/default' || text === 'unconfined') return []
  if (text.startsWith('localhost/')) return validateDescendingPath(field, text.slice('localhost/'.length))
  return [invalid(field, text, 'must be a valid seccomp profile')]
}

/** @param field of the annotations */
export function validateSeccompAnnotations(field: string, annotations: Annotations): readonly FieldError[] {
  const ofPod = ownValue(annotations, seccompPodKey)
  return [
    ...(ofPod === undefined ? [] : validateSeccompText(`${field}.${seccompPodKey}`, ofPod)),
    ...sortedEntries(annotations).flatMap(([key, text]) => (key.startsWith(seccompContainerPrefix) ? validateSeccompText(`${field}.${key}`, text) : [])),
  ]
}

const isAppArmorText = (text: string) => text === '' || text === 'runtime/default' || text === 'unconfined' || text.startsWith('localhost/')

export function validateAppArmorAnnotations(field: string, annotations: Annotations, spec: PodSpec): readonly FieldError[] {
  const names = new Set(containersWithPath('', spec).map(([, { name }]) => name))
  return sortedEntries(annotations).flatMap(([key, text]) => {
    if (!key.startsWith(appArmorPrefix)) return []
    const container = key.slice(appArmorPrefix.length)
    return [
      ...(names.has(container) ? [] : [invalid(`${field}[${key}]`, container, 'container not found')]),
      ...(isAppArmorText(text) ? [] : [invalid(`${field}[${key}]`, text, `invalid AppArmor profile name: ${goQuote(text)}`)]),
    ]
  })
}

interface Profile {
  readonly type?: string
  readonly localhostProfile?: string
}

/** Field and annotation may both be there, but must say the same. */
function validateAgrees(field: string, what: string, profile: Profile, text: string, runtimeDefaults: readonly string[]): readonly FieldError[] {
  const wrongType = [forbidden(`${field}.type`, `${what} type in annotation and field must match`)]
  if (profile.type === 'Unconfined') return text === 'unconfined' ? [] : wrongType
  if (profile.type === 'RuntimeDefault') return runtimeDefaults.includes(text) ? [] : wrongType
  if (profile.type !== 'Localhost') return []
  if (!text.startsWith('localhost/')) return wrongType
  const same = profile.localhostProfile === text.slice('localhost/'.length)
  return same ? [] : [forbidden(`${field}.localhostProfile`, `${what} profile in annotation and field must match`)]
}

/** @param field of the spec */
export function validateSeccompAgrees(field: string, annotations: Annotations, spec: PodSpec): readonly FieldError[] {
  const check = (path: string, profile: Profile | undefined, key: string) => {
    const text = ownValue(annotations, key)
    const at = `${path}.securityContext.seccompProfile`
    return profile && text !== undefined ? validateAgrees(at, 'seccomp', profile, text, ['runtime/default', 'docker/default']) : []
  }
  return [
    ...check(field, spec.securityContext?.seccompProfile, seccompPodKey),
    ...containersWithPath(field, spec).flatMap(([path, { name, securityContext }]) =>
      check(path, securityContext?.seccompProfile, seccompContainerPrefix + name),
    ),
  ]
}

/** @param field of the spec */
export function validateAppArmorAgrees(field: string, annotations: Annotations, spec: PodSpec): readonly FieldError[] {
  if (spec.os?.name === 'windows') return []
  return containersWithPath(field, spec).flatMap(([path, { name, securityContext }]) => {
    const profile = securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile
    const text = ownValue(annotations, appArmorPrefix + name)
    const at = `${path}.securityContext.appArmorProfile`
    return profile && text !== undefined ? validateAgrees(at, 'apparmor', profile, text, ['runtime/default']) : []
  })
}
