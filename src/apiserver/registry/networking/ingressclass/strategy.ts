// IngressClasses. Source: pkg/registry/networking/ingressclass/strategy.go, pkg/apis/networking/{v1/defaults.go,validation}.
import type { IngressClass, IngressClassParametersReference } from '../../../../api/networking/v1.ts'
import { type FieldError, forbidden, notSupported, required, tooLong } from '../../../../apimachinery/field-errors.ts'
import { byteLength, isDns1123Label, isPathSegmentName } from '../../../../apimachinery/validation/names.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import { validateDomainPrefixedPath } from '../../../../apimachinery/validation/qualified-fields.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { invalidAll, subdomain } from '../../shared/pod-spec/invalid-values.ts'

const controllerBytesMax = 250

function validateParameters(at: string, { apiGroup, kind, name, scope, namespace }: IngressClassParametersReference): readonly FieldError[] {
  const errors: FieldError[] = [
    ...(apiGroup === undefined ? [] : subdomain(`${at}.apiGroup`, apiGroup)),
    ...(kind ? invalidAll(`${at}.kind`, kind, isPathSegmentName(kind)) : [required(`${at}.kind`)]),
    ...(name ? invalidAll(`${at}.name`, name, isPathSegmentName(name)) : [required(`${at}.name`)]),
  ]
  if (scope === undefined) return [...errors, required(`${at}.scope`)]
  if (scope === 'Namespace') {
    if (namespace === undefined) return [...errors, required(`${at}.namespace`, "`parameters.scope` is set to 'Namespace'")]
    return [...errors, ...invalidAll(`${at}.namespace`, namespace, isDns1123Label(namespace))]
  }
  if (scope !== 'Cluster') return [...errors, notSupported(`${at}.scope`, scope, ['Cluster', 'Namespace'])]
  return namespace === undefined ? errors : [...errors, forbidden(`${at}.namespace`, "`parameters.scope` is set to 'Cluster'")]
}

function validate({ spec }: IngressClass): readonly FieldError[] {
  const { controller = '', parameters } = spec ?? {}
  const field = 'spec.controller'
  return [
    ...(controller && byteLength(controller) > controllerBytesMax ? [tooLong(field, controllerBytesMax)] : []),
    ...(controller ? validateDomainPrefixedPath(field, controller) : [required(field)]),
    ...(parameters ? validateParameters('spec.parameters', parameters) : []),
  ]
}

export const ingressClassStrategy: Strategy<IngressClass> = {
  metadataChecksOnUpdate: ['changes', 'whole'],
  defaults({ spec }) {
    if (spec?.parameters) spec.parameters.scope ??= 'Cluster'
  },
  validate: (_, ingressClass) => validate(ingressClass),
  validateUpdate: (_, ingressClass, old) => [
    ...validateImmutable('spec.controller', ingressClass.spec?.controller ?? '', old.spec?.controller ?? ''),
    ...validate(ingressClass),
  ],
}
