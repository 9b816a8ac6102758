// Where a webhook is reached. Source: k8s.io/apiserver pkg/util/webhook/validation.go.
import type { WebhookClientConfig } from '../../../../api/admissionregistration/v1.ts'
import { type FieldError, invalid, required } from '../../../../apimachinery/field-errors.ts'
import { isDns1123Subdomain, isPortNumber } from '../../../../apimachinery/validation/names.ts'

const form = '; desired format: https://host[/path]'

function validateUrl(field: string, text: string): readonly FieldError[] {
  const parts = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/(?:([^/?#@]*)@)?([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/.exec(text)
  const [, scheme = '', user, host = '', , query, fragment] = parts ?? []
  return [
    ...(scheme === 'https' ? [] : [invalid(field, scheme, `'https' is the only allowed URL scheme${form}`)]),
    ...(host ? [] : [invalid(field, host, `host must be specified${form}`)]),
    ...(user === undefined ? [] : [invalid(field, user, 'user information is not permitted in the URL')]),
    ...(fragment ? [invalid(field, fragment, 'fragments are not permitted in the URL')] : []),
    ...(query ? [invalid(field, query, 'query parameters are not permitted in the URL')] : []),
  ]
}

function validatePath(field: string, path: string): readonly FieldError[] {
  if (path === '/' || path === '') return []
  if (path === '//') return [invalid(field, path, 'segment[0] may not be empty')]
  const errors: FieldError[] = path.startsWith('/') ? [] : [invalid(field, path, "must start with a '/'")]
  const segments = path.slice(1).split('/')
  if (path.endsWith('/')) segments.pop()
  for (const [i, segment] of segments.entries()) {
    if (segment === '') errors.push(invalid(field, path, `segment[${i}] may not be empty`))
    else errors.push(...isDns1123Subdomain(segment).map((message) => invalid(field, path, `segment[${i}]: ${message}`)))
  }
  return errors
}

function validateService(field: string, { name, namespace, port = 443, path }: NonNullable<WebhookClientConfig['service']>): readonly FieldError[] {
  return [
    ...(name ? [] : [required(`${field}.name`)]),
    ...(namespace ? [] : [required(`${field}.namespace`)]),
    ...isPortNumber(port).map((message) => invalid(`${field}.port`, port, `port is not valid: ${message}`)),
    ...(path === undefined ? [] : validatePath(`${field}.path`, path)),
  ]
}

export function validateClientConfig(field: string, { url, service }: WebhookClientConfig): readonly FieldError[] {
  if ((url === undefined) === (service === undefined)) return [required(field, 'exactly one of url or service is required')]
  return url === undefined ? validateService(`${field}.service`, service!) : validateUrl(`${field}.url`, url)
}
