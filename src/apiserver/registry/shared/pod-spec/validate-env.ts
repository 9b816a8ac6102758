// env and envFrom. Source: pkg/apis/core/validation/validation.go (ValidateEnv and below).
import type {
  ConfigMapKeySelector,
  EnvFromSource,
  EnvVar,
  FileKeySelector,
  ObjectFieldSelector,
  PodSpec,
  ResourceFieldSelector,
} from '../../../../api/core/v1.ts'
import { type FieldError, invalid, notFound, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { parseQuantity } from '../../../../apimachinery/quantity/quantity.ts'
import { isConfigMapKey, isDns1123Subdomain, isQualifiedName, isRelaxedEnvVarName, maskTrailingDash } from '../../../../apimachinery/validation/names.ts'
import { containersWithPath } from './containers.ts'
import { invalidAll, label, requiredText, subdomain } from './invalid-values.ts'
import { validateNoBacksteps } from './validate-paths.ts'

const envFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]

/** Everything the downward API knows, in the environment or in files. */
const knownFields: ReadonlySet<string> = new Set([
  ...envFields,
  'metadata.annotations',
  'metadata.labels',
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
])

/** `metadata.labels['a']` -> path and subscript. */
function subscripted(path: string): readonly [string, string] | undefined {
  const match = /^(.*?)\['(.*)'\]$/s.exec(path)
  return match?.[1] ? [match[1], match[2]!] : undefined
}

/** @param supported the paths without subscript that this place takes */
export function validateFieldRef(field: string, { apiVersion, fieldPath }: ObjectFieldSelector, supported: readonly string[]): readonly FieldError[] {
  if (!apiVersion) return [required(`${field}.apiVersion`)]
  if (!fieldPath) return [required(`${field}.fieldPath`)]
  const cannotConvert = (why: string) => [invalid(`${field}.fieldPath`, fieldPath, `error converting fieldPath: ${why}`)]
  if (apiVersion !== 'v1') return cannotConvert(`unsupported pod version: ${apiVersion}`)
  const subscript = subscripted(fieldPath)
  if (subscript) {
    const [path, key] = subscript
    if (path === 'metadata.annotations') return invalidAll(field, key.toLowerCase(), isQualifiedName(key.toLowerCase()))
    if (path === 'metadata.labels') return invalidAll(field, key, isQualifiedName(key))
    return cannotConvert(`field label does not support subscript: ${fieldPath}`)
  }
  // An old name of a field, still understood.
  const path = fieldPath === 'spec.host' ? 'spec.nodeName' : fieldPath
  if (!knownFields.has(path)) return cannotConvert(`field label not supported: ${fieldPath}`)
  return supported.includes(path) ? [] : [notSupported(`${field}.fieldPath`, path, supported)]
}

const resourceFields = ['limits.cpu', 'limits.ephemeral-storage', 'limits.memory', 'requests.cpu', 'requests.ephemeral-storage', 'requests.memory']
const isHugePageField = (resource: string) => /^(requests|limits)\.hugepages-/.test(resource)
const cpuDivisors = ['1m', '1']
const byteDivisors = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei']

function validateDivisor(field: string, resource: string, divisor: string | undefined): readonly FieldError[] {
  const quantity = divisor === undefined ? undefined : parseQuantity(divisor)
  if (!quantity || quantity.isZero()) return []
  const text = quantity.toString()
  const refuse = (allowed: string, what: string) => [
    invalid(`${field}.divisor`, resource, `only divisor's values ${allowed} are supported with the ${what} resource`),
  ]
  const name = resource.slice(resource.indexOf('.') + 1)
  if (resourceFields.includes(resource) && name === 'cpu') return cpuDivisors.includes(text) ? [] : refuse('1m and 1', 'cpu')
  if (byteDivisors.includes(text)) return []
  const allowed = byteDivisors.join(', ')
  if (isHugePageField(resource)) return refuse(allowed, 'hugepages')
  if (!resourceFields.includes(resource)) return []
  return refuse(allowed, name === 'memory' ? 'memory' : 'local ephemeral storage')
}

/** @param inFile a file must say whose resources it shows; an environment is its container's */
export function validateResourceFieldRef(field: string, ref: ResourceFieldSelector, inFile: boolean): readonly FieldError[] {
  const { resource = '', containerName, divisor } = ref
  const errors: FieldError[] = []
  if (inFile && !containerName) errors.push(required(`${field}.containerName`))
  else if (!resource) errors.push(required(`${field}.resource`))
  else if (!resourceFields.includes(resource) && !isHugePageField(resource)) errors.push(notSupported(`${field}.resource`, resource, resourceFields))
  return [...errors, ...validateDivisor(field, resource, divisor)]
}

