// Nodes. Source: pkg/apis/core/validation/validation.go (ValidateNode, ValidateNodeUpdate).
import type { Node, NodeConfigSource, Taint } from '../../../../api/core/v1.ts'
import { duplicate, type FieldError, forbidden, internal, invalid, required } from '../../../../apimachinery/field-errors.ts'
import { goQuote } from '../../../../apimachinery/go-quote.ts'
import { parseQuantity } from '../../../../apimachinery/quantity/quantity.ts'
import { validateLegacyCidr } from '../../../../apimachinery/validation/ip.ts'
import { validateLabelName } from '../../../../apimachinery/validation/labels.ts'
import { byteLength, isConfigMapKey, isDns1123Label, isDns1123Subdomain, isLabelValue, type Messages } from '../../../../apimachinery/validation/names.ts'
import { network, parseCidrSloppy, unmapIp } from '../../../../util/ip.ts'
import { internalForm } from '../../shared/pod-spec/internal-form.ts'
import { invalidAll, notPositive, requiredOneOf, sortedEntries } from '../../shared/pod-spec/invalid-values.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'
import { taintEffects } from '../../shared/pod-spec/validate-scheduling.ts'
import { parseJsonText } from '../../shared/validation/json-text.ts'
import { validateQuantity } from '../../shared/pod-spec/validate-resources.ts'

const taintsKey = 'scheduler.alpha.kubernetes.io/taints'
const avoidPods = 'scheduler.alpha.kubernetes.io/preferAvoidPods'

export function validateTaints(field: string, taints: readonly Taint[] = []): readonly FieldError[] {
  const seen = new Set<string>()
  return taints.flatMap((taint, i) => {
    const at = `${field}[${i}]`
    const { key = '', value = '', effect = '' } = taint
    const wrongValue = isLabelValue(value)
    const errors = [
      ...validateLabelName(`${at}.key`, key),
      ...(wrongValue.length > 0 ? [invalid(`${at}.value`, value, wrongValue.join(';'))] : []),
      ...requiredOneOf(`${at}.effect`, effect, taintEffects),
    ]
    const pair = `${effect} ${key}`
    if (seen.has(pair))
      errors.push(duplicate(at, { Key: key, Value: value, Effect: effect, TimeAdded: taint.timeAdded ?? null }, 'taints must be unique by key and effect pair'))
    seen.add(pair)
    return errors
  })
}

interface AvoidPods {
  readonly preferAvoidPods?: readonly { readonly podSignature?: { readonly podController?: { readonly controller?: boolean } } }[]
}

/** An old way to keep pods away. */
function validateAvoidPods(field: string, text: string): readonly FieldError[] {
  const parsed = parseJsonText<AvoidPods>(text, 'object', 'v1.AvoidPods')
  if (parsed.complaint !== undefined) return [invalid(`${field}.AvoidPods`, avoidPods, parsed.complaint)]
  return (parsed.value?.preferAvoidPods ?? []).flatMap(({ podSignature }, i) => {
    const at = `${field}.${avoidPods}[${i}].PodSignature`
    if (!podSignature?.podController) return [required(at)]
    return podSignature.podController.controller ? [] : [invalid(`${at}.PodController.Controller`, false, 'must point to a controller')]
  })
}

/** Taints before they were a field. */
function validateTaintsText(field: string, text: string): readonly FieldError[] {
  const parsed = parseJsonText<readonly Taint[]>(text, 'array', '[]core.Taint')
  if (parsed.complaint !== undefined) return [invalid(field, taintsKey, parsed.complaint)]
  return validateTaints(`${field}.${taintsKey}`, parsed.value ?? [])
}

function validateAnnotations({ metadata: { annotations } }: Node): readonly FieldError[] {
  const field = 'metadata.annotations'
  const [taints, avoided] = [ownValue(annotations, taintsKey), ownValue(annotations, avoidPods)]
  return [...(taints ? validateTaintsText(field, taints) : []), ...(avoided ? validateAvoidPods(field, avoided) : [])]
}

const featureBytesMax = 253
const featureFormat = /^[A-Z][A-Za-z0-9]*(\/[A-Za-z][A-Za-z0-9]*)*$/
const featureForm =
  "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes"

function featureComplaint(name: string): string | undefined {
  if (byteLength(name) > featureBytesMax) return `must be no more than ${featureBytesMax} characters`
  return featureFormat.test(name) ? undefined : featureForm
}

/** What a node says it can do: each once, in order. */
function validateFeatures({ status }: Node): readonly FieldError[] {
  const features = status?.declaredFeatures ?? []
  return features.flatMap((feature, i) => {
    const field = `status.declaredFeatures[${i}]`
    const complaint = featureComplaint(feature)
    const errors = complaint === undefined ? [] : [invalid(field, feature, `invalid feature name ${goQuote(feature)}: ${complaint}`)]
    const next = features[i + 1]
    const after = `status.declaredFeatures[${i + 1}]`
    if (next === feature) errors.push(duplicate(after, next))
    else if (next !== undefined && feature > next) errors.push(invalid(after, next, 'list must be sorted alphabetically'))
    return errors
  })
}

