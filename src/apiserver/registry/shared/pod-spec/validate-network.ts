// Names and resolvers of a pod.
import type { HostAlias, PodSpec } from '../../../../api/core/v1.ts'
import { type FieldError, forbidden, invalid, required, tooLong } from '../../../../apimachinery/field-errors.ts'
import { validateLegacyIp } from '../../../../apimachinery/validation/ip.ts'
import { byteLength, isDns1123SubdomainWithUnderscore } from '../../../../apimachinery/validation/names.ts'
import { invalidAll, label, subdomain } from './invalid-values.ts'

/** Limits of libc's resolver. */
const nameserversMax = 3
const searchesMax = 32
const searchCharactersMax = 2048

function validateSearch(field: string, search: string): readonly FieldError[] {
  if (search === '.') return []
  const domain = search.endsWith('.') ? search.slice(0, -1) : search
  return invalidAll(field, domain, isDns1123SubdomainWithUnderscore(domain))
}

export function validateDnsConfig(field: string, { dnsConfig, dnsPolicy }: PodSpec): readonly FieldError[] {
  if (dnsPolicy === 'None') {
    if (!dnsConfig) return [required(field, 'must provide `dnsConfig` when `dnsPolicy` is None')]
    if (!dnsConfig.nameservers?.length) return [required(`${field}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')]
  }
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {}
  const errors: FieldError[] = []
  if (nameservers.length > nameserversMax) errors.push(invalid(`${field}.nameservers`, nameservers, `must not have more than ${nameserversMax} nameservers`))
  errors.push(...nameservers.flatMap((ip, index) => validateLegacyIp(`${field}.nameservers[${index}]`, ip)))
  if (searches.length > searchesMax) errors.push(invalid(`${field}.searches`, searches, `must not have more than ${searchesMax} search paths`))
  if (byteLength(searches.join(' ')) > searchCharactersMax) {
    errors.push(invalid(`${field}.searches`, searches, `must not have more than ${searchCharactersMax} characters (including spaces) in the search list`))
  }
  errors.push(...searches.flatMap((search, index) => validateSearch(`${field}.searches[${index}]`, search)))
  return [...errors, ...options.flatMap(({ name }, index) => (name ? [] : [required(`${field}.options[${index}]`, 'must not be empty')]))]
}

export const validateHostAliases = (field: string, aliases: readonly HostAlias[] = []): readonly FieldError[] =>
  aliases.flatMap(({ ip = '', hostnames = [] }, index) => [
    ...validateLegacyIp(`${field}[${index}].ip`, ip),
    ...hostnames.flatMap((name, at) => subdomain(`${field}[${index}].hostnames[${at}]`, name)),
  ])

/** What uname(2) can hold. */
const hostnameBytesMax = 64

export function validateHostnameOverride(field: string, spec: PodSpec): readonly FieldError[] {
  const override = spec.hostnameOverride
  if (override === undefined) return []
  const path = `${field}.hostnameOverride`
  return [
    ...(spec.setHostnameAsFQDN ? [forbidden(path, 'may not be specified when setHostnameAsFQDN is true')] : []),
    ...(spec.hostNetwork ? [forbidden(path, 'may not be specified when hostNetwork is true')] : []),
    ...(byteLength(override) > hostnameBytesMax ? [tooLong(path, hostnameBytesMax)] : []),
    ...subdomain(path, override),
  ]
}

export const validateHostnames = (field: string, { hostname, subdomain: domain }: PodSpec): readonly FieldError[] => [
  ...(hostname ? label(`${field}.hostname`, hostname) : []),
  ...(domain ? label(`${field}.subdomain`, domain) : []),
]
