// Nodes. Source: pkg/apis/core/validation/validation.go (ValidateNode, ValidateNodeUpdate).
import type { Node, NodeConfigSource, Taint } from '../../../../api/core/v1.ts'
import { duplicate, type FieldError, forbidden, invalid, required } from '../../../../apimachinery/field-errors.ts'
import { parseQuantity } from '../../../../apimachinery/quantity/quantity.ts'
import { validateLegacyCidr } from '../../../../apimachinery/validation/ip.ts'
import { validateLabelName } from '../../../../apimachinery/validation/labels.ts'
import { isConfigMapKey, isDns1123Label, isDns1123Subdomain, isLabelValue, type Messages } from '../../../../apimachinery/validation/names.ts'
import { internalForm } from '../../shared/pod-spec/internal-form.ts'
import { invalidAll, requiredOneOf, sortedEntries } from '../../shared/pod-spec/invalid-values.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'
import { taintEffects } from '../../shared/pod-spec/validate-scheduling.ts'
import { validateQuantity } from '../../shared/pod-spec/validate-resources.ts'

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

/** An old way to keep pods away: must be JSON, at least. */
function validateAnnotations({ metadata: { annotations } }: Node): readonly FieldError[] {
  const text = ownValue(annotations, avoidPods)
  if (!text) return []
  try {
    const { preferAvoidPods = [] } = JSON.parse(text) as { preferAvoidPods?: { podSignature?: { podController?: { controller?: boolean } } }[] }
    return preferAvoidPods.flatMap(({ podSignature }, i) => {
      const field = `metadata.annotations.${avoidPods}[${i}].podSignature`
      if (!podSignature?.podController) return [required(`${field}.podController`)]
      return podSignature.podController.controller ? [] : [invalid(`${field}.podController.controller`, false, 'must point to a controller')]
    })
  } catch {
    return [invalid('metadata.annotations.AvoidPods', avoidPods, 'unexpected end of JSON input')]
  }
}

function validateResources({ status }: Node): readonly FieldError[] {
  return (['capacity', 'allocatable'] as const).flatMap((what) =>
    sortedEntries(status?.[what]).flatMap(([name, text]) => validateQuantity(`status.${what}.${name}`, name, parseQuantity(text))),
  )
}

function validatePodCidrs({ spec }: Node, old: Node | undefined): readonly FieldError[] {
  const cidrs = spec?.podCIDRs ?? []
  const field = 'spec.podCIDRs'
  const errors = cidrs.flatMap((cidr, i) => validateLegacyCidr(`${field}[${i}]`, cidr, old?.spec?.podCIDRs))
  if (cidrs.length < 2) return errors
  const isDualStack = cidrs.some((cidr) => cidr.includes(':')) && cidrs.some((cidr) => !cidr.includes(':'))
  if (!isDualStack || cidrs.length > 2) errors.push(invalid(field, cidrs, 'may specify no more than one CIDR for each IP family'))
  return [...errors, ...cidrs.flatMap((cidr, i) => (cidrs.indexOf(cidr) < i ? [duplicate(`${field}[${i}]`, cidr)] : []))]
}

export function validateNode(node: Node): readonly FieldError[] {
  return [
    ...validateAnnotations(node),
    ...validateTaints('metadata.taints', node.spec?.taints),
    ...validateResources(node),
    ...validatePodCidrs(node, undefined),
  ]
}

/** @param stored whether it says what is in use (status) or what is wanted (spec) */
function validateConfigSource(field: string, source: NodeConfigSource | undefined, stored: boolean): readonly FieldError[] {
  if (!source) return []
  const { configMap } = source
  if (!configMap) return [invalid(field, internalForm('NodeConfigSource', source), 'exactly one reference subfield must be non-nil')]
  const at = `${field}.configMap`
  const identity = (['uid', 'resourceVersion'] as const).flatMap((key) => {
    if (stored) return configMap[key] ? [] : [required(`${at}.${key}`, `${key} must be set in status`)]
    return configMap[key] ? [forbidden(`${at}.${key}`, `${key} must not be set in spec`)] : []
  })
  const named = (key: 'namespace' | 'name' | 'kubeletConfigKey', rule: (value: string) => Messages) =>
    configMap[key] ? invalidAll(`${at}.${key}`, configMap[key], rule(configMap[key])) : [required(`${at}.${key}`, `${key} must be set`)]
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
