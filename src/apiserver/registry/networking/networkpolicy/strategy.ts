// NetworkPolicies. Source: pkg/registry/networking/networkpolicy/strategy.go, pkg/apis/networking/{v1/defaults.go,validation}.
import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec } from '../../../../api/networking/v1.ts'
import { type FieldError, forbidden, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { validateLegacyCidr, warningsForCidr } from '../../../../apimachinery/validation/ip.ts'
import { type LabelSelectorOptions, validateLabelSelector } from '../../../../apimachinery/validation/labels.ts'
import { isPortName, isPortNumber } from '../../../../apimachinery/validation/names.ts'
import { cidrContains, network, parseCidrSloppy, unmapIp } from '../../../../util/ip.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { invalidAll } from '../../shared/pod-spec/invalid-values.ts'
import { twice } from '../../shared/twice.ts'

interface Options extends LabelSelectorOptions {
  /** Of the stored policy: accepted as they are. */
  readonly knownCidrs: readonly string[]
}

const rulesOf = (spec: NetworkPolicySpec) => [
  ...(spec.ingress ?? []).map((rule, i) => ({ field: `spec.ingress[${i}]`, direction: 'from', ports: rule.ports ?? [], peers: rule.from ?? [] })),
  ...(spec.egress ?? []).map((rule, i) => ({ field: `spec.egress[${i}]`, direction: 'to', ports: rule.ports ?? [], peers: rule.to ?? [] })),
]

function validatePort(at: string, { protocol, port, endPort }: NetworkPolicyPort): readonly FieldError[] {
  const protocols = ['TCP', 'UDP', 'SCTP']
  const errors: FieldError[] = protocol === undefined || protocols.includes(protocol) ? [] : [notSupported(`${at}.protocol`, protocol, protocols)]
  if (port === undefined) {
    if (endPort !== undefined) errors.push(invalid(`${at}.endPort`, endPort, 'may not be specified when `port` is not specified'))
  } else if (typeof port === 'number') {
    errors.push(...invalidAll(`${at}.port`, port, isPortNumber(port)))
    if (endPort === undefined) return errors
    // Upstream shows the beginning of the range here.
    if (endPort < port) errors.push(invalid(`${at}.endPort`, port, 'must be greater than or equal to `port`'))
    errors.push(...invalidAll(`${at}.endPort`, endPort, isPortNumber(endPort)))
  } else {
    if (endPort !== undefined) errors.push(invalid(`${at}.endPort`, endPort, 'may not be specified when `port` is non-numeric'))
    errors.push(...invalidAll(`${at}.port`, port, isPortName(port)))
  }
  return errors
}

function validateIpBlock(at: string, { cidr = '', except = [] }: IPBlock, { knownCidrs }: Options): readonly FieldError[] {
  if (!cidr) return [required(`${at}.cidr`)]
  const errors = validateLegacyCidr(`${at}.cidr`, cidr, knownCidrs)
  const outer = parseCidrSloppy(cidr)
  if (!outer) return errors
  const holes = except.flatMap((text, i) => {
    const field = `${at}.except[${i}]`
    const own = validateLegacyCidr(field, text, knownCidrs)
    const inner = parseCidrSloppy(text)
    if (!inner) return own
    const isInside = cidrContains(outer, unmapIp(network(inner).ip)) && outer.prefixLength < inner.prefixLength
    return isInside ? own : [...own, invalid(field, text, 'must be a strict subset of `cidr`')]
  })
  return [...errors, ...holes]
}

function validatePeer(at: string, { podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, options: Options): readonly FieldError[] {
  const errors = [
    ...validateLabelSelector(`${at}.podSelector`, podSelector, options),
    ...validateLabelSelector(`${at}.namespaceSelector`, namespaceSelector, options),
    ...(ipBlock ? validateIpBlock(`${at}.ipBlock`, ipBlock, options) : []),
  ]
  if (!podSelector && !namespaceSelector && !ipBlock) errors.push(required(at, 'must specify a peer'))
  else if (ipBlock && (podSelector || namespaceSelector)) errors.push(forbidden(at, 'may not specify both ipBlock and another peer'))
  return errors
}

function validate(spec: NetworkPolicySpec, old: NetworkPolicySpec | undefined): readonly FieldError[] {
  const types = spec.policyTypes ?? []
  const known = ['Ingress', 'Egress']
  const options: Options = {
    allowInvalidValues: old !== undefined && validateLabelSelector('', old.podSelector).length > 0,
    knownCidrs: old ? rulesOf(old).flatMap(({ peers }) => peers.flatMap(({ ipBlock }) => (ipBlock ? [ipBlock.cidr, ...(ipBlock.except ?? [])] : []))) : [],
  }
  const errors = [
    ...validateLabelSelector('spec.podSelector', spec.podSelector, options),
    ...rulesOf(spec).flatMap(({ field, direction, ports, peers }) => [
      ...ports.flatMap((port, i) => validatePort(`${field}.ports[${i}]`, port)),
      ...peers.flatMap((peer, i) => validatePeer(`${field}.${direction}[${i}]`, peer, options)),
    ]),
  ]
  if (types.length > known.length) return [...errors, invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')]
  return [...errors, ...types.flatMap((type, i) => (known.includes(type) ? [] : [notSupported(`spec.policyTypes[${i}]`, type, known)]))]
}

const warnings = ({ spec }: NetworkPolicy) =>
  rulesOf(spec).flatMap(({ field, direction, peers }) =>
    peers.flatMap(({ ipBlock }, i) => {
      if (!ipBlock) return []
      const at = `${field}.${direction}[${i}].ipBlock`
      return [...warningsForCidr(`${at}.cidr`, ipBlock.cidr), ...(ipBlock.except ?? []).flatMap((cidr, j) => warningsForCidr(`${at}.except[${j}]`, cidr))]
    }),
  )

export const networkPolicyStrategy: Strategy<NetworkPolicy> = {
  metadataChecksOnUpdate: ['whole', 'changes'],
  defaults(policy) {
    const spec = (policy.spec ??= { podSelector: {} })
    for (const port of [...(spec.ingress ?? []), ...(spec.egress ?? [])].flatMap(({ ports }) => ports ?? [])) port.protocol ??= 'TCP'
    if (spec.policyTypes?.length) return
    // Any policy restricts what comes in; only one with egress rules restricts what goes out.
    spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress']
  },
  validate: (_, { spec }) => validate(spec, undefined),
  validateUpdate: (_, { spec }, old) => twice(validate(spec, old.spec)),
  warningsOnCreate: (_, policy) => warnings(policy),
  warningsOnUpdate: (_, policy) => warnings(policy),
}
