export interface MediaType {
  /** Lower-case `type/subtype`; may hold `*`. */
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
}

/** Nobody wants more; a header could hold half a million. */
export const typesMax = 256

/**
 * The media types of an Accept header, the most wanted first: by quality, then the more exact, then in order.
 * An absent or empty header accepts everything. Types with q=0 are left out, and what comes behind the first 256.
 */
export function mediaTypes(accept: string | undefined): readonly MediaType[] {
  if (!accept?.trim()) return [{ type: '*/*', parameters: new Map() }]
  return accept
    .split(',', typesMax)
    .map(parse)
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality || exactness(b.type) - exactness(a.type))
}

function parse(text: string): MediaType & { readonly quality: number } {
  const [type = '', ...rest] = text.split(';')
  const parameters = new Map<string, string>()
  for (const part of rest) {
    const at = part.indexOf('=')
    if (at > 0)
      parameters.set(
        part.slice(0, at).trim().toLowerCase(),
        part
          .slice(at + 1)
          .trim()
          .replace(/^"(.*)"$/, '$1'),
      )
  }
  const q = Number(parameters.get('q') ?? 1)
  parameters.delete('q')
  return { type: type.trim().toLowerCase(), parameters, quality: Number.isNaN(q) ? 0 : q }
}

const exactness = (type: string) => (type === '*/*' ? 0 : type.endsWith('/*') ? 1 : 2)
