import { createHash } from 'node:crypto'
import { ApiError } from '../../apimachinery/api-error.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import type { Codec } from '../../apimachinery/codec/codec.ts'
import { encode } from '../endpoints/encode.ts'
import { noSuchResource } from '../endpoints/error-response.ts'
import { allFormats, contentTypes, type Format, matches, negotiate, wantsPretty } from '../endpoints/negotiation.ts'
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import { isPlain, type MediaType, mediaTypes } from '../../util/media-types.ts'
import { apiGroup, apiGroupDiscoveryList, apiGroupList, apiResourceList, apiVersions } from './documents.ts'
import { type DiscoveredGroup, type DiscoverySource, mergeGroups } from './source.ts'

export interface DiscoveryOptions {
  readonly sources: readonly DiscoverySource[]
  readonly codec: Codec
  /** host:port that clients outside reach the server at. */
  readonly serverAddress: () => string
}

interface Aggregated {
  readonly document: object
  readonly json: string
  readonly etag: string
}

const metaV1 = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const aggregatedType = 'io.k8s.api.apidiscovery.v2.APIGroupDiscoveryList'
const aggregatedParameters = ';g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
const jsonOnly = { formats: allFormats, conversions: 'none' as const, watchable: false }

/** Answers /api, /apis and what is directly below; undefined for groups that are not there. @throws {ApiError} 404 for versions that are not there */
export function newDiscoveryHandler({ sources, codec, serverAddress }: DiscoveryOptions): (request: ApiRequest) => ApiResponse | undefined {
  const cache = cachedBySources(sources)

  function legacy(request: ApiRequest, typeName: string, document: object): ApiResponse {
    const negotiated = negotiate(request.headers['accept'], jsonOnly)
    const { format } = negotiated
    return {
      status: 200,
      headers: { 'content-type': contentTypes[format], vary: 'Accept' },
      body: encode(codec, `${metaV1}.${typeName}`, document as JsonObject, format, wantsPretty(request.query, request.headers['user-agent'], negotiated)),
    }
  }

  function allTogether({ headers }: ApiRequest, { document, json, etag }: Aggregated, format: Format): ApiResponse {
    const common = { etag, vary: 'Accept', 'cache-control': 'public' }
    if (headers['if-none-match'] === etag) return { status: 304, headers: common }
    const body = format === 'json' ? json : encode(codec, aggregatedType, document as JsonObject, format, false)
    return { status: 200, headers: { ...common, 'content-type': `${contentTypes[format]}${aggregatedParameters}` }, body }
  }

  return (request) => {
    const match = /^\/(apis?)((?:\/[^/]+)*)\/?$/.exec(request.info.path)
    if (!match) return undefined
    const [, prefix, below = ''] = match
    const rest = below.split('/').slice(1)
    if (rest.length === 0) {
      allowOnlyGet(request)
      const format = aggregatedFormat(request)
      if (format) return allTogether(request, prefix === 'api' ? cache().core : cache().named, format)
      const { groups } = cache()
      return prefix === 'api' ? legacy(request, 'APIVersions', apiVersions(groups, serverAddress())) : legacy(request, 'APIGroupList', apiGroupList(groups))
    }
    const [name, version] = prefix === 'api' ? ['', rest[0]] : rest
    const group = cache().groups.find((g) => g.name === name)
    if (!group) return undefined
    if (version === undefined) return legacy(request, 'APIGroup', apiGroup(group))
    const found = group.versions.find((v) => v.version === version)
    // Below a group that is served the router answers, and not with a plain text.
    if (!found || rest.length > (prefix === 'api' ? 1 : 2)) throw noSuchResource()
    allowOnlyGet(request)
    return legacy(request, 'APIResourceList', apiResourceList(group.name, found))
  }
}

function allowOnlyGet({ method }: ApiRequest): void {
  if (method !== 'GET') throw new ApiError('MethodNotAllowed', 'the server does not allow this method on the requested resource', { details: {} })
}

/** Documents of all sources, made anew when one has changed. */
function cachedBySources(sources: readonly DiscoverySource[]) {
  let built: { readonly revisions: string; readonly groups: readonly DiscoveredGroup[]; readonly core: Aggregated; readonly named: Aggregated } | undefined
  return () => {
    const revisions = sources.map((s) => s.revision()).join()
    if (built?.revisions === revisions) return built
    const groups = mergeGroups(sources)
    const core = aggregated(groups.filter((g) => g.name === ''))
    const named = aggregated(groups.filter((g) => g.name !== ''))
    built = { revisions, groups, core, named }
    return built
  }
}

function aggregated(groups: readonly DiscoveredGroup[]): Aggregated {
  const document = apiGroupDiscoveryList(groups)
  const json = `${JSON.stringify(document)}\n`
  return { document, json, etag: `"${createHash('sha512').update(json).digest('hex').toUpperCase()}"` }
}

/** In which format the aggregated form is wanted; undefined: a plain document comes first. */
function aggregatedFormat({ headers }: ApiRequest): Format | undefined {
  for (const wanted of mediaTypes(headers['accept'])) {
    const format = allFormats.find((each) => matches(wanted, each))
    if (format && isPlain(wanted)) return undefined
    if (format && isAggregated(wanted)) return format
  }
  return undefined
}

const isAggregated = ({ parameters }: MediaType) =>
  parameters.get('g') === 'apidiscovery.k8s.io' && parameters.get('v') === 'v2' && parameters.get('as') === 'APIGroupDiscoveryList' && !parameters.has('sv')
