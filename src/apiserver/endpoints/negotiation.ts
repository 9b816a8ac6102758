// Which form an answer takes. Source: k8s.io/apiserver pkg/endpoints/handlers/negotiation/negotiate.go, handlers/rest.go.
import { ApiError } from '../../apimachinery/api-error.ts'
import { contentTypeOf, type MediaType, mediaTypes, isPlain, typesMax } from '../../util/media-types.ts'

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
  /** What the answer can be turned into: everything, metadata (it cannot be printed as a Table), or nothing else. */
  readonly conversions: 'all' | 'metadata' | 'none'
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
  requireRouted(accept, offered, offer.watchable ? streamTypes : [])
  for (const wanted of mediaTypes(accept)) {
    for (const format of offer.formats) {
      const conversion = matches(wanted, format) ? conversionOf(wanted, offer) : 'unknown'
      if (conversion === 'unknown' || (conversion?.kind === 'Table' && format === 'protobuf')) continue
      return { format, conversion, pretty: wanted.parameters.get('pretty') === '1' }
    }
  }
  throw notAcceptable(offered)
}

/** The format of an error: one that the client takes as it is, else JSON. Source: responsewriters/writers.go (WriteObjectNegotiated). */
export function errorFormat(accept: string | undefined): Pick<Negotiated, 'format' | 'pretty'> {
  for (const wanted of mediaTypes(accept)) {
    const format = isPlain(wanted) ? formats.find((each) => matches(wanted, each)) : undefined
    if (format) return { format, pretty: wanted.parameters.get('pretty') === '1' }
  }
  return { format: 'json', pretty: false }
}

/** Whether an answer of that format is what is wanted, conversions aside. */
export function matches({ type, parameters }: MediaType, format: Format): boolean {
  if (type !== contentTypes[format] && type !== '*/*' && type !== 'application/*') return false
  const stream = parameters.get('stream')
  return !stream || (stream === 'watch' && format !== 'yaml')
}

/** A watch is a stream, which YAML has no form for. @throws {ApiError} 406 */
export function requireStream({ format }: Negotiated): void {
  if (format === 'yaml') throw notAcceptable(streamTypes)
}

const notAcceptable = (types: readonly string[]) => new ApiError('NotAcceptable', `only the following media types are accepted: ${types.join(', ')}`)

/** @param unheeded what a route answers in, too, but not by this header @throws {ApiError} 406 of the router */
export function requireRouted(accept: string | undefined, offered: readonly string[], unheeded: readonly string[] = []): void {
  if (routeAccepts(accept, offered)) return
  throw new ApiError('NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${[...offered, ...unheeded].join(', ')}`, { details: {} })
}

/** The router looks at exact types and at the full wildcard only. */
function routeAccepts(accept: string | undefined, offered: readonly string[]): boolean {
  if (!accept?.trim()) return true
  return accept.split(',', typesMax).some((each) => {
    const type = each.split(';')[0]!.trim()
    return type === '*/*' || offered.includes(type)
  })
}

function conversionOf(wanted: MediaType, { conversions }: Offer): Conversion | 'unknown' | undefined {
  if (isPlain(wanted)) return undefined
  const { parameters } = wanted
  if (conversions === 'none' || (parameters.get('sv') ?? 'v1') !== 'v1') return 'unknown'
  const kind = parameters.get('as')
  const version = parameters.get('v')
  if (kind === undefined && version === undefined && !parameters.has('g')) return undefined
  const known = kind === 'PartialObjectMetadata' || kind === 'PartialObjectMetadataList' || (kind === 'Table' && conversions === 'all')
  if (!known || parameters.get('g') !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) return 'unknown'
  return { kind, version }
}

/** `pretty` of the query, or a client that a person reads along with. */
export function wantsPretty(query: URLSearchParams, userAgent: string | undefined, { pretty }: Pick<Negotiated, 'pretty'>): boolean {
  if (pretty) return true
  const asked = query.get('pretty')
  if (asked) return ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(asked)
  return /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent ?? '')
}

/** The format of a request's body. @throws {ApiError} 415 */
export function bodyFormat(contentType: string | undefined, offered: readonly Format[] = formats): Format {
  if (!contentType) return offered[0]!
  const type = contentTypeOf(contentType)
  const format = offered.find((each) => contentTypes[each] === type)
  if (format) return format
  throw unknownFormat(offered.map((each) => contentTypes[each]))
}

/** 415 */
export const unknownFormat = (accepted: readonly string[]) =>
  new ApiError('UnsupportedMediaType', `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`)
