// Rules of ReplicaSets. Source: pkg/apis/apps/validation/validation.go.
import type { ReplicaSet } from '../../../../api/apps/v1.ts'
import type { FieldError } from '../../../../apimachinery/field-errors.ts'
import { nonNegative } from '../../shared/pod-spec/invalid-values.ts'
import { podValidationOptions } from '../../shared/pod-spec/options.ts'
import { validateReplicatedTemplate } from '../../shared/workload/validate-replicated.ts'

/** @param old the stored ReplicaSet; absent on create */
export const validateReplicaSet = ({ spec }: ReplicaSet, old?: ReplicaSet): readonly FieldError[] => [
  ...nonNegative('spec.replicas', spec.replicas),
  ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
  ...validateReplicatedTemplate(spec, podValidationOptions(old?.spec.template)),
]
