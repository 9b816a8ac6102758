// A container's environment, in the order of its spec: later entries see earlier ones.
// Source: Kubernetes 1.36 pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables).

import type { ConfigMap, Container, EnvVar, Pod, Secret, Service } from '../../api/core/v1.ts'
import type { Quantity } from '../../api/runtime.ts'
import { ConfigError } from '../runtime/start-errors.ts'
import { expand } from './expand.ts'
import { fieldValue, type PodAddresses, resourceValue } from './field-ref.ts'
import { serviceVariables, visibleServices } from './service-env.ts'

export interface EnvironmentInput {
  readonly pod: Pod
  readonly container: Container
  readonly services: readonly Service[]
  readonly addresses: PodAddresses
  readonly allocatable: Readonly<Record<string, Quantity>>
  /** Undefined when the object does not exist. */
  readonly configMap: (name: string) => Promise<ConfigMap | undefined>
  readonly secret: (name: string) => Promise<Secret | undefined>
  /** A key of a file in a volume (fileKeyRef). */
  readonly fileKey?: (volumeName: string, path: string, key: string) => Promise<string | undefined>
}

/** @throws {ConfigError} a source that is not optional is missing */
export async function resolveEnvironment(input: EnvironmentInput): Promise<Map<string, string>> {
  const { pod, container, services } = input
  const result = new Map<string, string>()
  for (const source of container.envFrom ?? []) for (const [key, value] of await envFrom(source, input)) result.set(key, value)
  const linked = serviceVariables(visibleServices(services, pod.metadata.namespace, pod.spec.enableServiceLinks ?? true))
  const lookup = (name: string) => result.get(name) ?? linked.get(name)
  for (const variable of container.env ?? []) {
    const value = variable.valueFrom ? await valueFrom(variable, input) : expand(variable.value ?? '', lookup)
    if (value !== undefined) result.set(variable.name, value)
  }
  for (const [key, value] of linked) if (!result.has(key)) result.set(key, value)
  return result
}

type EnvFrom = NonNullable<Container['envFrom']>[number]

async function envFrom({ prefix = '', configMapRef, secretRef }: EnvFrom, input: EnvironmentInput): Promise<[string, string][]> {
  const [kind, ref] = configMapRef ? (['configmap', configMapRef] as const) : (['secret', secretRef] as const)
  if (!ref?.name) return []
  const data = kind === 'configmap' ? (await input.configMap(ref.name))?.data : decoded(await input.secret(ref.name))
  const exists = data !== undefined || (kind === 'configmap' && (await input.configMap(ref.name)) !== undefined)
  if (!exists && !ref.optional) throw missing(kind, ref.name)
  return Object.entries(data ?? {}).map(([key, value]) => [prefix + key, value])
}

async function valueFrom({ name, valueFrom }: EnvVar, input: EnvironmentInput): Promise<string | undefined> {
  const { pod, container, addresses, allocatable } = input
  const { namespace } = pod.metadata
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom ?? {}
  if (fieldRef) return fieldValue(pod, fieldRef.fieldPath, addresses)
  if (resourceFieldRef) return resourceValue(resourceFieldRef, containerNamed(pod, resourceFieldRef.containerName) ?? container, allocatable)
  if (configMapKeyRef) {
    const configMap = await input.configMap(configMapKeyRef.name ?? '')
    if (!configMap && !configMapKeyRef.optional) throw missing('configmap', configMapKeyRef.name ?? '')
    return keyOfData(configMap?.data, configMapKeyRef, `ConfigMap ${namespace}/${configMapKeyRef.name}`)
  }
  if (secretKeyRef) {
    const secret = await input.secret(secretKeyRef.name ?? '')
    if (!secret && !secretKeyRef.optional) throw missing('secret', secretKeyRef.name ?? '')
    return keyOfData(decoded(secret), secretKeyRef, `Secret ${namespace}/${secretKeyRef.name}`)
  }
  if (fileKeyRef) {
    const value = await input.fileKey?.(fileKeyRef.volumeName, fileKeyRef.path, fileKeyRef.key)
    if (value === undefined && !fileKeyRef.optional)
      throw new ConfigError(`environment variable key ${JSON.stringify(fileKeyRef.key)} not found in file ${JSON.stringify(fileKeyRef.path)}`)
    return value
  }
  throw new ConfigError(`environment variable ${JSON.stringify(name)} has an empty valueFrom`)
}

function keyOfData(
  data: Readonly<Record<string, string>> | undefined,
  { key, optional }: { readonly key: string; readonly optional?: boolean },
  owner: string,
): string | undefined {
  if (data && Object.hasOwn(data, key)) return data[key]
  if (optional) return undefined
  throw new ConfigError(`couldn't find key ${key} in ${owner}`)
}

const missing = (kind: string, name: string) => new ConfigError(`${kind} ${JSON.stringify(name)} not found`)

function decoded(secret: Secret | undefined): Record<string, string> | undefined {
  return secret && Object.fromEntries(Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))
}

function containerNamed(pod: Pod, name: string | undefined): Container | undefined {
  return [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((c) => c.name === name)
}
