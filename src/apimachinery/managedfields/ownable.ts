// Which of the fields that a request writes can come to be owned through its endpoint. Source: structured-merge-diff fieldpath/set.go
// (ExcludeFilter, IncludeMatcherFilter), k8s.io/apiserver pkg/registry/rest (ResetFieldsStrategy, ResetFieldsFilterStrategy).
import { emptySet, type FieldSet, matching, recursiveDifference, setOfFields } from './field-set.ts'

type Paths = readonly (readonly string[])[]

export interface Ownable {
  /** Paths that the strategy undoes on this endpoint: `[['status']]` on the main resource of kinds with a status subresource. */
  readonly resetFields?: Paths | undefined
  /** The only paths that the strategy does not undo; `*` stands for any element. */
  readonly writtenFields?: Paths | undefined
}

export type OwnableFilter = (set: FieldSet) => FieldSet

const everything: OwnableFilter = (set) => set

/** @returns what of a set can be owned */
export function ownableFilter({ resetFields, writtenFields }: Ownable): OwnableFilter {
  if (writtenFields) {
    const written = setOfFields(writtenFields)
    return (set) => matching(set, written) ?? emptySet
  }
  if (!resetFields?.length) return everything
  const reset = setOfFields(resetFields)
  return (set) => recursiveDifference(set, reset)
}
