// Rules of ReplicationControllers. Source: pkg/apis/core/validation/validation.go (ValidateReplicationController).
import type { PodTemplateSpec, ReplicationController } from '../../../../api/core/v1.ts'
import { type FieldError, forbidden, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { nonNegative } from '../../shared/pod-spec/invalid-values.ts'
import { podValidationOptions } from '../../shared/pod-spec/options.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'
import { validatePodTemplateSpec } from '../../shared/pod-spec/validate-pod-spec.ts'

type Labels = { readonly [key: string]: string }

function validateTemplate(field: string, template: PodTemplateSpec, selector: Labels, old: PodTemplateSpec | undefined): readonly FieldError[] {
  const labels = template.metadata?.labels ?? {}
  const matches = Object.entries(selector).every(([key, value]) => ownValue(labels, key) === value)
  const { restartPolicy = '', activeDeadlineSeconds } = template.spec ?? {}
  return [
    ...(matches ? [] : [invalid(`${field}.metadata.labels`, labels, '`selector` does not match template `labels`')]),
    ...validatePodTemplateSpec(template, field, podValidationOptions(old)),
    ...(restartPolicy === 'Always' ? [] : [notSupported(`${field}.spec.restartPolicy`, restartPolicy, ['Always'])]),
    ...(activeDeadlineSeconds === undefined
      ? []
      : [forbidden(`${field}.spec.activeDeadlineSeconds`, 'activeDeadlineSeconds in ReplicationController is not Supported')]),
  ]
}

/** @param old the stored one; absent on create */
export function validateReplicationController({ spec }: ReplicationController, old?: ReplicationController): readonly FieldError[] {
  const { selector = {}, template, replicas, minReadySeconds } = spec ?? {}
  return [
    ...nonNegative('spec.minReadySeconds', minReadySeconds),
    ...(Object.keys(selector).length > 0 ? [] : [required('spec.selector')]),
    ...(replicas === undefined ? [required('spec.replicas')] : nonNegative('spec.replicas', replicas)),
    ...(template ? validateTemplate('spec.template', template, selector, old?.spec?.template) : [required('spec.template')]),
  ]
}
