// IPAddresses. Source: pkg/registry/networking/ipaddress/strategy.go, pkg/apis/networking/validation/validation.go.
import type { IPAddress, ParentReference } from '../../../../api/networking/v1.ts'
import { type FieldError, required } from '../../../../apimachinery/field-errors.ts'
import { validateIp } from '../../../../apimachinery/validation/ip.ts'
import { isPathSegmentName } from '../../../../apimachinery/validation/names.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { internalFormOf } from '../../shared/pod-spec/internal-form.ts'
import { invalidAll, subdomain } from '../../shared/pod-spec/invalid-values.ts'

const field = 'spec.parentRef'

function validateParent(parent: ParentReference | undefined): readonly FieldError[] {
  if (!parent) return [required(field)]
  const { group = '', resource = '', name = '', namespace = '' } = parent
  const segment = (key: string, value: string) => invalidAll(`${field}.${key}`, value, isPathSegmentName(value))
  return [
    ...(group ? subdomain(`${field}.group`, group) : []),
    ...(resource ? segment('resource', resource) : [required(`${field}.resource`)]),
    ...(name ? segment('name', name) : [required(`${field}.name`)]),
    ...(namespace ? segment('namespace', namespace) : []),
  ]
}

const shown = ({ spec }: IPAddress) => (spec?.parentRef ? internalFormOf('io.k8s.api.networking.v1.ParentReference', spec.parentRef) : null)

export const ipAddressStrategy: Strategy<IPAddress> = {
  validateName: (name) => validateIp('', name).map(({ detail }) => detail),
  validate: (_, { spec }) => validateParent(spec?.parentRef),
  metadataChecksOnUpdate: ['whole', 'changes'],
  validateUpdate: (_, address, old) => [...validateParent(address.spec?.parentRef), ...validateImmutable(field, shown(address), shown(old))],
}
