// The paths that are no resources, and which resources there are.
import { resourceFacts } from '../../api/resource-facts.ts'
import { newZPages, type ZPagesOptions } from '../../component-base/zpages/z-pages.ts'
import { jsonWebKeySet, openidConfiguration, type VerificationKey } from '../authn/service-account/keys.ts'
import type { Route } from '../generic-api-server.ts'
import { isDocument } from '../endpoints/fixed-document.ts'
import type { ApiResponse, RequestInfo } from '../http/api-request.ts'
import { groupVersions } from '../openapi/documents.ts'
import { wantsPretty } from '../endpoints/negotiation.ts'
import { versionInfo } from '../version.ts'

/** What exists may be a label of metrics; everything else is the invention of a client, also below a resource that exists. */
export function isServed({ apiGroup, apiVersion, resource, subresource }: RequestInfo): boolean {
  const facts = resourceFacts.get(`${apiGroup ? `${apiGroup}/` : ''}${apiVersion}/${resource}`)
  return facts !== undefined && (subresource === '' || (facts.subresources !== undefined && Object.hasOwn(facts.subresources, subresource)))
}

/** What `GET /` lists beside /statusz and /flagz. */
export function indexPaths(): readonly string[] {
  const groups = [...groupVersions().keys()].flatMap((path) => [`/${path}`, `/${path.split('/').slice(0, -1).join('/')}`])
  const others = [
    '/.well-known/openid-configuration',
    '/apis',
    '/healthz',
    '/livez',
    '/metrics',
    '/metrics/slis',
    '/openapi/v2',
    '/openapi/v3',
    '/openid/v1/jwks',
    '/readyz',
    '/version',
  ]
  return [...new Set([...groups, ...others])].toSorted()
}

/** /statusz and /flagz of this server. */
export function zPagesRoute(options: ZPagesOptions): Route {
  const pages = newZPages(options, { component: 'kube-apiserver', version: versionInfo.gitVersion, paths: indexPaths })
  return ({ info, headers, query }) => {
    const page = pages.get(info.path)
    if (!page) return undefined
    return page({ accept: headers['accept'], pretty: wantsPretty(query, headers['user-agent'], { pretty: false }) })
  }
}

/** Where others find the keys of service account tokens. */
export function openidRoute({
  issuer,
  jwksUri,
  keys,
}: {
  readonly issuer: string
  readonly jwksUri: string
  readonly keys: readonly VerificationKey[]
}): Route {
  return (request) => {
    if (isDocument(request, '/.well-known/openid-configuration', jsonType)) return cacheable(jsonType, openidConfiguration(issuer, jwksUri, keys))
    if (isDocument(request, '/openid/v1/jwks', keySetType)) return cacheable(keySetType, jsonWebKeySet(keys))
    return undefined
  }
}

const jsonType = 'application/json'
const keySetType = 'application/jwk-set+json'

const cacheable = (type: string, document: object): ApiResponse => ({
  status: 200,
  headers: { 'content-type': type, 'cache-control': 'public, max-age=3600' },
  body: JSON.stringify(document),
})
