// Endpoints. Source: pkg/registry/core/endpoint/strategy.go, pkg/apis/core/v1/defaults.go.
import type { Endpoints } from '../../../../api/core/v1.ts'
import type { Strategy } from '../../generic/strategy.ts'

export const endpointsStrategy: Strategy<Endpoints> = {
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  defaults({ subsets }) {
    for (const port of (subsets ?? []).flatMap((s) => s.ports ?? [])) port.protocol ||= 'TCP'
  },
}
