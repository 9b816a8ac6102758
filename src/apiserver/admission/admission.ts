// Admission: what may still change or refuse a request after authorization. Mutation and validation are different types, so
// that a validator cannot be asked to mutate. Source: k8s.io/apiserver pkg/admission/interfaces.go.
import type { KubeObject, Mutable } from '../../api/object.ts'
import type { UserInfo } from '../authn/user.ts'

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
  /** CreateOptions, UpdateOptions or DeleteOptions of the request. */
  readonly options: Readonly<Record<string, unknown>>
  readonly dryRun: boolean
  readonly user: UserInfo
  warn(message: string): void
  /** Adds to the audit event. */
  annotate(key: string, value: string): void
}

export interface MutatingAttributes extends AdmissionAttributes {
  /** Changed in place; undefined on DELETE. */
  readonly object: Mutable<KubeObject> | undefined
}

export interface ValidatingAttributes extends AdmissionAttributes {
  readonly object: KubeObject | undefined
}

/** @throws {ApiError} (from `admit`, `validate`) to refuse: usually Forbidden */
export interface AdmissionPlugin {
  /** Upstream's name, as in --enable-admission-plugins. */
  readonly name: string
  handles(operation: AdmissionOperation): boolean
  admit?(attributes: MutatingAttributes): Promise<void> | void
  validate?(attributes: ValidatingAttributes): Promise<void> | void
}