function validateSwap({ status }: Node): readonly FieldError[] {
  const capacity = status?.nodeInfo?.swap?.capacity
  return capacity === undefined || capacity > 0 ? [] : [invalid('metadata.nodeSwapStatus.capacity', capacity, notPositive)]
}

function validateResources({ status }: Node): readonly FieldError[] {
  return (['capacity', 'allocatable'] as const).flatMap((what) =>
    sortedEntries(status?.[what]).flatMap(([name, text]) => validateQuantity(`status.${what}.${name}`, name, parseQuantity(text))),
  )
}

function validatePodCidrs({ spec }: Node): readonly FieldError[] {
  const cidrs = spec?.podCIDRs ?? []
  const field = 'spec.podCIDRs'
  const errors = cidrs.flatMap((cidr, i) => validateLegacyCidr(`${field}[${i}]`, cidr))
  if (cidrs.length < 2) return errors
  const families = cidrs.map((text) => {
    const cidr = parseCidrSloppy(text)
    return cidr && unmapIp(network(cidr).ip).family
  })
  const bad = families.indexOf(undefined)
  if (bad >= 0) {
    const why = `invalid CIDR[${bad}]: <nil> (invalid CIDR address: ${cidrs[bad]})`
    errors.push(internal(field, `invalid PodCIDRs. failed to check with dual stack with error:${why}`))
  }
  const isDualStack = bad < 0 && new Set(families).size === 2
  return isDualStack && cidrs.length === 2 ? errors : [...errors, invalid(field, cidrs, 'may specify no more than one CIDR for each IP family')]
}

export function validateNode(node: Node): readonly FieldError[] {
  return [
    ...validateAnnotations(node),
    ...validateTaints('metadata.taints', node.spec?.taints),
    ...validateResources(node),
    ...validateSwap(node),
    ...validateFeatures(node),
    ...validatePodCidrs(node),
  ]
}

/** @param stored whether it says what is in use (status) or what is wanted (spec) */
function validateConfigSource(field: string, source: NodeConfigSource | undefined, stored: boolean): readonly FieldError[] {
  if (!source) return []
  const { configMap } = source
  if (!configMap) return [invalid(field, internalForm('NodeConfigSource', source), 'exactly one reference subfield must be non-nil')]
  const at = `${field}.configMap`
  const identity = (['uid', 'resourceVersion'] as const).flatMap((key) => {
    if (stored) return configMap[key] ? [] : [required(`${at}.${key}`)]
    return configMap[key] ? [forbidden(`${at}.${key}`, `${key} must not be set in spec`)] : []
  })
  const named = (key: 'namespace' | 'name' | 'kubeletConfigKey', rule: (value: string) => Messages) =>
    configMap[key] ? invalidAll(`${at}.${key}`, configMap[key], rule(configMap[key])) : [required(`${at}.${key}`)]
  return [...identity, ...named('namespace', isDns1123Label), ...named('name', isDns1123Subdomain), ...named('kubeletConfigKey', isConfigMapKey)]
}

export function validateNodeUpdate(node: Node, old: Node): readonly FieldError[] {
  const { spec, status } = node
  const addresses = status?.addresses ?? []
  const before = old.spec?.podCIDRs ?? []
  const now = spec?.podCIDRs ?? []
  const moved = before.length > 0 && (before.length === now.length ? before.filter((cidr, i) => cidr !== now[i]).length : 1)
  const config = status?.config
  return [
    ...validateAnnotations(node),
    ...validateResources(node),
    ...validateFeatures(node),
    ...addresses.flatMap(({ type, address }, i) =>
      addresses.findIndex((other) => other.type === type && other.address === address) < i
        ? [duplicate(`status.addresses[${i}]`, { Type: type, Address: address })]
        : [],
    ),
    ...Array.from({ length: moved || 0 }, () => forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid')),
    ...(old.spec?.providerID && old.spec.providerID !== spec?.providerID
      ? [forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid')]
      : []),
    ...validateConfigSource('spec.configSource', spec?.configSource, false),
    ...validateConfigSource('status.config.assigned', config?.assigned, true),
    ...validateConfigSource('status.config.active', config?.active, true),
    ...validateConfigSource('status.config.lastKnownGood', config?.lastKnownGood, true),
    ...validateTaints('metadata.taints', spec?.taints),
    ...((spec?.externalID ?? '') === (old.spec?.externalID ?? '') ? [] : [forbidden('spec.externalID', 'may not be updated')]),
  ]
}
