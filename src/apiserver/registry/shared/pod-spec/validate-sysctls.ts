import type { PodSpec } from '../../../../api/core/v1.ts'
import { duplicate, type FieldError, invalid, required } from '../../../../apimachinery/field-errors.ts'

const segment = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const nameFormat = `^(${segment}[\\./])*${segment}$`
const nameMax = 253
const namePattern = new RegExp(nameFormat)

const ipcNames: ReadonlySet<string> = new Set(['kernel.sem'])
const ipcPrefixes = ['kernel.shm', 'kernel.msg', 'fs.mqueue.']

/** Slashes and dots are both separators, but not mixed. */
function dotted(name: string): string {
  const separator = /[./]/.exec(name)?.[0]
  return separator === '/' ? name.replaceAll(/[./]/g, (c) => (c === '/' ? '.' : '/')) : name
}

function namespaceOf(name: string): 'net' | 'ipc' | undefined {
  const normal = dotted(name)
  if (normal.startsWith('net.')) return 'net'
  return ipcNames.has(normal) || ipcPrefixes.some((prefix) => normal.startsWith(prefix)) ? 'ipc' : undefined
}

/** A sysctl of a namespace that the pod shares with its node would change the node. */
export function validateHostSysctl(field: string, name: string, { hostNetwork, hostIPC }: PodSpec): readonly FieldError[] {
  const namespace = namespaceOf(name)
  if (hostNetwork && namespace === 'net') return [invalid(field, name, "may not be specified when 'hostNetwork' is true")]
  if (hostIPC && namespace === 'ipc') return [invalid(field, name, "may not be specified when 'hostIPC' is true")]
  return []
}

export function validateSysctls(field: string, spec: PodSpec, options: { readonly allowHostSysctls?: boolean | undefined }): readonly FieldError[] {
  const seen = new Set<string>()
  return (spec.securityContext?.sysctls ?? []).flatMap(({ name }, index) => {
    const path = `${field}[${index}].name`
    const errors: FieldError[] = []
    if (!name) errors.push(required(path))
    else if (name.length > nameMax || !namePattern.test(name)) {
      errors.push(invalid(path, name, `must have at most ${nameMax} characters and match regex ${nameFormat}`))
    } else if (seen.has(name)) errors.push(duplicate(path, name))
    seen.add(name)
    return options.allowHostSysctls ? errors : [...errors, ...validateHostSysctl(path, name, spec)]
  })
}
