// Endpoints. Source: pkg/registry/core/endpoint/strategy.go, pkg/apis/core/v1/defaults.go, pkg/apis/core/validation/validation.go.
import type { EndpointAddress, EndpointPort, Endpoints } from '../../../../api/core/v1.ts'
import { type FieldError, invalid, required } from '../../../../apimachinery/field-errors.ts'
import { semanticEqual } from '../../../../apimachinery/json-equal.ts'
import { validateLegacyIp, warningsForIp } from '../../../../apimachinery/validation/ip.ts'
import { isDns1123Subdomain, isPortNumber, isQualifiedName } from '../../../../apimachinery/validation/names.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { invalidAll, label, requiredOneOf } from '../../shared/pod-spec/invalid-values.ts'
import { validateNonSpecialIp } from '../../shared/validation/non-special-ip.ts'
import { protocols } from '../service/validate-ports.ts'

const addressesOf = ({ subsets = [] }: Endpoints) =>
  subsets.flatMap((subset, i) =>
    (['addresses', 'notReadyAddresses'] as const).flatMap((kind) =>
      (subset[kind] ?? []).map((address, j) => ({ field: `subsets[${i}].${kind}[${j}]`, address })),
    ),
  )

function validateAddress(field: string, { ip, hostname, nodeName }: EndpointAddress): readonly FieldError[] {
  return [
    ...validateLegacyIp(`${field}.ip`, ip),
    ...(hostname ? label(`${field}.hostname`, hostname) : []),
    ...(nodeName === undefined ? [] : invalidAll(`${field}.nodeName`, nodeName, isDns1123Subdomain(nodeName))),
    ...validateNonSpecialIp(`${field}.ip`, ip),
  ]
}

function validatePort(field: string, { name = '', port, protocol, appProtocol }: EndpointPort, nameRequired: boolean): readonly FieldError[] {
  return [
    ...(name ? label(`${field}.name`, name) : nameRequired ? [required(`${field}.name`)] : []),
    ...isPortNumber(port).map((message) => invalid(`${field}.port`, port, message)),
    ...requiredOneOf(`${field}.protocol`, protocol, protocols),
    ...(appProtocol === undefined ? [] : invalidAll(`${field}.appProtocol`, appProtocol, isQualifiedName(appProtocol))),
  ]
}

function validate(endpoints: Endpoints, old?: Endpoints): readonly FieldError[] {
  const { subsets = [] } = endpoints
  const errors = subsets.flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }, i) => {
    const at = `subsets[${i}]`
    const none = addresses.length === 0 && notReadyAddresses.length === 0
    return [
      ...(none ? [required(at, 'must specify `addresses` or `notReadyAddresses`')] : []),
      ...addresses.flatMap((address, j) => validateAddress(`${at}.addresses[${j}]`, address)),
      ...notReadyAddresses.flatMap((address, j) => validateAddress(`${at}.notReadyAddresses[${j}]`, address)),
      ...ports.flatMap((port, j) => validatePort(`${at}.ports[${j}]`, port, ports.length > 1)),
    ]
  })
  // What was stored when the rules were others may stay, as long as nothing of it changes.
  return errors.length > 0 && old && semanticEqual(old.subsets ?? [], subsets) ? [] : errors
}

const warnings = (endpoints: Endpoints) => addressesOf(endpoints).flatMap(({ field, address }) => warningsForIp(`${field}.ip`, address.ip))

export const endpointsStrategy: Strategy<Endpoints> = {
  metadataChecksOnUpdate: ['changes', 'whole'],
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  defaults({ subsets }) {
    for (const port of (subsets ?? []).flatMap((s) => s.ports ?? [])) port.protocol ||= 'TCP'
  },
  validate: (_, endpoints) => validate(endpoints),
  validateUpdate: (_, endpoints, old) => validate(endpoints, old),
  warningsOnCreate: (_, endpoints) => warnings(endpoints),
  warningsOnUpdate: (_, endpoints) => warnings(endpoints),
}
