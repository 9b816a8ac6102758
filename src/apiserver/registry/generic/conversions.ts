// Two versions over one stored object. What is stored is always the storage version; requests in another one are converted on
// their way in and out. Fields that only one of the two versions has live in annotations or under other names, as upstream does it.
import type { KubeObject, Mutable } from '../../../api/object.ts'

export interface VersionConversion {
  /** @param object in the request's version, the caller's own */
  toStored(object: Mutable<KubeObject>): Mutable<KubeObject>
  /** @param object as stored, read only */
  fromStored(object: KubeObject): KubeObject
}

/** `group/version/plural` of the version that is not stored -> how it maps to the stored one. */
export type Conversions = ReadonlyMap<string, VersionConversion>
