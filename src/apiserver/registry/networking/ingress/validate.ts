// Ingresses. Source: pkg/apis/networking/validation/validation.go.
import type { HTTPIngressPath, Ingress, IngressBackend, IngressRule, IngressSpec } from '../../../../api/networking/v1.ts'
import { type FieldError, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { validateLegacyIp } from '../../../../apimachinery/validation/ip.ts'
import { isDns1123Label, isPathSegmentName, isPortName, isPortNumber, isWildcardDns1123Subdomain } from '../../../../apimachinery/validation/names.ts'
import { parseIpSloppy } from '../../../../util/ip.ts'
import { invalidAll, subdomain } from '../../shared/pod-spec/invalid-values.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'

export const classAnnotation = 'kubernetes.io/ingress.class'
const sequencesBad = ['//', '/./', '/../', '%2f', '%2F']
const suffixesBad = ['/..', '/.']
const notIp = 'must be a DNS name, not an IP address'

const validateHost = (field: string, host: string) => (host.includes('*') ? invalidAll(field, host, isWildcardDns1123Subdomain(host)) : subdomain(field, host))

function validateResource(field: string, { apiGroup, kind, name }: NonNullable<IngressBackend['resource']>): readonly FieldError[] {
  return [
    ...(typeof apiGroup === 'string' ? subdomain(`${field}.apiGroup`, apiGroup) : []),
    ...(kind ? invalidAll(`${field}.kind`, kind, isPathSegmentName(kind)) : [required(`${field}.kind`)]),
    ...(name ? invalidAll(`${field}.name`, name, isPathSegmentName(name)) : [required(`${field}.name`)]),
  ]
}

function validateService(field: string, { name, port }: NonNullable<IngressBackend['service']>): readonly FieldError[] {
  const at = `${field}.service`
  const errors = [...(name ? invalidAll(`${at}.name`, name, isDns1123Label(name)) : [required(`${at}.name`)])]
  if (port?.name && port.number) return [...errors, invalid(field, '', 'cannot set both port name & port number')]
  if (port?.name) return [...errors, ...invalidAll(`${at}.port.name`, port.name, isPortName(port.name))]
  if (port?.number) return [...errors, ...invalidAll(`${at}.port.number`, port.number, isPortNumber(port.number))]
  return [...errors, required(field, 'port name or number is required')]
}

function validateBackend(field: string, { resource, service }: IngressBackend): readonly FieldError[] {
  if (resource && service) return [invalid(field, '', 'cannot set both resource and service backends')]
  if (resource) return validateResource(`${field}.resource`, resource)
  if (service) return validateService(field, service)
  return [invalid(field, '', 'resource or service backend is required')]
}

function validatePath(at: string, { path = '', pathType, backend }: HTTPIngressPath): readonly FieldError[] {
  // The decoder says null of an absent one.
  if (typeof pathType !== 'string') return [required(`${at}.pathType`, 'pathType must be specified')]
  const field = `${at}.path`
  const errors: FieldError[] = []
  const absolute = path.startsWith('/') ? [] : [invalid(field, path, 'must be an absolute path')]
  if (pathType === 'Exact' || pathType === 'Prefix') {
    errors.push(...absolute)
    errors.push(...sequencesBad.filter((part) => path.includes(part)).map((part) => invalid(field, path, `must not contain '${part}'`)))
    errors.push(...suffixesBad.filter((part) => path.endsWith(part)).map((part) => invalid(field, path, `cannot end with '${part}'`)))
  } else if (pathType === 'ImplementationSpecific') errors.push(...(path ? absolute : []))
  else errors.push(notSupported(`${at}.pathType`, pathType, ['Exact', 'ImplementationSpecific', 'Prefix']))
  return [...errors, ...validateBackend(`${at}.backend`, backend ?? {})]
}

function validateHttp(field: string, { http }: IngressRule): readonly FieldError[] {
  if (!http) return []
  const paths = http.paths ?? []
  return [...(paths.length === 0 ? [required(`${field}.http.paths`)] : []), ...paths.flatMap((path, i) => validatePath(`${field}.http.paths[${i}]`, path))]
}

function validateRule(field: string, rule: IngressRule, anyWildcardRule: boolean): readonly FieldError[] {
  const { host = '' } = rule
  return [
    ...(host && parseIpSloppy(host) ? [invalid(`${field}.host`, host, notIp)] : []),
    ...(host ? validateHost(`${field}.host`, host) : []),
    ...(host.includes('*') && anyWildcardRule ? [] : validateHttp(field, rule)),
  ]
}

const secretNames = ({ tls = [] }: IngressSpec) => tls.map(({ secretName = '' }) => secretName)
const validateSecretName = (field: string, name: string) => (name ? subdomain(field, name) : [])

export function validateSpec(spec: IngressSpec, old: IngressSpec | undefined): readonly FieldError[] {
  const { rules = [], defaultBackend, tls = [], ingressClassName } = spec
  const anySecretName = old !== undefined && secretNames(old).some((name) => validateSecretName('', name).length > 0)
  const anyWildcardRule = (old?.rules ?? []).some((rule) => rule.host?.includes('*') && validateHttp('', rule).length > 0)
  return [
    ...(rules.length === 0 && !defaultBackend ? [invalid('spec', spec.rules ?? null, 'either `defaultBackend` or `rules` must be specified')] : []),
    ...(defaultBackend ? validateBackend('spec.defaultBackend', defaultBackend) : []),
    ...rules.flatMap((rule, i) => validateRule(`spec.rules[${i}]`, rule, anyWildcardRule)),
    ...tls.flatMap(({ hosts = [], secretName = '' }, i) => [
      ...hosts.flatMap((host, j) => validateHost(`spec.tls[${i}].hosts[${j}]`, host)),
      ...(anySecretName ? [] : validateSecretName(`spec.tls[${i}].secretName`, secretName)),
    ]),
    ...(ingressClassName === undefined ? [] : subdomain('spec.ingressClassName', ingressClassName)),
  ]
}

export function validateClassAnnotation({ metadata, spec }: Ingress): readonly FieldError[] {
  const annotation = ownValue(metadata.annotations, classAnnotation)
  if (annotation === undefined || spec?.ingressClassName === undefined || annotation === spec.ingressClassName) return []
  return [invalid(`annotations.${classAnnotation}`, annotation, 'must match `ingressClassName` when both are specified')]
}

export function validateStatus({ status }: Ingress, old: Ingress): readonly FieldError[] {
  const known = (old.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? [])
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }, i) => {
    const at = `status.loadBalancer.ingress[${i}]`
    return [
      ...(ip ? validateLegacyIp(`${at}.ip`, ip, known) : []),
      ...(hostname ? subdomain(`${at}.hostname`, hostname) : []),
      ...(hostname && parseIpSloppy(hostname) ? [invalid(`${at}.hostname`, hostname, notIp)] : []),
    ]
  })
}