const validateKeyRef = (field: string, { name = '', key }: ConfigMapKeySelector): readonly FieldError[] => [
  ...invalidAll(`${field}.name`, name, isDns1123Subdomain(name)),
  ...(key ? invalidAll(`${field}.key`, key, isConfigMapKey(key)) : [required(`${field}.key`)]),
]

const validateFileKeyRef = (field: string, { volumeName, path, key }: FileKeySelector): readonly FieldError[] => [
  ...(key ? invalidAll(`${field}.key`, key, isRelaxedEnvVarName(key)) : [required(`${field}.key`)]),
  ...(volumeName ? label(`${field}.volumeName`, volumeName) : [required(`${field}.volumeName`)]),
  ...(path ? validateNoBacksteps(`${field}.path`, path) : [required(`${field}.path`)]),
]

/** Files of variables are written by the pod itself: in a volume that lives and dies with it. */
export function validateFileVolumes(field: string, spec: PodSpec): readonly FieldError[] {
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]))
  return containersWithPath(field, spec).flatMap(([path, { env = [] }]) =>
    env.flatMap(({ valueFrom }, index) => {
      if (!valueFrom?.fileKeyRef) return []
      const { volumeName } = valueFrom.fileKeyRef
      const volume = volumes.get(volumeName)
      const at = `${path}.env[${index}].valueFrom.fileKeyRef.volumeName`
      if (!volume) return [notFound(at, volumeName)]
      return volume.emptyDir ? [] : [invalid(at, volumeName, 'referenced volume must be of type emptyDir')]
    }),
  )
}

function validateValueFrom(field: string, { value, valueFrom }: EnvVar): readonly FieldError[] {
  if (!valueFrom) return []
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom
  const errors: FieldError[] = [
    ...(fieldRef ? validateFieldRef(`${field}.fieldRef`, fieldRef, envFields) : []),
    ...(resourceFieldRef ? validateResourceFieldRef(`${field}.resourceFieldRef`, resourceFieldRef, false) : []),
    ...(configMapKeyRef ? validateKeyRef(`${field}.configMapKeyRef`, configMapKeyRef) : []),
    ...(secretKeyRef ? validateKeyRef(`${field}.secretKeyRef`, secretKeyRef) : []),
    ...(fileKeyRef ? validateFileKeyRef(`${field}.fileKeyRef`, fileKeyRef) : []),
  ]
  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter(Boolean).length
  if (sources === 0) errors.push(invalid(field, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'))
  else if (value) errors.push(invalid(field, '', 'may not be specified when `value` is not empty'))
  else if (sources > 1) errors.push(invalid(field, '', 'may not have more than one field specified at a time'))
  return errors
}

export function validateEnv(field: string, env: readonly EnvVar[] = []): readonly FieldError[] {
  return env.flatMap((variable, index) => {
    const path = `${field}[${index}]`
    const name = variable.name ? invalidAll(`${path}.name`, variable.name, isRelaxedEnvVarName(variable.name)) : [required(`${path}.name`)]
    return [...name, ...validateValueFrom(`${path}.valueFrom`, variable)]
  })
}

function validateEnvSource(field: string, name: string | undefined): readonly FieldError[] {
  if (!name) return requiredText(`${field}.name`, name)
  // Upstream checks it as a prefix: a dash at its end is let through.
  const masked = maskTrailingDash(name)
  return subdomain(`${field}.name`, masked).map((error) => ({ ...error, badValue: name }))
}

export function validateEnvFrom(field: string, sources: readonly EnvFromSource[] = []): readonly FieldError[] {
  return sources.flatMap(({ prefix, configMapRef, secretRef }, index) => {
    const path = `${field}[${index}]`
    const errors: FieldError[] = [
      ...(prefix ? invalidAll(`${path}.prefix`, prefix, isRelaxedEnvVarName(prefix)) : []),
      ...(configMapRef ? validateEnvSource(`${path}.configMapRef`, configMapRef.name) : []),
      ...(secretRef ? validateEnvSource(`${path}.secretRef`, secretRef.name) : []),
    ]
    if (!configMapRef && !secretRef) errors.push(invalid(field, '', 'must specify one of: `configMapRef` or `secretRef`'))
    else if (configMapRef && secretRef) errors.push(invalid(field, '', 'may not have more than one field specified at a time'))
    return errors
  })
}
