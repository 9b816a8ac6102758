// EndpointSlices. Source: pkg/registry/discovery/endpointslice/strategy.go, pkg/apis/discovery/v1/defaults.go.
import type { EndpointSlice } from '../../../../api/discovery/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { warningsForIp } from '../../../../apimachinery/validation/ip.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { emptyAsNull } from '../../shared/empty-lists.ts'
import { validateEndpointSlice } from './validate.ts'

/** v1 has nodeName and zone in its place: what a client writes there is dropped, the host name becomes the node's. */
function dropTopology({ endpoints }: Mutable<EndpointSlice>, old: EndpointSlice | undefined): void {
  if ((old?.endpoints ?? []).some(({ deprecatedTopology }) => deprecatedTopology)) return
  for (const endpoint of endpoints ?? []) delete endpoint.deprecatedTopology
}

function prepare(slice: Mutable<EndpointSlice>, old?: EndpointSlice): void {
  dropTopology(slice, old)
  emptyAsNull(slice, 'endpoints', 'ports')
}

function warnings({ addressType, endpoints }: EndpointSlice): readonly string[] {
  if (addressType === 'FQDN') return ['spec.addressType: FQDN endpoints are deprecated']
  return (endpoints ?? []).flatMap(({ addresses }, i) => (addresses ?? []).flatMap((address, j) => warningsForIp(`endpoints[${i}].addresses[${j}]`, address)))
}

export const endpointSliceStrategy: Strategy<EndpointSlice> = {
  metadataChecksOnUpdate: ['whole'],
  allowUnconditionalUpdate: true,
  /** Labels and annotations count too: controllers follow them. */
  wanted: ({ metadata, ...rest }) => ({ ...rest, labels: metadata.labels, annotations: metadata.annotations }),
  defaults(slice) {
    for (const port of slice.ports ?? []) {
      port.name ??= ''
      port.protocol ??= 'TCP'
    }
  },
  prepareForCreate: (_, slice) => prepare(slice),
  prepareForUpdate: (_, slice, old) => prepare(slice, old),
  validate: (_, slice) => validateEndpointSlice(slice),
  validateUpdate(_, slice, old) {
    const moved = validateImmutable('addressType', slice.addressType, old.addressType)
    return moved.length > 0 ? moved : validateEndpointSlice(slice, old)
  },
  warningsOnCreate: (_, slice) => warnings(slice),
  warningsOnUpdate: (_, slice) => warnings(slice),
}
