// EndpointSlices. Source: pkg/apis/discovery/validation/validation.go.
import type { Endpoint, EndpointHints, EndpointPort, EndpointSlice } from '../../../../api/discovery/v1.ts'
import { duplicate, type FieldError, invalid, required, tooMany } from '../../../../apimachinery/field-errors.ts'
import { validateIp } from '../../../../apimachinery/validation/ip.ts'
import { validateLabels } from '../../../../apimachinery/validation/labels.ts'
import { isDns1123Subdomain, isLabelValue, isQualifiedName, type Messages } from '../../../../apimachinery/validation/names.ts'
import { invalidAll, label, oneOf, requiredOneOf } from '../../shared/pod-spec/invalid-values.ts'
import { validateNonSpecialIp } from '../../shared/validation/non-special-ip.ts'

const endpointsMax = 1000
const addressesMax = 100
const portsMax = 20_000
const topologyMax = 16
const hintsMax = 8

/** A dot at the end may be there, and is not shown. Source: IsFullyQualifiedDomainName. */
function validateDomain(at: string, address: string): readonly FieldError[] {
  if (address === '') return [required(at)]
  const domain = address.replace(/\.$/, '')
  const messages = isDns1123Subdomain(domain)
  if (messages.length > 0) return [invalid(at, domain, messages.join(','))]
  return domain.includes('.') ? [] : [invalid(at, domain, 'should be a domain with at least two segments separated by dots')]
}

function validateAddress(field: string, index: number, address: string, type: string, known: ReadonlySet<string>): readonly FieldError[] {
  const at = `${field}[${index}]`
  if (type === 'FQDN') return validateDomain(at, address)
  if (type !== 'IPv4' && type !== 'IPv6') return []
  const errors = known.has(address) ? [] : validateIp(at, address)
  if (errors.length > 0) return errors
  const isIpv6 = address.includes(':')
  if (isIpv6 !== (type === 'IPv6')) return [invalid(field, address, `must be an ${type} address`)]
  return validateNonSpecialIp(at, address)
}

function validateHints(field: string, { forZones = [], forNodes = [] }: EndpointHints): readonly FieldError[] {
  const check = (name: string, hints: readonly { readonly name: string }[], rule: (text: string) => Messages): readonly FieldError[] => {
    if (hints.length > hintsMax) return [tooMany(`${field}.${name}`, hints.length, hintsMax)]
    return hints.flatMap((hint, i) => {
      const at = `${field}.${name}[${i}].name`
      const repeated = hints.findIndex((other) => other.name === hint.name) < i
      return [...(repeated ? [duplicate(at, hint.name)] : []), ...invalidAll(at, hint.name, rule(hint.name))]
    })
  }
  const zones = check('forZones', forZones, isLabelValue)
  // Too many zones hide what is wrong with the nodes.
  return forZones.length > hintsMax ? zones : [...zones, ...check('forNodes', forNodes, isDns1123Subdomain)]
}

function validateEndpoint(field: string, endpoint: Endpoint, type: string, known: ReadonlySet<string>): readonly FieldError[] {
  const { nodeName, deprecatedTopology, hostname, hints } = endpoint
  const addresses = endpoint.addresses ?? []
  const topology = Object.keys(deprecatedTopology ?? {}).length
  return [
    ...(addresses.length === 0 ? [required(`${field}.addresses`, 'must contain at least 1 address')] : []),
    ...(addresses.length > addressesMax ? [tooMany(`${field}.addresses`, addresses.length, addressesMax)] : []),
    ...addresses.flatMap((address, i) => validateAddress(`${field}.addresses`, i, address, type, known)),
    ...(nodeName === undefined ? [] : invalidAll(`${field}.nodeName`, nodeName, isDns1123Subdomain(nodeName))),
    ...(topology > topologyMax ? [tooMany(`${field}.deprecatedTopology`, topology, topologyMax)] : []),
    ...validateLabels(`${field}.deprecatedTopology`, deprecatedTopology),
    ...(hostname === undefined ? [] : label(`${field}.hostname`, hostname)),
    ...(hints ? validateHints(`${field}.hints`, hints) : []),
  ]
}

function validatePorts(ports: readonly EndpointPort[]): readonly FieldError[] {
  if (ports.length > portsMax) return [tooMany('ports', ports.length, portsMax)]
  const names = ports.map(({ name = '' }) => name)
  return ports.flatMap(({ name = '', protocol, appProtocol }, i) => {
    const at = `ports[${i}]`
    return [
      ...(name ? label(`${at}.name`, name) : []),
      ...(names.indexOf(name) < i ? [duplicate(`${at}.name`, name)] : []),
      ...(protocol === undefined ? [required(`${at}.protocol`)] : oneOf(`${at}.protocol`, protocol, ['SCTP', 'TCP', 'UDP'])),
      ...(appProtocol === undefined ? [] : invalidAll(`${at}.appProtocol`, appProtocol, isQualifiedName(appProtocol))),
    ]
  })
}

/** @param old of an update: its addresses may stay as they are written */
export function validateEndpointSlice(slice: EndpointSlice, old?: EndpointSlice): readonly FieldError[] {
  const { addressType } = slice
  const [endpoints, ports] = [slice.endpoints ?? [], slice.ports ?? []]
  const known = new Set((old?.endpoints ?? []).flatMap(({ addresses }) => addresses))
  return [
    ...requiredOneOf('addressType', addressType, ['FQDN', 'IPv4', 'IPv6']),
    ...(endpoints.length > endpointsMax
      ? [tooMany('endpoints', endpoints.length, endpointsMax)]
      : endpoints.flatMap((endpoint, i) => validateEndpoint(`endpoints[${i}]`, endpoint, addressType, known))),
    ...validatePorts(ports),
  ]
}
