// Which form an answer takes. Source: k8s.io/apiserver pkg/endpoints/handlers/negotiation/negotiate.go, handlers/rest.go.
import { ApiError } from '../../apimachinery/api-error.ts'
import { mediaTypes, typesMax } from '../http/media-types.ts'

export type Format = 'json' | 'yaml' | 'protobuf'

export const contentTypes = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
} as const satisfies Record<Format, string>

const formats = Object.keys(contentTypes) as Format[]

/** A kind of meta.k8s.io that an answer is turned into. */
export interface Conversion {
  readonly kind: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList'
  readonly version: 'v1' | 'v1beta1'
}

export interface Negotiated {
  readonly format: Format
  readonly conversion: Conversion | undefined
  /** `pretty=1` of the media type. */
  readonly pretty: boolean
}

export interface Offer {
  readonly formats: readonly Format[]
  /** Whether the resource can be printed as a Table. */
  readonly tables: boolean
  /** The route also answers watches: its own refusal names those types too. */
  readonly watchable: boolean
}

export const allFormats: readonly Format[] = formats

const streamTypes = [`${contentTypes.json};stream=watch`, `${contentTypes.protobuf};stream=watch`]

/**
 * Chooses among what a route offers.
 * @throws {ApiError} 406: from the router when no type is named that it knows, from the negotiation when parameters do not fit
 */
export function negotiate(accept: string | undefined, offer: Offer): Negotiated {
  const offered = offer.formats.map((format) => contentTypes[format])
  if (!routeAccepts(accept, offered)) {
    const available = [...offered, ...(offer.watchable ? streamTypes : [])].join(', ')
    throw new ApiError('NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${available}`, { details: {} })
  }
  for (const { type, parameters } of mediaTypes(accept)) {
    for (const format of offer.formats) {
      if (type !== contentTypes[format] && type !== '*/*' && type !== 'application/*') continue
      const conversion = conversionOf(parameters)
      if (conversion === 'unknown' || (conversion?.kind === 'Table' && (!offer.tables || format === 'protobuf'))) continue
      const stream = parameters.get('stream')
      if (stream && (stream !== 'watch' || format === 'yaml')) continue
      return { format, conversion, pretty: parameters.get('pretty') === '1' }
    }
  }
  throw notAcceptable(offered)
}

/** A watch is a stream, which YAML has no form for. @throws {ApiError} 406 */
export function requireStream({ format }: Negotiated): void {
  if (format === 'yaml') throw notAcceptable(streamTypes)
}

const notAcceptable = (types: readonly string[]) => new ApiError('NotAcceptable', `only the following media types are accepted: ${types.join(', ')}`)

/** The router looks at exact types and at the full wildcard only. */
function routeAccepts(accept: string | undefined, offered: readonly string[]): boolean {
  if (!accept?.trim()) return true
  return accept.split(',', typesMax).some((each) => {
    const type = each.split(';')[0]!.trim()
    return type === '*/*' || offered.includes(type)
  })
}

function conversionOf(parameters: ReadonlyMap<string, string>): Conversion | 'unknown' | undefined {
  const kind = parameters.get('as')
  const group = parameters.get('g')
  const version = parameters.get('v')
  if (kind === undefined && group === undefined && version === undefined) return undefined
  const known = kind === 'Table' || kind === 'PartialObjectMetadata' || kind === 'PartialObjectMetadataList'
  if (!known || group !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) return 'unknown'
  return { kind, version }
}

/** `pretty` of the query, or a client that a person reads along with. */
export function wantsPretty(query: URLSearchParams, userAgent: string | undefined, negotiated: Negotiated): boolean {
  if (negotiated.pretty) return true
  const asked = query.get('pretty')
  if (asked) return ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(asked)
  return /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent ?? '')
}

/** The format of a request's body. @throws {ApiError} 415 */
export function bodyFormat(contentType: string | undefined, offered: readonly Format[] = formats): Format {
  if (!contentType) return offered[0]!
  const type = contentType.split(';')[0]!.trim().toLowerCase()
  const format = offered.find((each) => contentTypes[each] === type)
  if (format) return format
  const accepted = offered.map((each) => contentTypes[each]).join(', ')
  throw new ApiError('UnsupportedMediaType', `the body of the request was in an unknown format - accepted media types include: ${accepted}`)
}
