// Gathers what goes into configMap, secret, downwardAPI and projected volumes.

import type { DownwardAPIVolumeFile, Pod, Volume, VolumeProjection } from '../../api/core/v1.ts'
import type { Quantity } from '../../api/runtime.ts'
import { fieldValue, type PodAddresses, resourceValue } from '../env/field-ref.ts'
import { StartError } from '../runtime/start-errors.ts'
import type { ObjectGetter } from './object-getter.ts'
import { configMapData, defaultMode, type Payload, type PayloadFile, secretData, select } from './payload.ts'
import type { ServiceAccountTokens } from './service-account-tokens.ts'

export interface ProjectionSources {
  readonly objects: Pick<ObjectGetter, 'configMap' | 'secret'>
  readonly tokens: Pick<ServiceAccountTokens, 'get'>
  readonly allocatable: () => Readonly<Record<string, Quantity>>
}

/** Undefined for volumes of other kinds. @throws {StartError} a source that is not optional is missing */
export async function payloadOf(pod: Pod, volume: Volume, addresses: PodAddresses, sources: ProjectionSources): Promise<Payload | undefined> {
  const { configMap, secret, downwardAPI, projected } = volume
  if (configMap) return configMapPayload(pod, configMap, configMap.defaultMode ?? defaultMode, sources)
  if (secret) return secretPayload(pod, { ...secret, name: secret.secretName ?? '' }, secret.defaultMode ?? defaultMode, sources)
  if (downwardAPI) return downwardPayload(pod, downwardAPI.items ?? [], downwardAPI.defaultMode ?? defaultMode, addresses, sources)
  if (!projected) return undefined
  const parts = await Promise.all((projected.sources ?? []).map((s) => projectionPayload(pod, s, projected.defaultMode ?? defaultMode, addresses, sources)))
  return new Map(parts.flatMap((part) => [...part]))
}

type ObjectRef = Pick<NonNullable<VolumeProjection['configMap']>, 'name' | 'items' | 'optional'>

async function configMapPayload(pod: Pod, { name = '', items, optional = false }: ObjectRef, mode: number, { objects }: ProjectionSources): Promise<Payload> {
  const configMap = await objects.configMap(pod, name)
  if (!configMap && !optional) throw new StartError('FailedMount', `configmap ${JSON.stringify(name)} not found`)
  return select(configMap ? configMapData(configMap) : new Map(), { items, mode, optional: optional, kind: 'configmap' })
}

async function secretPayload(pod: Pod, { name = '', items, optional = false }: ObjectRef, mode: number, { objects }: ProjectionSources): Promise<Payload> {
  const secret = await objects.secret(pod, name)
  if (!secret && !optional) throw new StartError('FailedMount', `secret ${JSON.stringify(name)} not found`)
  return select(secret ? secretData(secret) : new Map(), { items, mode, optional, kind: 'secret' })
}

function downwardPayload(
  pod: Pod,
  items: readonly DownwardAPIVolumeFile[],
  mode: number,
  addresses: PodAddresses,
  { allocatable }: ProjectionSources,
): Payload {
  const files = new Map<string, PayloadFile>()
  for (const { path, fieldRef, resourceFieldRef, mode: own } of items) {
    const text = fieldRef ? fieldValue(pod, fieldRef.fieldPath, addresses) : resourceFieldRef ? resourceText(pod, resourceFieldRef, allocatable()) : ''
    files.set(path, { data: Buffer.from(text), mode: own ?? mode })
  }
  return files
}

function resourceText(pod: Pod, ref: NonNullable<DownwardAPIVolumeFile['resourceFieldRef']>, allocatable: Readonly<Record<string, Quantity>>): string {
  const container = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((c) => c.name === ref.containerName)
  if (!container) throw new StartError('FailedMount', `container ${ref.containerName ?? ''} not found`)
  return resourceValue(ref, container, allocatable)
}

async function projectionPayload(pod: Pod, source: VolumeProjection, mode: number, addresses: PodAddresses, sources: ProjectionSources): Promise<Payload> {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source
  if (configMap) return configMapPayload(pod, configMap, mode, sources)
  if (secret) return secretPayload(pod, secret, mode, sources)
  if (downwardAPI) return downwardPayload(pod, downwardAPI.items ?? [], mode, addresses, sources)
  if (!serviceAccountToken) throw new StartError('FailedMount', 'projected volume source is not supported by this kubelet')
  const token = await sources.tokens.get(pod, serviceAccountToken)
  return new Map([[serviceAccountToken.path, { data: Buffer.from(token), ...tokenAccess(pod, mode) }]])
}

/** A token is secret: with fsGroup the group reads it, and a pod that runs as one user owns it. */
function tokenAccess(pod: Pod, mode: number): { mode: number; uid?: number } {
  const { fsGroup, runAsUser } = pod.spec.securityContext ?? {}
  if (fsGroup !== undefined) return { mode: 0o600 }
  const users = new Set([...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map((c) => c.securityContext?.runAsUser ?? runAsUser))
  const [uid] = users
  return users.size === 1 && uid !== undefined ? { mode: 0o600, uid } : { mode }
}
