// Names of images. Source: pkg/util/parsers/parsers.go, github.com/distribution/reference (ParseNormalizedNamed).

export interface ImageReference {
  /** `latest` when neither a tag nor a digest is given; '' beside a digest alone. */
  readonly tag: string
  /** With its algorithm: `sha256:...`; '' when there is none. */
  readonly digest: string
}

/** Of the name with its host. */
const nameMax = 255
/** A name, a tag and a digest together are never longer; what is needs no look. */
const referenceMax = 1024
const hostPart = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const host = new RegExp(`^(?:${hostPart}(?:\\.${hostPart})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`)
const pathPart = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const remainder = new RegExp(`^(?<path>${pathPart}(?:/${pathPart})*)(?::(?<tag>\\w[\\w.-]{0,127}))?(?:@(?<digest>.+))?$`)
const digestForm = /^(?:sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128})$/
/** It could be taken for an image's id. */
const identifier = /^[a-f0-9]{64}$/

/** The first part is a host when it cannot be a part of a path, or is `localhost`. */
function splitHost(image: string): readonly [host: string, rest: string] {
  const slash = image.indexOf('/')
  const first = image.slice(0, Math.max(slash, 0))
  const isHost = first === 'localhost' || /[.:]/.test(first) || first !== first.toLowerCase()
  if (slash >= 0 && isHost) return [first, image.slice(slash + 1)]
  return ['docker.io', slash < 0 ? `library/${image}` : image]
}

/** @returns undefined when it names no image */
export function parseImageReference(image: string): ImageReference | undefined {
  if (image.length > referenceMax || identifier.test(image)) return undefined
  const [registry, rest] = splitHost(image)
  const match = host.test(registry) ? remainder.exec(rest) : null
  if (!match) return undefined
  const { path, tag, digest } = match.groups as { path: string; tag?: string; digest?: string }
  if (`${registry}/${path}`.length > nameMax || (digest !== undefined && !digestForm.test(digest))) return undefined
  return { tag: tag ?? (digest === undefined ? 'latest' : ''), digest: digest ?? '' }
}
