// Where the node ports in use are kept: in the store, under upstream's key, so that all API servers of a cluster give them away from one list.
// Source: pkg/registry/core/service/allocator/storage/storage.go.
import type { Codec } from '../../../../apimachinery/codec/codec.ts'
import { isEnveloped } from '../../../../apimachinery/codec/protobuf/envelope.ts'
import type { JsonObject } from '../../../../apimachinery/json-value.ts'
import type { Storage } from '../../../../storage/storage.ts'
import { decodePorts, encodePorts, formatRange, type PortRange } from './port-range.ts'

const key = '/registry/ranges/servicenodeports'
const type = 'io.k8s.api.core.v1.RangeAllocation'

/** @returns whether it has changed the ports in use */
export type Edit = (used: Set<number>) => boolean

export interface PortRegistry {
  used(): Promise<ReadonlySet<number>>
  /** Once on what is stored now, and again whenever somebody else has stored something meanwhile. */
  edit(edit: Edit): Promise<void>
}

export function newPortRegistry(storage: Pick<Storage, 'get' | 'put'>, codec: Codec, range: PortRange): PortRegistry {
  function decode(value: Uint8Array): Set<number> {
    const object = (isEnveloped(value) ? codec.decodeProtobuf(() => type, value).object : JSON.parse(Buffer.from(value).toString())) as JsonObject
    const { data, range: stored } = object as { readonly data?: string; readonly range?: string }
    return decodePorts(data ?? '', stored ?? '')
  }
  const encode = (ports: ReadonlySet<number>) =>
    Buffer.from(JSON.stringify({ kind: 'RangeAllocation', apiVersion: 'v1', metadata: {}, range: formatRange(range), data: encodePorts(ports, range) }))

  return {
    async used() {
      const item = await storage.get(key)
      return item ? decode(item.value) : new Set()
    },
    async edit(edit) {
      for (let item = await storage.get(key); ;) {
        const ports = item ? decode(item.value) : new Set<number>()
        if (!edit(ports)) return
        const result = await storage.put(key, encode(ports), item?.modRevision ?? 0)
        if (result.ok) return
        item = result.current
      }
    },
  }
}
