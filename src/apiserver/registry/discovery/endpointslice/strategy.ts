// EndpointSlices. Source: pkg/registry/discovery/endpointslice/strategy.go, pkg/apis/discovery/v1/defaults.go.
import type { EndpointSlice } from '../../../../api/discovery/v1.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import type { Strategy } from '../../generic/strategy.ts'

export const endpointSliceStrategy: Strategy<EndpointSlice> = {
  allowUnconditionalUpdate: true,
  defaults(slice) {
    for (const port of slice.ports ?? []) {
      port.name ??= ''
      port.protocol ??= 'TCP'
    }
  },
  validateUpdate: (_, slice, old) => validateImmutable('addressType', slice.addressType, old.addressType),
}
