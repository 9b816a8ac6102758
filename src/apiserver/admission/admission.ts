// Admission: what may still change or refuse a request after authorization. Mutation and validation are different types, so
// that a validator cannot be asked to mutate. Source: k8s.io/apiserver pkg/admission/interfaces.go.
import type { KubeObject, Mutable } from '../../api/object.ts'
import type { UserInfo } from '../authn/user.ts'
import type { TimePart } from '../audit/audit-trail.ts'
import type { Reinvocation } from './reinvocation.ts'

export type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'

export interface AdmissionAttributes {
  readonly operation: AdmissionOperation
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string }
  readonly resource: { readonly group: string; readonly version: string; readonly plural: string }
  /** '' for the resource itself. */
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  /** The stored object; undefined on CREATE and CONNECT. */
  readonly oldObject: KubeObject | undefined
  /** CreateOptions, UpdateOptions or DeleteOptions of the request; empty on CONNECT. */
  readonly options: Readonly<Record<string, unknown>>
  readonly dryRun: boolean
  readonly user: UserInfo
  warn(message: string): void
  /** Adds to the audit event. */
  annotate(key: string, value: string): void
  /** For the audit event of a slow request. */
  readonly time?: TimePart | undefined
}

export interface MutatingAttributes extends AdmissionAttributes {
  /** Changed in place; undefined on DELETE. On CONNECT what is asked for: a PodExecOptions and the like. */
  readonly object: Mutable<KubeObject> | undefined
}

export interface ValidatingAttributes extends AdmissionAttributes {
  readonly object: KubeObject | undefined
}

/** Reads something that a decision depends on: equal (===) answers, equal decisions. */
export type Input = () => unknown

interface Plugin {
  /** Upstream's name, as in --enable-admission-plugins. */
  readonly name: string
  /** Asked once per operation, not per request. */
  handles(operation: AdmissionOperation): boolean
  /**
   * What decides, besides the request, about a CREATE like this one, whatever the object is called. As long as every input reads the same,
   * the plugin does the same to the next object of the series (see endpoints/series). undefined, or no such method: it must be asked each time.
   * @param attributes of a creation that has passed; `object` is what became of it
   */
  inputs?(attributes: ValidatingAttributes): readonly Input[] | undefined
}

/** @throws {ApiError} (from `admit`) to refuse: usually Forbidden */
export interface MutationPlugin extends Plugin {
  /** @param round the second one is for those who want to see what others have changed since */
  admit(attributes: MutatingAttributes, round: Reinvocation): Promise<void> | void
  validate?: never
}

/** @throws {ApiError} (from `validate`) to refuse: usually Forbidden */
export interface ValidationPlugin extends Plugin {
  validate(attributes: ValidatingAttributes): Promise<void> | void
  admit?: never
}

/** @throws {ApiError} (from `admit`, `validate`) to refuse: usually Forbidden */
export interface AdmissionPlugin extends Plugin {
  admit?(attributes: MutatingAttributes, round?: Reinvocation): Promise<void> | void
  validate?(attributes: ValidatingAttributes): Promise<void> | void
}
