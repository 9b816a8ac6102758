// The seam of the API server: one generic store does CRUD and watch for every resource; a strategy per resource supplies
// pure hooks in a fixed order. Source: k8s.io/apiserver pkg/registry/rest/{create,update,delete}.go.
//
//   create  decode → schema defaults → defaults → admission (mutating) → beginCreate → prepareForCreate → validate
//           → warningsOnCreate → canonicalize → admission (validating) → store → (rollback | commit)
//   update  decode → schema defaults → defaults → admission (mutating) → beginUpdate → prepareForUpdate → validateUpdate
//           → warningsOnUpdate → canonicalize → admission (validating) → store → (rollback | commit)
import type { KubeObject, Mutable } from '../../../api/object.ts'
import type { FieldError } from '../../../apimachinery/field-errors.ts'
import type { JsonObject } from '../../../apimachinery/json-value.ts'
import type { Clock } from '../../../util/clock.ts'
import type { Steps } from '../../../util/steps.ts'
import type { UserInfo } from '../../authn/user.ts'
import type { DefaultPropagation } from './finalizers.ts'

export interface RequestContext {
  readonly user: UserInfo
  /** Of the request, as authorizers see it: `patch` for an apply. */
  readonly verb?: string
  /** API group that the request was sent to: some resources are served by two. */
  readonly group?: string
  readonly namespace: string
  readonly name: string
  /** '' for the resource itself. */
  readonly subresource: string
  readonly dryRun: boolean
  readonly clock: Clock
  /** Adds a Warning header (299) to the answer; duplicates are dropped. */
  warn(message: string): void
}

/** What a strategy's asynchronous effects return: undone when the write fails, made final when it succeeded. */
export interface Effect {
  commit?(): Promise<void> | void
  rollback?(): Promise<void> | void
}

/**
 * The rules of one resource, in its storage version. Hooks other than `begin*` are synchronous and do no I/O.
 * `object` is the request's own copy and may be changed where a hook says so; `old` is shared and may not.
 */
export interface Strategy<T extends KubeObject = KubeObject> {
  /** Defaults that upstream sets in code (`SetDefaults_*`), after those of the schema table. Must be idempotent. */
  defaults?(object: Mutable<T>): void
  /** Clears what a client may not set (status), sets what the server owns (generation is set by the store). */
  prepareForCreate?(context: RequestContext, object: Mutable<T>): void
  prepareForUpdate?(context: RequestContext, object: Mutable<T>, old: T): void
  /** Metadata has been validated already (see {@link validateName}). */
  validate?(context: RequestContext, object: T): readonly FieldError[]
  validateUpdate?(context: RequestContext, object: T, old: T): readonly FieldError[]
  /** What takes long, such as compiling expressions: others have their turns between its steps. Said after the rest. @param old of an update */
  validateInSteps?(context: RequestContext, object: T, old: T | undefined): Steps<readonly FieldError[]>
  warningsOnCreate?(context: RequestContext, object: T): readonly string[]
  warningsOnUpdate?(context: RequestContext, object: T, old: T): readonly string[]
  /** Normal form of what is stored (sorted lists and the like). May change `object`. */
  canonicalize?(object: Mutable<T>): void
  /**
   * What becomes of a new object depends on the request and on admission alone, and not on its name (as long as that is valid): those that are
   * sent alike become alike, and are not worked out again (see endpoints/series). Not for strategies with beginCreate. Default false.
   */
  readonly comesInSeries?: boolean
  /** Messages of what is wrong with a name; default: DNS subdomain. `prefix`: it is a generateName. */
  validateName?(name: string, prefix: boolean): readonly string[]
  /**
   * How validateUpdate looks at metadata, after the store has: as what changes and as a whole. Each error is one more among the
   * causes each time it is found, so the list is upstream's for the kind. Default: what changes, once.
   */
  readonly metadataChecksOnUpdate?: readonly ('changes' | 'whole')[]
  /** PUT of an absent object creates it (leases, events, nodes' status do not; see upstream per kind). Default false. */
  readonly allowCreateOnUpdate?: boolean
  /** PUT without resourceVersion is accepted. Default true. */
  readonly allowUnconditionalUpdate?: boolean
  /** Whether a change of spec-like fields raises metadata.generation; default: everything but metadata and status counts. */
  readonly hasGeneration?: boolean
  /** What a change of raises metadata.generation, where that is more (or less) than spec-like fields. */
  readonly wanted?: (object: KubeObject) => unknown
  /**
   * Paths that prepareForCreate and prepareForUpdate undo: whoever writes does not come to own them. Default for kinds with a
   * status: `status` on the main resource, `spec` on `status`.
   */
  readonly resetFields?: readonly (readonly string[])[]
  /** In place of {@link resetFields}: the only paths that are not undone; `*` stands for any element. */
  readonly writtenFields?: readonly (readonly string[])[]
  /** Overrides for a subresource that writes the same object (`status`, `ephemeralcontainers`, `resize`, `finalize`, `approval`). */
  readonly subresources?: { readonly [name: string]: Partial<Strategy<T>> }
  /** Members that upstream's internal type cannot leave out, as an object without contents (a bookmark) has them. Default: none. */
  readonly empty?: JsonObject
  /** How `scale` reads and writes the object; only for resources that have that subresource. */
  readonly scale?: ScaleAccess<T>
  /** Why nobody may delete the object of this name, whether it is there or not. Deleting a collection does not ask. */
  refuseDelete?(name: string): string | undefined
  /** Graceful deletion: seconds to grant; undefined: delete at once. May set fields on `object` (deletionGracePeriodSeconds is the store's). */
  gracePeriodSeconds?(object: T, requested: number | undefined): number | undefined
  /** What kind of propagation applies when the request names none; `unsupported`: none, whatever it names. Default 'background'. */
  readonly defaultPropagation?: DefaultPropagation
  /** Said when dependents are orphaned although nobody asked for it. */
  readonly orphanWarning?: string
  /** Asynchronous work around a write: allocating a cluster IP, a node port. A dry run's is rolled back. */
  beginCreate?(context: RequestContext, object: Mutable<T>): Promise<Effect | undefined>
  beginUpdate?(context: RequestContext, object: Mutable<T>, old: T): Promise<Effect | undefined>
  /** After the object is gone from the store: releasing what beginCreate took. */
  afterDelete?(object: T): Promise<void> | void
  /** A value for a field selector key that is more than the text at its path (see api/field-selector facts). */
  fieldValue?(object: T, key: string): string | undefined
}

export interface ScaleAccess<T> {
  replicas(object: T): number
  statusReplicas(object: T): number
  /** Selector in string form, for `status.selector`. */
  selector(object: T): string
  setReplicas(object: Mutable<T>, replicas: number): void
}
