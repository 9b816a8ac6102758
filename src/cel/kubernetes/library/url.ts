// `url('https://example.com/path')`. Source: k8s.io/apiserver pkg/cel/library/urls.go.
import type { Library } from '../../declarations.ts'
import { boolType, listType, mapType, stringType } from '../../types/cel-type.ts'
import { ArrayList } from '../../values/collections.ts'
import { CelError } from '../../values/value.ts'
import { type GoUrl, parseRequestUri, parseUrl, queryOf, splitHostPort, UrlError } from '../parse/go-url.ts'
import { urlType } from '../types.ts'
import { functions, global, member, opaque, textOf } from './opaque.ts'
import { textMap } from './text-map.ts'

const { of, value } = opaque<GoUrl>(urlType, (a, b) => a.text === b.text)

/** Only the first reading refuses relative ones; only the second knows fragments. */
function parse(text: string): GoUrl {
  try {
    parseRequestUri(text)
    return parseUrl(text)
  } catch (error) {
    if (error instanceof UrlError) throw new CelError(`URL parse error during conversion from string: ${error.message}`)
    throw error
  }
}

function isUrl(text: string): boolean {
  try {
    return Boolean(parseRequestUri(text))
  } catch (error) {
    if (error instanceof UrlError) return false
    throw error
  }
}

const query = ({ rawQuery }: GoUrl) => textMap(new Map([...queryOf(rawQuery)].map(([key, values]) => [key, new ArrayList(values)])))

export const urlLibrary: Library = {
  name: 'kubernetes.urls',
  types: [urlType],
  functions: functions({
    url: [global('string_to_url', [stringType], urlType, (text) => of(parse(textOf(text))))],
    getScheme: [member('url_get_scheme', [urlType], stringType, (url) => value(url).scheme)],
    getHost: [member('url_get_host', [urlType], stringType, (url) => value(url).host)],
    getHostname: [member('url_get_hostname', [urlType], stringType, (url) => splitHostPort(value(url).host).hostname)],
    getPort: [member('url_get_port', [urlType], stringType, (url) => splitHostPort(value(url).host).port)],
    getEscapedPath: [member('url_get_escaped_path', [urlType], stringType, (url) => value(url).escapedPath)],
    getQuery: [member('url_get_query', [urlType], mapType(stringType, listType(stringType)), (url) => query(value(url)))],
    isURL: [global('is_url_string', [stringType], boolType, (text) => isUrl(textOf(text)))],
  }),
}
