// What a configMap, secret, downwardAPI or projected volume contains, as data.

import type { ConfigMap, KeyToPath, Secret } from '../../api/core/v1.ts'
import { StartError } from '../runtime/start-errors.ts'

export interface PayloadFile {
  readonly data: Uint8Array
  readonly mode: number
  /** Owner, where it is not root: service account tokens of pods that run as one user. */
  readonly uid?: number
}

/** By path within the volume. */
export type Payload = ReadonlyMap<string, PayloadFile>

export const defaultMode = 0o644

interface Selection {
  readonly items?: readonly KeyToPath[] | undefined
  readonly mode: number
  readonly optional: boolean
  /** `configmap references non-existent config key: %s` and its kin. */
  readonly kind: 'configmap' | 'secret'
}

/** @throws {StartError} a listed key does not exist and the source is not optional */
export function select(data: ReadonlyMap<string, Uint8Array>, { items, mode, optional, kind }: Selection): Payload {
  if (!items || items.length === 0) return new Map([...data].map(([key, bytes]) => [key, { data: bytes, mode }]))
  const files = new Map<string, PayloadFile>()
  for (const item of items) {
    const bytes = data.get(item.key)
    if (bytes) files.set(item.path, { data: bytes, mode: item.mode ?? mode })
    else if (!optional)
      throw new StartError(
        'FailedMount',
        `${kind === 'secret' ? 'references non-existent secret key' : 'configmap references non-existent config key'}: ${item.key}`,
      )
  }
  return files
}

export function configMapData({ data, binaryData }: ConfigMap): Map<string, Uint8Array> {
  return new Map([
    ...Object.entries(data ?? {}).map(([key, text]) => [key, Buffer.from(text)] as const),
    ...Object.entries(binaryData ?? {}).map(([key, base64]) => [key, Buffer.from(base64, 'base64')] as const),
  ])
}

export function secretData({ data }: Secret): Map<string, Uint8Array> {
  return new Map(Object.entries(data ?? {}).map(([key, base64]) => [key, Buffer.from(base64, 'base64')]))
}
