// JSON Web Tokens in compact form (RFC 7515): taken apart strictly, believed by nobody before the signature has been checked.

export interface Jwt {
  readonly header: { readonly alg?: unknown; readonly kid?: unknown; readonly crit?: unknown }
  readonly payload: Readonly<Record<string, unknown>>
  /** What the signature is over. */
  readonly signed: Buffer
  readonly signature: Buffer
}

/** Node's base64url would also take what is none. */
const compact = /^[\w-]+\.[\w-]+\.[\w-]*$/

/** @returns undefined for what is no JWT: another authenticator may know it */
export function parseJwt(token: string): Jwt | undefined {
  if (!compact.test(token)) return undefined
  const [header = '', payload = '', signature = ''] = token.split('.')
  const parts = [header, payload].map(objectOf)
  if (!parts[0] || !parts[1]) return undefined
  return {
    header: parts[0],
    payload: parts[1],
    signed: Buffer.from(token.slice(0, header.length + payload.length + 1)),
    signature: Buffer.from(signature, 'base64url'),
  }
}

function objectOf(encoded: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined // no JSON, so no JWT
  }
}
