// Checks of names that report which field is wrong. Source: k8s.io/apimachinery pkg/util/validation/validation.go.
import { type FieldError, invalid, required } from '../field-errors.ts'
import { isDns1123Label, isDns1123Subdomain, isQualifiedName, regexError } from './names.ts'

/** A domain of at least three segments (names of webhooks). */
export function validateFullyQualifiedName(field: string, name: string): readonly FieldError[] {
  if (name === '') return [required(field)]
  const messages = isDns1123Subdomain(name)
  if (messages.length > 0) return [invalid(field, name, messages.join(','))]
  return name.split('.').length < 3 ? [invalid(field, name, 'should be a domain with at least three segments separated by dots')] : []
}

/** A domain of at least two segments, with or without a dot at its end. */
export function validateFullyQualifiedDomainName(field: string, name: string): readonly FieldError[] {
  if (name === '') return [required(field)]
  const domain = name.endsWith('.') ? name.slice(0, -1) : name
  const messages = isDns1123Subdomain(domain)
  if (messages.length > 0) return [invalid(field, domain, messages.join(','))]
  const labels = domain.split('.')
  if (labels.length < 2) return [invalid(field, domain, 'should be a domain with at least two segments separated by dots')]
  const bad = labels.find((label) => isDns1123Label(label).length > 0)
  return bad === undefined ? [] : [invalid(field, bad, isDns1123Label(bad).join(','))]
}

/** `acme.io/foo`, where what follows the first slash may be any HTTP path. */
export function validateDomainPrefixedPath(field: string, path: string): readonly FieldError[] {
  if (path === '') return [required(field)]
  const slash = path.indexOf('/')
  if (slash <= 0 || slash === path.length - 1) return [invalid(field, path, 'must be a domain-prefixed path (such as "acme.io/foo")')]
  const host = path.slice(0, slash)
  const rest = path.slice(slash + 1)
  const format = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"
  return [
    ...isDns1123Subdomain(host).map((message) => invalid(field, host, message)),
    ...(new RegExp(`^${format}$`).test(rest) ? [] : [invalid(field, rest, regexError('Invalid path', format))]),
  ]
}

/** `acme.io/foo`: a label key that must have its prefix. */
export function validateDomainPrefixedKey(field: string, key: string): readonly FieldError[] {
  if (key === '') return [required(field)]
  const messages = isQualifiedName(key)
  if (messages.length > 0) return messages.map((message) => invalid(field, key, message))
  return key.includes('/') ? [] : [invalid(field, key, 'must be a domain-prefixed key (such as "acme.io/foo")')]
}
