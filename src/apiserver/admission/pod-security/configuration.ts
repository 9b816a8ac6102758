// pod-security.admission.config.k8s.io/v1 PodSecurityConfiguration: what holds for namespaces without labels, and who is exempt.
// Source: k8s.io/pod-security-admission admission/api.
import { duplicate, type FieldError, invalid, required } from '../../../apimachinery/field-errors.ts'
import { isDns1123Label, isDns1123Subdomain } from '../../../apimachinery/validation/names.ts'
import { type ConfigKind, decodeConfigFile, refuseConfigFile } from '../../config-file/decode.ts'
import { configTypes } from '../../config-file/types.ts'
import { levelError, type Mode, modes, parseLevel, parseVersion, type Policy, versionError } from './policy.ts'

/** What the cluster's administrator decides beside labels. */
export interface PodSecurityConfiguration {
  readonly defaults: Policy
  readonly exemptions: { readonly namespaces: ReadonlySet<string>; readonly usernames: ReadonlySet<string>; readonly runtimeClasses: ReadonlySet<string> }
}

interface Document {
  readonly defaults?: { readonly [key: string]: string }
  readonly exemptions?: { readonly usernames?: readonly string[]; readonly namespaces?: readonly string[]; readonly runtimeClasses?: readonly string[] }
}

const versionKey = (mode: Mode) => `${mode}-version`

const kind: ConfigKind = {
  kind: 'PodSecurityConfiguration',
  groupVersions: ['v1', 'v1beta1', 'v1alpha1'].map((version) => `pod-security.admission.config.k8s.io/${version}`),
  types: configTypes(
    {
      PodSecurityConfiguration: { defaults: 'Defaults', exemptions: 'Exemptions' },
      Defaults: Object.fromEntries(modes.flatMap((mode) => [mode, versionKey(mode)]).map((name) => [name, 'string'])),
      Exemptions: { usernames: '[]string', namespaces: '[]string', runtimeClasses: '[]string' },
    },
    { root: 'PodSecurityConfiguration' },
  ),
}

function validateDefaults(defaults: NonNullable<Document['defaults']>): readonly FieldError[] {
  return (['enforce', 'warn', 'audit'] as const).flatMap((mode) => {
    const [level, version] = [defaults[mode] || 'privileged', defaults[versionKey(mode)] || 'latest']
    return [
      ...(parseLevel(level) ? [] : [invalid(`defaults.${mode}`, level, levelError)]),
      ...(parseVersion(version) ? [] : [invalid(`defaults.${versionKey(mode)}`, version, versionError)]),
    ]
  })
}

function validateNames(field: string, names: readonly string[] = [], complaints: (name: string) => readonly string[] = () => []): readonly FieldError[] {
  const seen = new Set<string>()
  return names.flatMap((name, i) => {
    const path = `exemptions.${field}[${i}]`
    if (!name && field === 'usernames') return [required(path)]
    const wrong = complaints(name)
    if (wrong.length) return [invalid(path, name, wrong.join(', '))]
    if (seen.has(name)) return [duplicate(path, name)]
    seen.add(name)
    return []
  })
}

/** @param text undefined: everything is privileged, nobody exempt. @throws {ConfigFileError} */
export function podSecurityConfiguration(text: string | undefined): PodSecurityConfiguration {
  const { defaults = {}, exemptions = {} } = text === undefined ? {} : (decodeConfigFile(text, kind) as Document)
  refuseConfigFile([
    ...validateDefaults(defaults),
    ...validateNames('namespaces', exemptions.namespaces, isDns1123Label),
    ...validateNames('runtimeClasses', exemptions.runtimeClasses, isDns1123Subdomain),
    ...validateNames('usernames', exemptions.usernames),
  ])
  const levelOf = (mode: Mode) => ({
    level: parseLevel(defaults[mode] || 'privileged')!,
    minor: parseVersion(defaults[versionKey(mode)] || 'latest')!.minor,
  })
  return {
    defaults: { enforce: levelOf('enforce'), audit: levelOf('audit'), warn: levelOf('warn') },
    exemptions: {
      namespaces: new Set(exemptions.namespaces),
      usernames: new Set(exemptions.usernames),
      runtimeClasses: new Set(exemptions.runtimeClasses),
    },
  }
}
