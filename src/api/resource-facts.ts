// Every resource that Kubernetes 1.36 serves by default, and the order of groups in discovery.
import data from './generated/resources.ts'

export interface SubresourceFacts {
  /** Group and version when they differ from the resource's own (`scale`, `eviction`, `token`). */
  readonly group?: string
  readonly version?: string
  readonly kind: string
  readonly verbs: readonly string[]
  readonly type: string
}

export interface ResourceFacts {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly namespaced: boolean
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly verbs: readonly string[]
  readonly subresources?: { readonly [name: string]: SubresourceFacts }
  /** Schema type of an object and of a list. */
  readonly type: string
  readonly listType?: string
  /** Group version that objects are stored in; absent for resources that are never stored. */
  readonly storageVersion?: string
  readonly storageVersionHash?: string
  readonly preferred?: boolean
}

export interface GroupFacts {
  readonly name: string
  readonly preferredVersion: string
  readonly versions: readonly { readonly version: string; readonly enabledByDefault: boolean }[]
}

const { _groups: groups, ...resources } = data

/** `group/version/plural` (core: `v1/pods`) -> facts. */
export const resourceFacts: ReadonlyMap<string, ResourceFacts> = new Map(Object.entries(resources as Record<string, ResourceFacts>))

/** API groups in discovery order; '' is the core group. */
export const groupFacts = groups as readonly GroupFacts[]
